"""How commands speak: rows to standard output, as a table or as JSON lines; words to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

Row = Mapping[str, object]
words = Console(stderr=True, highlight=False, soft_wrap=True)
PROSE = frozenset({"name", "reason", "text", "message", "finding"})  # these may wrap
WIDTH_OF_A_FILE = 160
DONE, PROBLEMS, WRONG_USE = 0, 1, 2


class Format(StrEnum):
    TABLE = "table"
    JSONL = "jsonl"


FormatOption = Annotated[Format, typer.Option("--format", help="A table for people, JSON lines for programs.")]


def show(rows: Iterable[Row], *, columns: Sequence[str], form: Format) -> None:
    """The rows on standard output."""
    if form is Format.JSONL:
        for row in rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column not in PROSE)
    for row in rows:
        table.add_row(*(escape(str(row.get(column, ""))) for column in columns))
    Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_A_FILE).print(table)


def say(text: str) -> None:
    words.print(text, markup=False)


def refuse(text: str) -> NoReturn:
    """Wrong use: say what to do and leave with 2."""
    words.print(text, markup=False, style="red")
    raise typer.Exit(WRONG_USE)


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Progress]:
    """A bar on standard error for everything that takes a while."""
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=32),
        TaskProgressColumn() if total else MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=words) as bar:
        bar.add_task(label, total=total)
        yield bar
