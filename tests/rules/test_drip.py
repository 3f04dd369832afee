"""A backlog leaves drop by drop."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.drip import Backlog, spread
from afterglow.rules.facts import Function
from afterglow.rules.scheduling import TouchDraft
from afterglow.rules.timing import local_day
from tests.rules.people import local

MONDAY = local("2026-05-04T10:00")
ZONE = "America/New_York"


def draft(due_at: datetime = MONDAY, valid_for: timedelta = timedelta(days=2)) -> TouchDraft:
    return TouchDraft("rebook", Function.REBOOK, due_at, due_at, due_at + valid_for)


def test_a_full_day_passes_the_message_to_the_next_with_room() -> None:
    backlog = Backlog(per_day=1)
    dues = [spread(draft(), backlog, zone=ZONE).due_at for _ in range(3)]
    assert dues == [MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)]


def test_without_room_in_its_window_it_is_dropped_with_the_reason() -> None:
    backlog = Backlog(per_day=1)
    for _ in range(3):
        spread(draft(), backlog, zone=ZONE)
    late = spread(draft(), backlog, zone=ZONE)
    assert late.dropped == "the backlog is limited to 1 messages a day and its window had no room"


@given(
    offsets=st.lists(st.integers(min_value=0, max_value=240), max_size=60),
    per_day=st.integers(min_value=1, max_value=5),
)
def test_no_day_ever_gets_more_than_its_share(offsets: list[int], per_day: int) -> None:
    backlog = Backlog(per_day=per_day)
    moved = [spread(draft(MONDAY + timedelta(hours=h)), backlog, zone=ZONE) for h in offsets]
    days = [local_day(t.due_at, ZONE) for t in moved if not t.dropped]
    assert all(days.count(day) <= per_day for day in days)
    assert all(t.due_at <= t.valid_until for t in moved)
