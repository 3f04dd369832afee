"""What was not sent is on Today with its reason, in groups, until somebody has seen it."""

from __future__ import annotations

from datetime import timedelta

from afterglow.actions.see_not_sent import see_not_sent, unsee_not_sent
from afterglow.models import Outage, Practice, Task, Touch
from afterglow.queries.not_sent import not_sent, not_sent_page
from afterglow.queries.today import today
from tests.world import NOW

MINUTE = timedelta(minutes=1)
REASON = "its time ended while texts could not be sent"


def end(practice: Practice, count: int, *, ago: timedelta, state: str = "expired", reason: str = REASON) -> list[Touch]:
    touches = list(Touch.objects.filter(practice=practice, state="planned").order_by("pk")[:count])
    assert len(touches) == count
    for touch in touches:
        touch.state, touch.reason, touch.ended_at, touch.function = state, reason, NOW - ago, "rebook"
        touch.save()
    return touches


def test_many_that_expired_together_are_one_line_with_the_outage_that_kept_them(practice: Practice) -> None:
    end(practice, 3, ago=30 * MINUTE)
    Outage.objects.create(
        practice=practice,
        channel="sms",
        provider="twilio",
        reason="no answer",
        began_at=NOW - 60 * MINUTE,
        retry_at=NOW,
        ended_at=NOW - 10 * MINUTE,
    )
    found = not_sent(practice, now=NOW)
    [group] = found.groups

    assert (found.total, group.count, group.function) == (3, 3, "Rebooking")
    assert group.reason == "Its time ended while texts could not be sent."
    assert [(o.channel, o.since, o.until) for o in group.outages] == [("Text", NOW - 60 * MINUTE, NOW - 10 * MINUTE)]
    assert "Nothing to do" in group.remedy


def test_a_single_one_names_its_client(practice: Practice) -> None:
    [touch] = end(practice, 1, ago=30 * MINUTE)
    [group] = not_sent(practice, now=NOW).groups

    assert (group.client_id, group.name) == (touch.client_id, touch.client.name)


def test_a_failed_message_without_a_task_is_there_and_one_with_a_task_is_not(practice: Practice) -> None:
    with_task, without = end(practice, 2, ago=30 * MINUTE, state="failed", reason="nobody can tell")
    Task.objects.create(
        practice=practice, client=with_task.client, touch=with_task, kind="failed", reason="…", opened_at=NOW
    )
    rows, _ = not_sent_page(practice, page=1, now=NOW)

    assert [row.touch_id for row in rows] == [without.pk]
    assert not_sent(practice, now=NOW).total == 1


def test_seen_means_seen_until_then_and_can_be_taken_back(practice: Practice) -> None:
    end(practice, 2, ago=30 * MINUTE)
    until = not_sent(practice, now=NOW).last_at
    assert until is not None
    end(practice, 1, ago=10 * MINUTE)  # while somebody was reading
    task_id = see_not_sent(practice_id=practice.pk, count=2, until=until, by="kit", now=NOW)

    assert not_sent(practice, now=NOW).total == 1
    assert len(not_sent_page(practice, page=1, now=NOW)[0]) == 3
    assert unsee_not_sent(practice_id=practice.pk, task_id=task_id)
    assert not_sent(practice, now=NOW).total == 3


def test_after_a_week_they_leave_by_themselves(practice: Practice) -> None:
    end(practice, 1, ago=timedelta(days=7))

    assert not_sent(practice, now=NOW).total == 0


def test_a_day_with_nothing_but_these_is_not_called_calm(practice: Practice) -> None:
    Task.objects.update(closed_at=NOW)
    assert not today(practice, now=NOW).has_tasks
    end(practice, 1, ago=MINUTE)
    assert today(practice, now=NOW).has_tasks
