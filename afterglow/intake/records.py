"""Lines of a CSV file → records, where one quotation mark left open costs one line and not the rest of the file."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Generator, Iterator

from afterglow.intake.contract import RowFault
from afterglow.intake.table import Row

MOST_LINES = 100  # of one record: notes have line breaks, but a hundred mean a quotation mark was never closed
UNCLOSED = (
    "A quotation mark on this line is never closed, or the line is broken. The line was left out and reading went on "
    "with the next one. Remove the quotation mark, or write it twice inside a quoted cell."
)


def records(lines: Iterator[str], *, delimiter: str, number: int = 1, width: int = 0) -> Iterator[Row | RowFault]:
    """Each record with the line it starts on, or the fault of a broken line.

    `width` is the header's number of cells: a quoted cell that swallowed whole rows of that width is no cell.
    """
    return _Records(lines, delimiter=delimiter, number=number, width=width).read()


class _Records:
    """`csv.reader` with a memory of one record's lines: what a stray quotation mark swallowed is read again."""

    def __init__(self, lines: Iterator[str], *, delimiter: str, number: int, width: int) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._number = number
        self._width = width
        self._taken: list[str] = []
        self._given_back: deque[str] = deque()

    def read(self) -> Iterator[Row | RowFault]:
        while (yield from self._read_until_broken()):
            yield RowFault(row=self._number, column="", message=UNCLOSED)
            self._number += 1
            self._given_back.extendleft(reversed(self._taken[1:]))
            self._taken.clear()

    def _read_until_broken(self) -> Generator[Row, None, bool]:
        taken = self._taken
        try:
            for cells in csv.reader(self._feed(), delimiter=self._delimiter):
                if len(taken) > 1 and not self._is_one_record():
                    return True
                if cells:
                    yield self._number, cells
                self._number += len(taken)
                taken.clear()
        except csv.Error:
            return True
        return False

    def _feed(self) -> Iterator[str]:
        taken = self._taken
        while self._given_back:
            line = self._given_back.popleft()
            taken.append(line)
            yield line
            if len(taken) >= MOST_LINES:
                return
        for raw in self._lines:
            line = raw.replace("\0", "").replace("\ufeff", "")
            taken.append(line)
            yield line
            if len(taken) >= MOST_LINES:
                return

    def _is_one_record(self) -> bool:
        taken = self._taken
        if self._width > 2 and any(line.count(self._delimiter) >= self._width - 1 for line in taken[1:]):
            return False
        try:
            return len(list(csv.reader(taken, delimiter=self._delimiter, strict=True))) == 1
        except csv.Error:
            return False
