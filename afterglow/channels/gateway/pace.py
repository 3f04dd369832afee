"""A carrier's speed limit: everybody gets a turn, one after the other."""

from __future__ import annotations


class Pace:
    """At most `per_second`; 0 means no limit."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next_turn = 0.0

    def has_turn(self, now: float) -> bool:
        """Whether somebody who comes at this second of a monotonic clock need not wait."""
        return now >= self._next_turn

    def take_turn(self, now: float) -> float:
        """How many seconds whoever comes now has to wait; the turn is taken."""
        turn = max(now, self._next_turn)
        self._next_turn = turn + self._gap
        return turn - now
