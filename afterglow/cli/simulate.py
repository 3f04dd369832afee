"""`afterglow simulate`: every message that visits would lead to, without a database and without sending anything."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from afterglow.cli.arguments import checked_day, checked_state, checked_zone
from afterglow.cli.backtest import Backtest
from afterglow.cli.output import DONE, PROBLEMS, Format, FormatOption, progress, refuse, say, show
from afterglow.cli.scenarios import read_scenarios, reported, run_scenario
from afterglow.intake.columns import CONSENTS, Mapping, faults_of_mapping, suggest_mapping
from afterglow.intake.contract import RowFault
from afterglow.intake.rows import reports
from afterglow.intake.systems.csv_file import read_table
from afterglow.intake.table import Table, UnreadableFile
from afterglow.rules.facts import PracticeFacts
from afterglow.rules.protocol_book import load_library
from afterglow.rules.simulation import simulate as run

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
COLUMNS = ("client", "at", "function", "channel", "outcome", "reason", "text")


@command.command()
def simulate(
    file: Annotated[Path | None, typer.Argument(help="A CSV or XLSX file of visits.")] = None,
    scenarios: Annotated[
        Path | None, typer.Option(help="Scenarios, one JSON object a line, instead of visits.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="The practice's time zone.")] = "America/New_York",
    state: Annotated[str, typer.Option(help="The practice's state, two letters.")] = "NY",
    until: Annotated[str, typer.Option(help="Last day; without it, half a year after the last visit.")] = "",
    date_order: Annotated[str, typer.Option(help="mdy or dmy, for files with dates like 3/4/2026.")] = "",
    has_drafts: Annotated[bool, typer.Option("--all", help="Run the draft protocols too.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Every touch with date, channel, outcome, reason and text. Each visit counts as reported at its end."""
    if (file is None) == (scenarios is None):
        refuse("Give either a file of visits (afterglow simulate visits.csv) or --scenarios FILE.")
    book = load_library(include_drafts=has_drafts)
    if scenarios is not None:
        runs = ((s, run_scenario(s, book)) for s in read_scenarios(scenarios))
        if form is Format.JSONL:
            show(({"id": s.id, "touches": [asdict(t) for t in touches]} for s, touches in runs), columns=(), form=form)
            return
        show(({"id": s.id, **asdict(t)} for s, touches in runs for t in touches), columns=("id", *COLUMNS), form=form)
        return
    assert file is not None
    practice = _practice(checked_zone(timezone), checked_state(state))
    last_on = checked_day(until) if until else None
    table, mapping = _open(file, date_order)
    backtest = Backtest(practice=practice, has_consent_columns=bool(CONSENTS.keys() & mapping.columns.keys()))
    faults = 0
    with progress(f"Reading {file.name}") as bar:
        for item in reports(table, mapping=mapping, timezone=timezone, source="file"):
            if isinstance(item, RowFault):
                faults += item.is_fatal
                say(f"line {item.row}, {item.column}: {item.message}")
                continue
            backtest.add(item)
            bar.advance(bar.task_ids[0])
    touches = run(
        backtest.happenings(),
        clients=backtest.clients(),
        practice=practice,
        book=book,
        until=last_on or backtest.last_day,
    )
    show((asdict(t) for t in reported(touches, timezone)), columns=COLUMNS, form=form)
    raise typer.Exit(PROBLEMS if faults else DONE)


def _practice(timezone: str, state: str) -> PracticeFacts:
    return PracticeFacts(
        name="Juniper Skin Studio",
        timezone=timezone,
        state=state,
        phone="(555) 010-0134",
        urgent_phone="(555) 010-0199",
        address="12 Alder St, Portland, ME 04101",
        booking_link="https://book.example.test/b/7kq2",
    )


def _open(file: Path, date_order: str) -> tuple[Table, Mapping]:
    try:
        table = read_table(file, filename=file.name)
    except UnreadableFile as error:
        refuse(str(error))
    mapping = replace(suggest_mapping(table.header), date_order=date_order)
    for fault in faults_of_mapping(mapping, table.header):
        if fault.is_fatal:
            refuse(f"{file.name}: {fault.message}")
    return table, mapping
