"""What may be tried again after a no, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.channels.contract import REFUSALS
from afterglow.rules.facts import Channel
from afterglow.rules.retrying import (
    JITTER,
    OURS,
    OUT_OF_REACH,
    PAUSES,
    GiveUp,
    Retry,
    Try,
    jitter_of,
    outcome_of,
    retry_at,
)

NOON = datetime(2027, 3, 10, 17, tzinfo=UTC)
LATE = NOON + timedelta(days=1)


@pytest.mark.parametrize(("failures", "minutes"), [(0, 1), (1, 2), (2, 5), (3, 10), (4, 20), (5, 30), (50, 30)])
def test_the_pause_grows_with_every_failure(failures: int, minutes: int) -> None:
    answer = retry_at(failures=failures, now=NOON, retry_after=None, valid_until=LATE, jitter=0)
    assert answer == Retry(NOON + timedelta(minutes=minutes))


@given(
    failures=st.integers(0, 20),
    asked=st.none() | st.timedeltas(timedelta(0), timedelta(days=2)),
    left=st.timedeltas(timedelta(0), timedelta(days=2)),
    jitter=st.floats(0, 1),
)
def test_a_try_is_never_earlier_than_asked_and_never_after_the_messages_time(
    failures: int, asked: timedelta | None, left: timedelta, jitter: float
) -> None:
    answer = retry_at(failures=failures, now=NOON, retry_after=asked, valid_until=NOON + left, jitter=jitter)
    least = max(PAUSES[min(failures, 5)], asked or timedelta(0))
    if isinstance(answer, Retry):
        assert NOON + least <= answer.at <= NOON + left
    else:
        assert NOON + max(least * (1 + JITTER), least) > NOON + left


def test_what_failed_together_does_not_come_back_together() -> None:
    shares = [jitter_of(touch_id) for touch_id in range(1, 101)]
    assert all(0 <= share < 1 for share in shares)
    assert len({int(share * 10) for share in shares}) == 10
    assert jitter_of(7) == jitter_of(7)


def no(kind: str, *, minutes: int = 0, channel: Channel = Channel.SMS, has_left: bool = False) -> Try:
    return Try(channel=channel, kind=kind, reason="the reason", at=NOON + timedelta(minutes=minutes), has_left=has_left)


@pytest.mark.parametrize("kind", ["invalid_address", "opted_out", "content"])
def test_a_final_no_ends_the_channel_and_leaves_the_others(kind: str) -> None:
    tried = outcome_of([no(kind), no("rate", channel=Channel.EMAIL)], jitter=0)
    assert tried.refused == {Channel.SMS: "the text could not be sent (the reason)"}
    assert tried.not_before == {Channel.EMAIL: NOON + PAUSES[0]}


@pytest.mark.parametrize("kind", ["rate", "unavailable"])
def test_a_passing_no_is_tried_again_and_again_each_time_later(kind: str) -> None:
    tried = outcome_of([no(kind), no(kind, minutes=1), no(kind, minutes=3)], jitter=0)
    assert tried.refused == {}
    assert tried.not_before == {Channel.SMS: NOON + timedelta(minutes=3) + PAUSES[2]}


def test_a_no_of_the_account_is_tried_once_more_and_then_belongs_to_the_message() -> None:
    assert outcome_of([no("configuration")], jitter=0).not_before == {Channel.SMS: NOON + PAUSES[0]}
    assert Channel.SMS in outcome_of([no("configuration"), no("configuration", minutes=1)], jitter=0).refused


def test_a_phone_that_was_off_gets_one_more_text_an_hour_later() -> None:
    once = no("unavailable", has_left=True)
    assert outcome_of([once], jitter=0.9).not_before == {Channel.SMS: NOON + OUT_OF_REACH}
    twice = outcome_of([once, no("unavailable", minutes=61, has_left=True)], jitter=0)
    assert twice.refused == {Channel.SMS: "the text did not arrive (the reason)"}


@pytest.mark.parametrize("kind", ["", "invalid_address", "content", "configuration"])
def test_what_was_taken_and_did_not_arrive_is_not_sent_there_again(kind: str) -> None:
    assert Channel.SMS in outcome_of([no(kind, has_left=True)], jitter=0).refused


@pytest.mark.parametrize("kind", sorted(OURS))
def test_what_was_not_the_messages_fault_is_not_held_against_it(kind: str) -> None:
    tried = outcome_of([no(kind)] * 9, jitter=0)
    assert (tried.refused, tried.not_before) == ({}, {})


@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_every_kind_of_refusal_has_a_next_step(kind: str) -> None:
    tried = outcome_of([no(kind)], jitter=0)
    assert (kind in OURS) or tried.refused or tried.not_before


def test_a_try_that_could_only_come_too_late_is_given_up() -> None:
    answer = retry_at(failures=0, now=NOON, retry_after=None, valid_until=NOON + timedelta(seconds=59), jitter=0)
    assert answer == GiveUp("its time ends before the next try")
