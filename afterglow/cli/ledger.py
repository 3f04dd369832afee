"""`afterglow ledger`: whether what proves the consents is as it was written."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from afterglow.cli.edge import find_practice, ready
from afterglow.cli.output import DONE, PROBLEMS, Format, FormatOption, progress, refuse, say, show
from afterglow.models import Client
from afterglow.models.across import all_practices
from afterglow.models.scope import practice_scope
from afterglow.queries.ledger import ledger_head, verify_ledger
from afterglow.queries.ledger_entries import entries_of
from afterglow.queries.words import counted
from afterglow.rules.ledger import Place
from afterglow.rules.ledger_check import Fault

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
PracticeOption = Annotated[int | None, typer.Option(help="Which practice, if there are several.")]
ENTRY_COLUMNS = ("number", "at", "said", "what", "address", "source", "wording", "evidence", "by")


@command.command()
def verify(
    practice: Annotated[int | None, typer.Option(help="Only this practice.")] = None,
    head: Annotated[str, typer.Option(help="NUMBER:DIGEST that you noted elsewhere; needs one practice.")] = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Walk the whole chain and name every entry that is not as it was written."""
    noted = _noted(head)
    ready()
    ids = [find_practice(practice).pk] if practice is not None or noted else all_practices()
    found = {practice_id: _verified(practice_id, noted) for practice_id in ids}
    rows = [
        {"practice": practice_id, "number": fault.number, "finding": fault.what}
        for practice_id, faults in found.items()
        for fault in faults
    ]
    if rows or form is Format.JSONL:
        show(rows, columns=("practice", "number", "finding"), form=form)
    raise typer.Exit(PROBLEMS if rows else DONE)


@command.command("head")
def show_head(practice: PracticeOption = None) -> None:
    """The last entry as NUMBER:DIGEST. Note it where nobody who can change this database can change it too."""
    ready()
    found = find_practice(practice)
    with practice_scope(found.pk):
        place = ledger_head(found.pk)
    if place is None:
        refuse("Nothing has been written in this practice's ledger yet.")
    typer.echo(f"{place.number}:{place.digest}")


@command.command("show")
def show_entries(
    client: Annotated[int, typer.Option(help="The client's number, as in the address of the client's page.")],
    practice: PracticeOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Everything the ledger says about one client and the client's addresses."""
    ready()
    found = find_practice(practice)
    with practice_scope(found.pk):
        try:
            entries = entries_of(found.pk, client)
        except Client.DoesNotExist:
            refuse(f"Practice {found.pk} has no client {client}.")
    show((entry._asdict() for entry in entries), columns=ENTRY_COLUMNS, form=form)
    raise typer.Exit(DONE)


def _verified(practice_id: int, noted: Place | None) -> list[Fault]:
    with practice_scope(practice_id):
        end = ledger_head(practice_id)
        with progress(f"Practice {practice_id}", total=end.number if end else None) as bar:
            task = bar.task_ids[0]
            faults = list(verify_ledger(practice_id, noted=noted, on_progress=lambda count: bar.advance(task, count)))
    if not faults and end is not None:
        say(f"Practice {practice_id}: {counted(end.number, 'entry', 'entries')}, whole. {end.number}:{end.digest}")
    return faults


def _noted(text: str) -> Place | None:
    if not text:
        return None
    if not re.fullmatch(r"[1-9][0-9]*:[0-9a-f]{64}", text):
        refuse(f"“{text}” is no place in a ledger. Write it as `afterglow ledger head` does: 17:3f9a…")
    number, _, digest = text.partition(":")
    return Place(int(number), digest)
