"""`afterglow retention`: how long records are kept, and letting go of what is older."""

from __future__ import annotations

from typing import Annotated

import typer

from afterglow.actions.purge_records import purge_records
from afterglow.actions.set_retention import set_retention
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import DONE, Format, FormatOption, progress, refuse, say, show
from afterglow.models.scope import practice_scope
from afterglow.queries.retention import retention_of
from afterglow.rules.retention import Kind, TooLong, TooShort, spoken_days

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
PracticeOption = Annotated[int | None, typer.Option(help="Which practice, if there are several.")]
COLUMNS = ("kind", "days", "least", "then", "reason")


@command.command("list")
def show_times(practice: PracticeOption = None, form: FormatOption = Format.TABLE) -> None:
    """How long each kind of record is kept, the least there must be, and why."""
    ready()
    found = find_practice(practice)
    with practice_scope(found.pk):
        rows = [
            {"kind": row.kind.value, "days": row.days, "least": row.least, "then": row.then, "reason": row.reason}
            for row in retention_of(found)
        ]
    show(rows, columns=COLUMNS, form=form)


@command.command("set")
def set_time(
    kind: Annotated[Kind, typer.Argument(help="What `list` shows under kind.")],
    days: Annotated[int, typer.Argument(help="For how many days.")],
    practice: PracticeOption = None,
) -> None:
    """Keep records of one kind for so many days."""
    ready()
    found = find_practice(practice)
    try:
        set_retention(practice_id=found.pk, kind=kind, days=days)
    except (TooShort, TooLong) as fault:
        refuse(str(fault))
    say(f"Kept for {spoken_days(days)} from now on.")


@command.command()
def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    practice: PracticeOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Let go of what is older, now. The worker does the same every day. The ledger is never touched."""
    ready()
    found = find_practice(practice)
    with progress("Records") as bar:
        counts = purge_records(
            practice_id=found.pk,
            now=now(),
            is_trial=dry_run,
            on_progress=lambda kind, count: bar.advance(bar.task_ids[0], count),
        )
    show(
        ({"kind": kind.value, "records": count} for kind, count in counts.items()),
        columns=("kind", "records"),
        form=form,
    )
    say("Nothing was changed: this was a trial." if dry_run else "Done.")
    raise typer.Exit(DONE)
