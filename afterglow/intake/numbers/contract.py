"""What a list or a database about phone numbers must be able to say. Another source is another class of this shape."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    DO_NOT_CALL = "do_not_call"  # yes: the number is on a do-not-call list
    REASSIGNED = "reassigned"  # yes: the number was given to somebody else


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    NO_DATA = "no_data"  # the source says nothing about this number


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberAnswer:
    phone: str  # E.164
    answer: Answer
    as_of_on: date  # the day that the source speaks of


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLine:
    """A line of a source that says nothing usable. The number itself is not repeated."""

    line: int
    message: str


class NumberLookup(Protocol):
    """A source of answers: a file, or a service that is asked."""

    @property
    def kind(self) -> Kind: ...

    @property
    def source(self) -> str:
        """Where the answers come from, as it is stored with each: "file:florida.txt"."""
        ...

    def look_up(self, phones: Collection[str], *, as_of: date) -> Iterator[NumberAnswer | BrokenLine]:
        """Answers about these numbers (E.164), and whatever could not be understood on the way. Never about others."""
        ...
