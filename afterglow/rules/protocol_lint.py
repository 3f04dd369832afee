"""What the message check says about the texts of a protocol file, each with its line in the file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from afterglow.rules.facts import Channel
from afterglow.rules.lint import Finding, body_start, lint
from afterglow.rules.protocol import Protocol
from afterglow.rules.source_lines import SourceLines
from afterglow.rules.table_reader import Fault


@dataclass(frozen=True, slots=True)
class TextFinding:
    """A finding, and the text it is about: its step, its channel and its line in the file."""

    step: str
    channel: Channel
    line: int
    finding: Finding


def lint_texts(protocol: Protocol, source: str, *, may_name_treatments: bool = False) -> Iterator[TextFinding]:
    """What is wrong with each text of a protocol; `source` is the TOML text that it was read from."""
    lines = SourceLines(source)
    tables = tomllib.loads(source).get("steps", [])
    for number, (step, table) in enumerate(zip(protocol.steps, tables, strict=True)):
        for channel in step.templates:
            template = _template(table, channel)
            for finding in lint(
                template,
                function=step.function,
                channel=channel,
                meta=step.claims,
                may_name_treatments=may_name_treatments,
            ):
                line = _line(lines, number, channel, template, finding)
                yield TextFinding(step.key, channel, line, finding)


def lint_protocol(protocol: Protocol, source: str) -> tuple[Fault, ...]:
    """The same as faults of the file: what must be corrected, and notes."""
    return tuple(
        Fault(found.line, f"{_where(found)}: {_sentence(found.finding)}", not found.finding.is_error)
        for found in lint_texts(protocol, source)
    )


def _template(table: Mapping[str, Any], channel: Channel) -> str:
    """As it stands in the file, so that places can be found again; a text is one paragraph however it is broken."""
    if channel is Channel.EMAIL:
        return f"Subject: {' '.join(table['email']['subject'].split())}\n\n{table['email']['text']}"
    text: str = table[channel.value]
    return text.replace("\n", " ")


def _line(lines: SourceLines, number: int, channel: Channel, template: str, finding: Finding) -> int:
    if channel is not Channel.EMAIL:
        return lines.line(("steps", number, channel.value))
    body = body_start(template) + 1
    if finding.start is not None and finding.start < body:
        return lines.line(("steps", number, "email", "subject"))
    line = template.count("\n", body, finding.start) + 1 if finding.start is not None else 1
    return lines.line_within(("steps", number, "email", "text"), line)


def _where(found: TextFinding) -> str:
    return f'the {_SAID[found.channel]} of "{found.step}"'


def _sentence(finding: Finding) -> str:
    return f"{finding.message} {finding.fix} [{finding.code}]"


_SAID = {Channel.SMS: "text", Channel.EMAIL: "e-mail", Channel.VOICE: "call", Channel.STAFF_TASK: "task"}
