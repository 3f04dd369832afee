"""`afterglow import`: a file of visits, checked row by row."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from afterglow.actions.import_file import Imported, dry_run, import_file, saved_mapping
from afterglow.cli.arguments import checked_evidence
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import DONE, PROBLEMS, Format, FormatOption, progress, refuse, say, show, words
from afterglow.intake.columns import Mapping, faults_of_mapping, header_fingerprint, suggest_mapping
from afterglow.intake.systems.csv_file import read_table
from afterglow.intake.table import Table, UnreadableFile
from afterglow.models import Practice
from afterglow.queries.words import counted

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
    consent_evidence: Annotated[
        str, typer.Option(help="What proves the consents of rows without consent_evidence: form, version, where kept.")
    ] = "",
    practice: Annotated[int | None, typer.Option(help="Which practice, if there are several.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Import visits. Every faulty row is named, the good ones go through, a second import changes nothing."""
    proof = checked_evidence(consent_evidence)
    ready()
    found = find_practice(practice)
    try:
        table = read_table(file, filename=file.name)
    except UnreadableFile as error:
        refuse(str(error))
    mapping = _mapping(found.pk, table, date_order, columns or [], has_evidence=bool(proof))
    if is_dry:
        with words.status(f"Checking {file.name} …"):
            imported = dry_run(
                timezone=found.timezone, table=table, mapping=mapping, source=source, consent_evidence=proof
            )
    else:
        imported = _import(found, file, table, mapping, source, proof)
    _report(imported, form, is_dry=is_dry)
    raise typer.Exit(PROBLEMS if any(f.is_fatal for f in imported.faults) else DONE)


def _import(
    practice: Practice, file: Path, table: Table, mapping: Mapping, source: str, consent_evidence: str
) -> Imported:
    with progress(f"Importing {file.name}") as bar:
        return import_file(
            practice_id=practice.pk,
            timezone=practice.timezone,
            path=file,
            table=table,
            mapping=mapping,
            fingerprint=header_fingerprint(table.header),
            source=source,
            by="command line",
            consent_evidence=consent_evidence,
            now=now(),
            on_progress=lambda count: bar.advance(bar.task_ids[0], count),
        )


def _mapping(practice_id: int, table: Table, date_order: str, columns: list[str], *, has_evidence: bool) -> Mapping:
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
    faults = faults_of_mapping(mapping, table.header)
    if any(fault.is_fatal for fault in faults):
        theirs = json.dumps(list(table.header), ensure_ascii=False)
        hint = 'Say which is which: --column "our_column=Their Column".'
        refuse("\n".join([*(f.message for f in faults if f.is_fatal), f"The file has these columns: {theirs}", hint]))
    for fault in faults:
        if not (has_evidence and fault.column == "consent_evidence"):
            say(fault.message)
    return mapping


def _report(imported: Imported, form: Format, *, is_dry: bool) -> None:
    rows = ({"row": f.row, "column": f.column, "message": f.message, "is_fatal": f.is_fatal} for f in imported.faults)
    if imported.faults:
        show(rows, columns=COLUMNS, form=form)
    done, remarks = imported.recorded, counted(imported.fault_count, "remark")
    if is_dry:
        say(f"{counted(imported.visits, 'visit')} can be read; {remarks}. Nothing was written.")
        return
    say(f"{done.new} new, {done.changed} changed, {done.same} as before; {remarks}.")
    if done.history:
        say(f"{done.history} of them history: silent until you approve it (afterglow approve-history).")
    for word, count in sorted(done.coverage.items()):
        say(f"{count} {word.replace('_', ' ')}")
