"""One measured figure, from the part that measured it to the table that people read."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured, the figure as people read it, what it is held against, and how it was measured."""

    what: str
    figure: str
    target: str = ""
    is_met: bool | None = None
    how: str

    def say(self) -> None:
        """Hand the row to the process that prints the table."""
        _hand_over({"row": asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines that are more than a figure: a table or a histogram. They are printed below the table, as they are."""

    title: str
    lines: Sequence[str]

    def say(self) -> None:
        """Hand the lines to the process that prints them."""
        _hand_over({"block": asdict(self)})


def read_rows(lines: Iterable[str]) -> list[Row | Block]:
    """What a part handed over."""
    given = (json.loads(line) for line in lines)
    return [Row(**each["row"]) if "row" in each else Block(**each["block"]) for each in given]


def _hand_over(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def say_progress(sentence: str) -> None:
    """A line on the error output, so that the table stays alone on the other one."""
    sys.stderr.write(f"  {sentence}\n")
    sys.stderr.flush()


def machine() -> str:
    """The size of this machine in one line: a figure means nothing without it."""
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB memory, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; load at the start {load:.1f}"
    )


def print_table(rows: Iterable[Row]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 1, 0))
    for column in ("what", "measured", "target", "how"):
        table.add_column(column, justify="right" if column == "measured" else "left", overflow="fold")
    for row in rows:
        mark = {True: " ✓", False: " ✗", None: ""}[row.is_met]
        table.add_row(row.what, row.figure, row.target + mark, row.how)
    width = None if sys.stdout.isatty() else 132
    Console(width=width).print(table)


def print_block(block: Block) -> None:
    sys.stdout.write("\n".join([block.title, "", *(f"  {line}" for line in block.lines)]) + "\n\n")
