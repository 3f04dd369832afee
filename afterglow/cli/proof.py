"""`afterglow proof`: why a message was allowed, or everything about a period for counsel."""

from __future__ import annotations

import json
import sys
from datetime import date, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from afterglow.cli.arguments import checked_day
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import DONE, progress, refuse, say
from afterglow.models import Message, Practice
from afterglow.models.scope import practice_scope
from afterglow.queries.proof import count_proofs, proof_of
from afterglow.queries.proof_bundle import write_bundle
from afterglow.queries.proof_paper import as_data, as_pdf
from afterglow.rules.timing import local_moment

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


YEARS = range(2000, 2200)  # at the edge of the calendar no zone can be reckoned with


class Paper(StrEnum):
    JSON = "json"
    PDF = "pdf"


@command.command()
def proof(
    message: Annotated[
        int | None, typer.Argument(help="The number of one message, as its proof page shows it.")
    ] = None,
    from_: Annotated[str, typer.Option("--from", help="First day of a period, like 2026-01-01.")] = "",
    until: Annotated[str, typer.Option(help="Last day of the period.")] = "",
    out: Annotated[Path | None, typer.Option(help="Where to write; one message goes to standard output.")] = None,
    form: Annotated[Paper, typer.Option("--format", help="One message as JSON or as PDF.")] = Paper.JSON,
    practice: Annotated[int | None, typer.Option(help="Which practice, if there are several.")] = None,
) -> None:
    """Say who sent what to whom, on what consent, at what local time, and which rules allowed it."""
    if (message is None) == (not from_):
        refuse("Give the number of a message, or a period with --from and --until.")
    ready()
    found = find_practice(practice)
    if message is not None:
        _one(found, message, form, out)
    else:
        _period(found, checked_day(from_), checked_day(until or from_), out)
    raise typer.Exit(DONE)


def _one(practice: Practice, message_id: int, form: Paper, out: Path | None) -> None:
    with practice_scope(practice.pk):
        try:
            found = proof_of(practice, message_id)
        except Message.DoesNotExist:
            refuse(f"Practice {practice.pk} has sent no message {message_id}.")
    if form is Paper.PDF:
        data = as_pdf(found, made_at=now())
    else:
        data = json.dumps(as_data(found), ensure_ascii=False, indent=2).encode() + b"\n"
    if out is None:
        sys.stdout.buffer.write(data)
        return
    with _written(out) as file:
        file.write(data)


def _period(practice: Practice, first: date, last: date, out: Path | None) -> None:
    if last < first:
        refuse(f"The period ends on {last}, before it begins on {first}.")
    if first.year not in YEARS or last.year not in YEARS:
        refuse("Write a year between 2000 and 2199.")
    file = out or Path(f"proof-{first}-{last}.zip")
    from_at = local_moment(first, time.min, practice.timezone)
    until_at = local_moment(last + timedelta(days=1), time.min, practice.timezone)
    with practice_scope(practice.pk):
        total = count_proofs(practice, from_at=from_at, until_at=until_at)
        with _written(file) as stream, progress("Messages", total=total) as bar:
            write_bundle(
                practice,
                stream,
                from_at=from_at,
                until_at=until_at,
                made_at=now(),
                on_progress=lambda count: bar.update(bar.task_ids[0], completed=count),
            )
    say(f"{total:,} messages with their proof: {file}")


def _written(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as error:
        refuse(f"{path}: cannot be written: {error.strerror}.")
