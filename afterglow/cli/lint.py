"""`afterglow lint`: is a message text fit to be sent?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from afterglow.cli.arguments import text_of
from afterglow.cli.lint_rows import BadRow, Row, read_rows
from afterglow.cli.output import DONE, PROBLEMS, Format, FormatOption, refuse, say, show
from afterglow.rules.facts import Channel, Function
from afterglow.rules.lint import Finding, lint
from afterglow.rules.protocol_file import ProtocolFaults, parse_protocol
from afterglow.rules.protocol_lint import lint_texts

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
FUNCTIONS = [function.value for function in Function]
CHANNELS = [Channel.SMS.value, Channel.EMAIL.value, Channel.VOICE.value]


@dataclass(frozen=True, slots=True)
class Checked:
    """One text and what was found. `place` says where it stands; `lines` are of each finding, 0 when unknown."""

    id: object
    place: str
    findings: tuple[Finding, ...]
    lines: tuple[int, ...] = ()


@command.command(name="lint")
def check_texts(
    files: Annotated[list[Path] | None, typer.Argument(help="Protocol files (TOML) or texts (JSON lines).")] = None,
    file: Annotated[Path | None, typer.Option(help="Texts, one JSON object a line.")] = None,
    text: Annotated[str, typer.Option(help="One text, with --function and --channel.")] = "",
    function: Annotated[str, typer.Option(help=f"What the text is for: {', '.join(FUNCTIONS)}.")] = "",
    channel: Annotated[str, typer.Option(help=f"How it travels: {', '.join(CHANNELS)}.")] = "sms",
    may_name_treatments: Annotated[
        bool, typer.Option("--may-name-treatments", help="The practice chose to name treatments in texts.")
    ] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Check message texts and say what to do about each finding."""
    named = [*(files or ()), *([file] if file else ())]
    if bool(named) == bool(text):
        refuse("Give files (afterglow lint protocol.toml texts.jsonl) or one text (--text … --function check_in).")
    has_bad_rows = False
    checked: list[Checked] = []
    if text:
        checked = [
            _one(
                text,
                _known(function, FUNCTIONS, "--function"),
                _known(channel, CHANNELS, "--channel"),
                may_name_treatments,
            )
        ]
    for path in named:
        for item in (
            _protocol(path, may_name_treatments) if path.suffix == ".toml" else _rows(path, may_name_treatments)
        ):
            if isinstance(item, BadRow):
                has_bad_rows = True
                say(f"{path.name}, line {item.line}: {item.message}")
            else:
                checked.append(item)
    _show(checked, form)
    raise typer.Exit(PROBLEMS if has_bad_rows or any(item.findings for item in checked) else DONE)


def _one(text: str, function: str, channel: str, may_name_treatments: bool) -> Checked:
    findings = lint(
        text, function=Function(function), channel=Channel(channel), may_name_treatments=may_name_treatments
    )
    return Checked("text", "the text", findings)


def _known(word: str, words: list[str], option: str) -> str:
    if word not in words:
        refuse(f"{option} must be one of {', '.join(words)}; I found “{word}”.")
    return word


def _rows(path: Path, may_name_treatments: bool) -> Iterator[Checked | BadRow]:
    for row in read_rows(text_of(path)):
        yield _checked_row(row, path, may_name_treatments) if isinstance(row, Row) else row


def _checked_row(row: Row, path: Path, may_name_treatments: bool) -> Checked:
    findings = lint(
        row.template,
        function=row.function,
        channel=row.channel,
        meta=row.meta,
        may_name_treatments=may_name_treatments,
    )
    return Checked(row.id, f"{path.name}, line {row.line} ({row.id})", findings)


def _protocol(path: Path, may_name_treatments: bool) -> Iterator[Checked]:
    source = text_of(path)
    try:
        protocol = parse_protocol(source, name=path.name)
    except ProtocolFaults as faults:
        refuse(f"{faults}\nCorrect the file first: afterglow check-protocol {path}")
    found = list(lint_texts(protocol, source, may_name_treatments=may_name_treatments))
    for step in protocol.steps:
        for channel in step.templates:
            own = [each for each in found if (each.step, each.channel) == (step.key, channel)]
            yield Checked(
                f"{protocol.key}/{step.key}/{channel}",
                f"{path.name}, {step.key}, {channel}",
                tuple(each.finding for each in own),
                tuple(each.line for each in own),
            )


def _show(checked: Iterable[Checked], form: Format) -> None:
    if form is Format.JSONL:
        rows = ({"id": item.id, "codes": [finding.code for finding in item.findings]} for item in checked)
        show(rows, columns=(), form=form)
        return
    texts = findings = 0
    for item in checked:
        texts += 1
        findings += len(item.findings)
        for number, finding in enumerate(item.findings):
            line = f", line {item.lines[number]}" if item.lines else ""
            typer.echo(f"{item.place}{line}: {finding.code}{'' if finding.is_error else ' (note)'}")
            typer.echo(f"  {finding.message}\n  {finding.fix}")
    say(
        f"{texts} {'text' if texts == 1 else 'texts'} checked, {findings} {'finding' if findings == 1 else 'findings'}."
    )
