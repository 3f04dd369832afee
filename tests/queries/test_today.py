from __future__ import annotations

from datetime import UTC, datetime

from afterglow.models import Practice, Touch
from afterglow.queries.today import today


def test_tomorrow_lasts_until_its_own_midnight_when_the_clocks_go_back(practice: Practice) -> None:
    saturday = datetime(2027, 11, 6, 16, tzinfo=UTC)
    late_on_sunday = datetime(2027, 11, 8, 4, 30, tzinfo=UTC)  # 23:30 in Portland, 25 hours after the last midnight
    touches = Touch.objects.filter(practice=practice, state=Touch.State.PLANNED)
    touches.exclude(pk=touches.earliest("pk").pk).update(state=Touch.State.CANCELLED)
    touches.update(due_at=late_on_sunday, valid_until=datetime(2027, 11, 20, tzinfo=UTC))

    screen = today(practice, now=saturday)

    assert (screen.going_out_count, screen.tomorrow_count) == (0, 1)
