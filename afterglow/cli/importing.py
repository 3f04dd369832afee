"""`afterglow import`: a file of visits, checked row by row."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from afterglow.actions.import_file import Imported, dry_run, import_file, saved_mapping
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import DONE, PROBLEMS, Format, FormatOption, progress, refuse, say, show
from afterglow.intake.columns import Mapping, faults_of_mapping, header_fingerprint, suggest_mapping
from afterglow.intake.systems.csv_file import read_table
from afterglow.intake.table import Table, UnreadableFile

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
COLUMNS = ("row", "column", "message", "is_fatal")


@command.command()
def import_visits(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file.")],
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Check every row and write nothing.")] = False,
    date_order: Annotated[str, typer.Option(help="mdy or dmy, for files with dates like 3/4/2026.")] = "",
    columns: Annotated[
        list[str] | None, typer.Option("--column", help="our_column=Their Column, as often as needed; remembered.")
    ] = None,
    source: Annotated[
        str, typer.Option(help="The booking system the file comes from: its visits keep their ids apart.")
    ] = "csv",
    practice: Annotated[int | None, typer.Option(help="Which practice, if there are several.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Import visits. Every faulty row is named, the good ones go through, a second import changes nothing."""
    ready()
    found = find_practice(practice)
    try:
        table = read_table(file, filename=file.name)
    except UnreadableFile as error:
        refuse(str(error))
    mapping = _mapping(found.pk, table, date_order, columns or [])
    with progress(f"{'Checking' if is_dry else 'Importing'} {file.name}") as bar:
        if is_dry:
            imported = dry_run(timezone=found.timezone, table=table, mapping=mapping, source=source)
        else:
            imported = import_file(
                practice_id=found.pk,
                timezone=found.timezone,
                path=file,
                table=table,
                mapping=mapping,
                fingerprint=header_fingerprint(table.header),
                source=source,
                by="command line",
                now=now(),
                on_progress=lambda count: bar.advance(bar.task_ids[0], count),
            )
    _report(imported, form, is_dry=is_dry)
    raise typer.Exit(PROBLEMS if any(f.is_fatal for f in imported.faults) else DONE)


def _mapping(practice_id: int, table: Table, date_order: str, columns: list[str]) -> Mapping:
    mapping = saved_mapping(practice_id=practice_id, fingerprint=header_fingerprint(table.header)) or suggest_mapping(
        table.header
    )
    for pair in columns:
        ours, is_pair, theirs = pair.partition("=")
        if not is_pair:
            refuse(f"--column {pair}: write our_column=Their Column.")
        mapping = replace(mapping, columns={**mapping.columns, ours.strip(): theirs.strip()})
    if date_order:
        mapping = replace(mapping, date_order=date_order)
    fatal = [fault.message for fault in faults_of_mapping(mapping, table.header) if fault.is_fatal]
    if fatal:
        refuse("\n".join([*fatal, f"The file has these columns: {json.dumps(list(table.header), ensure_ascii=False)}"]))
    return mapping


def _report(imported: Imported, form: Format, *, is_dry: bool) -> None:
    rows = ({"row": f.row, "column": f.column, "message": f.message, "is_fatal": f.is_fatal} for f in imported.faults)
    if imported.faults:
        show(rows, columns=COLUMNS, form=form)
    done = imported.recorded
    if is_dry:
        say(f"{imported.visits} visits can be read; {imported.fault_count} remarks. Nothing was written.")
        return
    say(f"{done.new} new, {done.changed} changed, {done.same} as before; {imported.fault_count} remarks.")
    if done.history:
        say(f"{done.history} are history: silent until you approve them (afterglow approve-history).")
    for word, count in sorted(done.coverage.items()):
        say(f"{count} {word.replace('_', ' ')}")
