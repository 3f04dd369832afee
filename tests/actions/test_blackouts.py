"""A state of emergency is declared while messages are due: they wait, check-ins that cannot become calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from afterglow.actions.set_blackouts import (
    EndsBeforeItBegins,
    NoReason,
    NoSuchState,
    OutOfTime,
    add_blackout,
    end_blackout,
)
from afterglow.models import Blackout, Practice
from afterglow.models.practice_facts import practice_facts
from afterglow.models.scope import practice_scope
from afterglow.queries.blackouts import blackouts
from afterglow.rules.facts import BanScope, PracticeFacts
from tests.actions.providers import NOON, Provider, check_ins, next_due, practice_with_check_ins, send, states, tasks

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
END_OF_TIME = datetime(9999, 12, 31, 23, 59, tzinfo=ZoneInfo("America/New_York"))  # in UTC it lies in the year 10000
BEGINNING_OF_TIME = datetime(1, 1, 1, tzinfo=UTC)
SINCE = "Maine: state of emergency since 18 November"


def declare(practice_id: int, *, state: str = "ME", hours: float | None = None, begins: timedelta = -HOUR) -> int:
    return add_blackout(
        practice_id=practice_id,
        state=state,
        scope=BanScope.EVERYTHING,
        from_at=NOON + begins,
        until_at=None if hours is None else NOON + hours * HOUR,
        reason=" state of  emergency. ",
        by="Kit",
        now=NOON,
    )


def known(practice_id: int) -> PracticeFacts:
    with practice_scope(practice_id):
        return practice_facts(Practice.objects.get(pk=practice_id))


def test_what_is_due_waits_for_the_end_of_the_ban_and_says_so() -> None:
    practice_id, provider = practice_with_check_ins(), Provider()
    declare(practice_id, hours=2)
    assert send(practice_id, sms=provider) == 0
    assert {touch.reason for touch in check_ins(practice_id)} == {SINCE}
    assert next_due(practice_id) == NOON + 2 * HOUR
    assert send(practice_id, sms=provider, at=NOON + 2 * HOUR) == 2


def test_a_check_in_that_cannot_wait_is_a_call() -> None:
    practice_id, provider = practice_with_check_ins(clients=1), Provider()
    declare(practice_id)
    send(practice_id, sms=provider)
    assert provider.sent == []
    assert states(practice_id) == ["skipped"]
    assert tasks(practice_id) == [("call", f"Please check in by phone. {SINCE}.")]


def test_a_ban_noted_between_two_batches_stops_the_second() -> None:
    practice_id, provider = practice_with_check_ins(), Provider()
    add_elsewhere = declare(practice_id, state="LA")
    assert send(practice_id, sms=provider) == 2
    declare(practice_id, hours=1, begins=timedelta(0))
    assert send(practice_id, sms=provider, at=NOON + HOUR / 2) == 0
    assert end_blackout(practice_id=practice_id, blackout_id=add_elsewhere, by="Kit", now=NOON)


def test_when_a_ban_ends_early_what_waited_goes_at_once() -> None:
    practice_id, provider = practice_with_check_ins(), Provider()
    ban = declare(practice_id, hours=5)
    send(practice_id, sms=provider)
    assert end_blackout(practice_id=practice_id, blackout_id=ban, by="Hale", now=NOON + HOUR)
    assert send(practice_id, sms=provider, at=NOON + HOUR) == 2
    assert not end_blackout(practice_id=practice_id, blackout_id=ban, by="Hale", now=NOON + HOUR)


def test_a_ban_withdrawn_before_it_began_never_holds() -> None:
    practice_id, provider = practice_with_check_ins(), Provider()
    ban = declare(practice_id, begins=HOUR)
    assert end_blackout(practice_id=practice_id, blackout_id=ban, by="Kit", now=NOON)
    assert send(practice_id, sms=provider, at=NOON + HOUR - timedelta(minutes=10)) == 2
    with practice_scope(practice_id):
        [row] = blackouts(Practice.objects.get(pk=practice_id), now=NOON)
    assert (row.standing, row.by, row.ended_by) == ("withdrawn", "Kit", "Kit")


def test_a_text_dies_before_a_ban_that_is_about_to_begin() -> None:
    practice_id, provider = practice_with_check_ins(clients=1), Provider()
    declare(practice_id, begins=HOUR)
    send(practice_id, sms=provider)
    [message] = provider.sent
    assert message.expires_at is not None
    assert message.expires_at <= NOON + HOUR


def test_what_is_noted_is_tidy_and_says_who() -> None:
    practice_id = practice_with_check_ins()
    declare(practice_id)
    assert [ban.reason for ban in known(practice_id).blackouts] == ["state of emergency"]
    with practice_scope(practice_id):
        assert Blackout.objects.get(practice=practice_id).created_by == "Kit"


def test_a_ban_until_the_end_of_the_calendar_is_refused_and_stops_nobody_elses_messages() -> None:
    practice_id, provider = practice_with_check_ins(), Provider()
    for from_at, until_at in [(NOON, END_OF_TIME), (END_OF_TIME, None), (BEGINNING_OF_TIME, None)]:
        with pytest.raises(OutOfTime):
            add_blackout(
                practice_id=practice_id,
                state="",
                scope=BanScope.MARKETING,
                from_at=from_at,
                until_at=until_at,
                reason="state of emergency",
                by="Kit",
                now=NOON,
            )
    assert send(practice_id, sms=provider) == 2


def test_a_ban_must_make_sense() -> None:
    practice_id = practice_with_check_ins()
    with pytest.raises(NoSuchState):
        declare(practice_id, state="XX")
    with pytest.raises(EndsBeforeItBegins):
        declare(practice_id, hours=-2)
    with pytest.raises(NoReason):
        add_blackout(
            practice_id=practice_id,
            state="ME",
            scope=BanScope.MARKETING,
            from_at=NOON,
            until_at=None,
            reason=" . ",
            by="Kit",
            now=NOON,
        )
