"""Lists of numbers in files: a do-not-call list as it is downloaded, and answers of the Reassigned Numbers Database."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from afterglow.intake import cells
from afterglow.intake.numbers.contract import Answer, BrokenLine, Kind, NumberAnswer

Progress = Callable[[int], None]
EVERY = 10_000  # lines between two signs of life
NO_NUMBER = "This is no US phone number of ten digits."
_COLUMNS = ("phone", "answer", "date")
_ANSWERS = {"yes": Answer.YES, "y": Answer.YES, "no": Answer.NO, "n": Answer.NO, "no data": Answer.NO_DATA,
            "nodata": Answer.NO_DATA}  # fmt: skip


def _silent(_: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class DoNotCallFile:
    """One listed number a line, as "2025550143", "202,5550143" or "+1 202 555 0143"; a heading may come first.

    National lists are sold by area code: a number whose area code is nowhere in the file gets no answer but "no data".
    The file is read as it comes and may be of any size.
    """

    path: Path
    on_progress: Progress = _silent
    kind: Kind = Kind.DO_NOT_CALL

    @property
    def source(self) -> str:
        return f"file:{self.path.name}"

    def look_up(self, phones: Collection[str], *, as_of: date) -> Iterator[NumberAnswer | BrokenLine]:
        wanted, listed, covered = set(phones), set[str](), set[str]()
        with self.path.open(encoding="utf-8-sig", errors="replace") as lines:
            for number, line in enumerate(lines, start=1):
                if number % EVERY == 0:
                    self.on_progress(EVERY)
                digits = _NOT_DIGITS.sub("", line)
                digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
                if len(digits) == 10 and not _LETTERS.search(line):
                    covered.add(digits[:3])
                    if (phone := f"+1{digits}") in wanted:
                        listed.add(phone)
                elif line.strip() and not (number == 1 and _LETTERS.search(line)):
                    yield BrokenLine(line=number, message=NO_NUMBER)
        for phone in phones:
            is_covered = phone[:2] == "+1" and phone[2:5] in covered
            answer = Answer.YES if phone in listed else Answer.NO if is_covered else Answer.NO_DATA
            yield NumberAnswer(phone=phone, answer=answer, as_of_on=as_of)


@dataclass(frozen=True, slots=True)
class ReassignedFile:
    """A CSV file with the columns phone, answer (yes, no, no data) and date, the day of the answer."""

    path: Path
    on_progress: Progress = _silent
    kind: Kind = Kind.REASSIGNED

    @property
    def source(self) -> str:
        return f"file:{self.path.name}"

    def look_up(self, phones: Collection[str], *, as_of: date) -> Iterator[NumberAnswer | BrokenLine]:
        wanted = set(phones)
        places: tuple[str, ...] = _COLUMNS
        with self.path.open(encoding="utf-8-sig", errors="replace") as lines:
            for number, line in enumerate(lines, start=1):
                if number % EVERY == 0:
                    self.on_progress(EVERY)
                try:
                    row = _cells(line)
                    if number == 1 and "phone" in (heads := tuple(cell.lower() for cell in row)):
                        places = heads
                    elif any(row):
                        answer = _answer(dict(zip(places, row, strict=False)), as_of)
                        if answer.phone in wanted:
                            yield answer
                except cells.Unusable as unusable:
                    yield BrokenLine(line=number, message=str(unusable))


def _cells(line: str) -> list[str]:
    """Each line for itself: a quotation mark left open must not swallow the answers after it."""
    try:
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error:
        raise cells.Unusable("This line is no line of a CSV file.") from None


def _answer(row: dict[str, str], as_of: date) -> NumberAnswer:
    said = row.get("answer", "").strip().lower().replace("_", " ")
    if said not in _ANSWERS:
        raise cells.Unusable("The answer must be yes, no or no data.")
    return NumberAnswer(
        phone=cells.phone(row.get("phone", "")),
        answer=_ANSWERS[said],
        as_of_on=_day(row.get("date", "").strip(), as_of),
    )


def _day(text: str, as_of: date) -> date:
    try:
        on = date.fromisoformat(text) if text else as_of
    except ValueError:
        raise cells.Unusable("Write the date like 2026-09-01.") from None
    if on > as_of:
        raise cells.Unusable("This date lies in the future.")
    return on


_NOT_DIGITS = re.compile(r"\D")
_LETTERS = re.compile(r"[A-Za-z]")
