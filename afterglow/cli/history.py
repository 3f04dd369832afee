"""`afterglow approve-history`: let imported old visits speak."""

from __future__ import annotations

from typing import Annotated

import typer

from afterglow.actions.approve_history import approve_history
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import DONE, Format, FormatOption, say, show, words

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command()
def approve(
    by: Annotated[str, typer.Option(help="Who approves.")],
    batch: Annotated[int | None, typer.Option(help="Only this import.")] = None,
    practice: Annotated[int | None, typer.Option(help="Which practice, if there are several.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Plan the steps that are still ahead for visits imported as history, at the practice's daily drip."""
    ready()
    found = find_practice(practice)
    with words.status("Planning …"):
        counts = approve_history(practice_id=found.pk, by=by, now=now(), batch_id=batch)
    show(
        ({"coverage": word, "visits": n} for word, n in sorted(counts.items())),
        columns=("coverage", "visits"),
        form=form,
    )
    say(f"{sum(counts.values())} visits looked at; at most {found.history_per_day} of their messages a day.")
    raise typer.Exit(DONE)
