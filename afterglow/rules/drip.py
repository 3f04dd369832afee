"""A backlog leaves drop by drop: never more than so many of its messages on one day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from afterglow.rules.scheduling import TouchDraft
from afterglow.rules.timing import local_day


@dataclass(slots=True)
class Backlog:
    """At most `per_day` messages a local day; `taken` counts what each day already has."""

    per_day: int
    taken: Counter[date] = field(default_factory=Counter)


def spread(touch: TouchDraft, backlog: Backlog, *, zone: str) -> TouchDraft:
    """The touch on its own day or the next one with room; dropped with the reason when its window has none."""
    if touch.dropped:
        return touch
    due_at = touch.due_at
    while backlog.taken[local_day(due_at, zone)] >= backlog.per_day:
        due_at += timedelta(days=1)
        if due_at > touch.valid_until:
            reason = f"the backlog is limited to {backlog.per_day} messages a day and its window had no room"
            return replace(touch, dropped=reason)
    backlog.taken[local_day(due_at, zone)] += 1
    return touch if due_at == touch.due_at else replace(touch, due_at=due_at)
