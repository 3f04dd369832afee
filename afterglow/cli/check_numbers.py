"""`afterglow check-numbers`: what a do-not-call list or the Reassigned Numbers Database says about clients' numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from afterglow.actions.check_numbers import Checked, check_numbers
from afterglow.cli.arguments import checked_day
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import DONE, PROBLEMS, Format, FormatOption, progress, refuse, say, show
from afterglow.intake.numbers.files import DoNotCallFile, ReassignedFile
from afterglow.queries.words import counted

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
COLUMNS = ("line", "message")


@command.command()
def check(
    do_not_call: Annotated[Path | None, typer.Option(help="A do-not-call list: one number a line.")] = None,
    reassigned: Annotated[
        Path | None, typer.Option(help="Answers of the Reassigned Numbers Database: CSV with phone, answer, date.")
    ] = None,
    as_of: Annotated[
        str, typer.Option(help="The day the list speaks of, like 2026-09-01; needed with --do-not-call.")
    ] = "",
    practice: Annotated[int | None, typer.Option(help="Which practice, if there are several.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Compare every number with a list. Broken lines are named, the rest counts; a newer answer is never replaced."""
    if (do_not_call is None) == (reassigned is None):
        refuse("Give one file: --do-not-call or --reassigned.")
    if do_not_call is not None and not as_of:
        refuse("Say which day the list speaks of: --as-of 2026-09-01. After 31 days it no longer counts as fresh.")
    ready()
    found, moment = find_practice(practice), now()
    today = moment.astimezone(ZoneInfo(found.timezone)).date()
    on = checked_day(as_of) if as_of else today
    if on > today:
        refuse(f"{on} lies in the future.")
    path = do_not_call or reassigned
    assert path is not None
    with progress(f"Reading {path.name}") as bar:

        def advance(count: int) -> None:
            bar.advance(bar.task_ids[0], count)

        lookup = DoNotCallFile(path, advance) if do_not_call else ReassignedFile(path, advance)
        try:
            checked = check_numbers(practice_id=found.pk, lookup=lookup, as_of=on, now=moment)
        except OSError as error:
            refuse(f"{path}: cannot be read: {error.strerror}.")
    _report(checked, form)
    raise typer.Exit(PROBLEMS if checked.broken_count else DONE)


def _report(checked: Checked, form: Format) -> None:
    if checked.broken:
        show(({"line": b.line, "message": b.message} for b in checked.broken), columns=COLUMNS, form=form)
    if checked.broken_count > len(checked.broken):
        say(f"… and {checked.broken_count - len(checked.broken)} more broken lines.")
    answers = checked.answers
    say(
        f"{counted(checked.numbers, 'number')} of clients: {answers['yes']} yes, {answers['no']} no, "
        f"{answers['no_data']} no data; {checked.outdated} left as they were, because a newer answer is on file."
    )
    if checked.tasks:
        say(f"{counted(checked.tasks, 'client')} to be asked for a new number: see Today.")
