"""A notice answers what somebody has just done: once, soon, and never into a quarrel between two machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.decisions import End, Send, Skip, Wait
from afterglow.rules.facts import Channel, Hold
from afterglow.rules.notices import NOTICES_A_DAY, AddressFacts, EarlierNotice, NoticeKind, may_send_notice

NOW = datetime(2027, 3, 10, 15, tzinfo=UTC)
STOP, HELP, CONFIRM = NoticeKind.STOP_CONFIRMATION, NoticeKind.HELP, NoticeKind.DOUBLE_OPT_IN
SOON = NOW + timedelta(minutes=5)
STOPPED = AddressFacts(is_stopped=True)


def earlier(kind: NoticeKind, *, minutes_ago: float, cause: int | None = None) -> EarlierNotice:
    return EarlierNotice(id=1, kind=kind, at=NOW - timedelta(minutes=minutes_ago), cause=cause)


def decide(
    kind: NoticeKind,
    address: AddressFacts = STOPPED,
    *,
    cause: int | None = 7,
    valid_until: datetime = SOON,
    hold: Hold | None = None,
) -> Send | Wait | Skip:
    return may_send_notice(kind, cause=cause, valid_until=valid_until, address=address, hold=hold, now=NOW)


def test_a_stop_is_confirmed_although_the_number_has_just_stopped() -> None:
    assert decide(STOP) == Send((Channel.SMS,), "")


def test_a_stop_is_confirmed_within_five_minutes_or_not_at_all() -> None:
    assert isinstance(decide(STOP, valid_until=NOW), Send)
    assert decide(STOP, valid_until=NOW - timedelta(seconds=1)) == Skip(
        "a stop may be confirmed within five minutes only", end=End.EXPIRED
    )


def test_one_text_gets_one_answer() -> None:
    before = AddressFacts(earlier=(earlier(STOP, minutes_ago=1, cause=7),))
    assert decide(STOP, before) == Skip("this text was answered already")
    assert isinstance(decide(STOP, before, cause=8), Send)


def test_help_is_answered_even_where_texts_have_stopped() -> None:
    assert isinstance(decide(HELP), Send)


def test_nobody_who_stopped_is_asked_to_confirm_anything() -> None:
    assert decide(CONFIRM) == Skip("the owner of this number asked us to stop")


@pytest.mark.parametrize(("hours_ago", "is_asked"), [(0.1, False), (23.9, False), (24, True)])
def test_a_number_is_asked_to_confirm_once_in_24_hours(hours_ago: float, is_asked: bool) -> None:
    before = AddressFacts(earlier=(earlier(CONFIRM, minutes_ago=60 * hours_ago),))
    assert isinstance(decide(CONFIRM, before, cause=None), Send) is is_asked


def test_a_dead_number_gets_no_notice() -> None:
    assert decide(HELP, AddressFacts(dead="the number is a landline")) == Skip("the number is a landline")


def test_an_account_that_is_out_of_order_is_waited_for_while_there_is_time() -> None:
    back_at = NOW + timedelta(minutes=2)
    hold = Hold(since=NOW, retry_at=back_at, reason="the provider does not answer")
    assert decide(STOP, hold=hold) == Wait(back_at, "the provider does not answer")
    too_late = decide(STOP, hold=hold, valid_until=NOW + timedelta(minutes=1))
    assert isinstance(too_late, Skip)
    assert too_late.end is End.EXPIRED


@given(
    st.sampled_from(NoticeKind),
    st.lists(st.tuples(st.sampled_from(NoticeKind), st.floats(0, 1439)), min_size=NOTICES_A_DAY, max_size=20),
    st.booleans(),
)
def test_two_machines_that_answer_each_other_fall_silent(
    kind: NoticeKind, sent: list[tuple[NoticeKind, float]], is_stopped: bool
) -> None:
    before = tuple(earlier(other, minutes_ago=minutes, cause=number) for number, (other, minutes) in enumerate(sent))
    assert isinstance(decide(kind, AddressFacts(is_stopped=is_stopped, earlier=before), cause=99), Skip)
