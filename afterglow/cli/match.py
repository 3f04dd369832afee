"""`afterglow match`: what the catalog makes of service names."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from afterglow.cli.output import Format, FormatOption, refuse, show
from afterglow.rules.catalog import match_service

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
COLUMNS = ("name", "family", "brand", "area", "decision", "confidence", "reason")


@command.command()
def match(
    names: Annotated[list[str] | None, typer.Argument(help="Service names.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="A CSV file with the columns name and, if there is one, code.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """What the catalog makes of service names: family, brand, area, and whether a plan would start."""
    if not names and file is None:
        refuse('Give service names (afterglow match "Botox 20u") or a file (afterglow match --file services.csv).')
    asked = [(name, "") for name in names or ()]
    if file is not None:
        asked.extend(_read(file))
    show((_row(name, code) for name, code in asked), columns=COLUMNS, form=form)


def _read(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
            reader = csv.DictReader(file)
            if "name" not in (reader.fieldnames or ()):
                refuse(f"{path.name}: there is no column “name” in the first line.")
            for row in reader:
                yield row["name"] or "", row.get("code") or ""
    except OSError as error:
        refuse(f"{path}: cannot be read: {error.strerror}.")
    except csv.Error as error:
        refuse(f"{path.name}: is not a readable CSV file: {error}.")


def _row(name: str, code: str) -> dict[str, object]:
    found = match_service(name, code)
    return {
        "name": name,
        "family": found.family,
        "brand": found.brand,
        "area": found.area,
        "decision": found.decision,
        "confidence": round(found.confidence, 2),
        "reason": found.reason,
        "alternates": list(found.alternates),
    }
