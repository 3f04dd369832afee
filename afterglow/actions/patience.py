"""How long a committed message may be worked on, and from when on it is nobody's any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Self


class TooImpatient(ValueError):
    """An intent would be called lost while somebody may still be sending it: that is how messages go out twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The three spans that keep a message from going out twice, counted from the commit of its intent.

    It is handed to its provider within `hand_over_within` or not at all, and the call ends within `answer_within`. Only
    after `grace`, when both are over, is an intent without an outcome asked about.
    """

    hand_over_within: timedelta = timedelta(seconds=15)
    answer_within: timedelta = timedelta(seconds=15)
    grace: timedelta = timedelta(seconds=40)

    def __post_init__(self) -> None:
        if self.hand_over_within + self.answer_within >= self.grace:
            raise TooImpatient(TooImpatient.__doc__)

    @classmethod
    def of(cls, *, grace: timedelta) -> Self:
        """The same proportions for another grace."""
        share = grace * 3 / 8
        return cls(hand_over_within=share, answer_within=share, grace=grace)


DEFAULT = Patience()
