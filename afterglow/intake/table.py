"""A file of rows, opened but not read: what `systems/csv_file.py` gives and `rows.py` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from afterglow.intake.contract import RowFault

Row = tuple[int, list[str]]


class UnreadableFile(Exception):
    """Nothing of this file can be read. The message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    header: tuple[str, ...]
    delimiter: str = ""  # empty for a spreadsheet
    encoding: str = ""  # empty for a spreadsheet
    open_rows: Callable[[], Iterator[Row | RowFault]]

    @property
    def rows(self) -> Iterator[Row | RowFault]:
        """Line number and cells, or the fault of a line that is broken; lazily, and from the top each time."""
        return self.open_rows()
