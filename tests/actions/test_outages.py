"""A provider that is down is left alone, costs nobody a message, and is tried again by a few."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from afterglow.channels.contract import Accepted, Outcome, OutgoingMessage, Refused, Unknown
from afterglow.models import Outage, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.outages import OPENS_AFTER, PROBES
from tests.actions.providers import (
    MAIL,
    NOON,
    Provider,
    check_ins,
    next_due,
    outages,
    practice_with_check_ins,
    rows,
    send,
    states,
    tasks,
)

pytestmark = pytest.mark.django_db
DOWN = Refused("unavailable", "ClientConnectorError", "nothing left")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
CLIENTS = 150


def taken(message: OutgoingMessage) -> Outcome:
    return Accepted(f"SM-{message.token}")


@pytest.mark.parametrize(
    "failure",
    [DOWN, Unknown("TimeoutError"), Refused("configuration", "20003", "authenticate"), Refused("rate", "429", "slow")],
)
def test_a_provider_that_fails_again_and_again_is_left_alone(failure: Outcome) -> None:
    practice_id = practice_with_check_ins(CLIENTS)
    provider = Provider(outcome=failure)
    send(practice_id, sms=provider)
    send(practice_id, sms=provider)

    [outage] = outages(practice_id)
    assert (outage.channel, outage.provider, outage.ended_at) == ("sms", "twilio", None)
    assert outage.retry_at == NOON + 30 * SECOND
    called = len(provider.sent)
    assert OPENS_AFTER <= called <= 2 * 50, "everything was tried although the account was out of order"
    assert rows(practice_id) == (called, called), "what never left has left a line"
    waiting = [touch for touch in check_ins(practice_id) if touch.state == "planned"]
    assert all(touch.due_at <= NOON + 2 * MINUTE for touch in waiting)
    assert sum(touch.reason.startswith("texts have not gone out since 12:00: the pro") for touch in waiting) >= 50


def test_while_it_is_left_alone_nobody_asks_it_anything() -> None:
    practice_id = practice_with_check_ins(CLIENTS)
    provider = Provider(outcome=DOWN)
    for _ in range(2):
        send(practice_id, sms=provider)
    called = len(provider.sent)
    send(practice_id, at=NOON + 29 * SECOND, sms=provider)

    assert len(provider.sent) == called


def test_a_few_messages_find_out_and_each_time_that_fails_the_pause_is_longer() -> None:
    practice_id = practice_with_check_ins(CLIENTS)
    provider = Provider(outcome=DOWN)
    for _ in range(2):
        send(practice_id, sms=provider)
    now, pauses, probes = NOON, [], []
    for _ in range(4):
        now, called = outages(practice_id)[0].retry_at, len(provider.sent)
        send(practice_id, at=now, sms=provider)
        probes.append(len(provider.sent) - called)
        pauses.append(outages(practice_id)[0].retry_at - now)

    assert probes == [PROBES] * 4
    assert pauses == [1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE]
    assert len(outages(practice_id)) == 1


def test_when_it_answers_again_everybody_gets_the_message_at_once_and_nobody_two() -> None:
    practice_id = practice_with_check_ins(CLIENTS)
    provider = Provider(outcome=DOWN)
    for _ in range(2):
        send(practice_id, sms=provider)
    provider.outcome, provider.sent = taken, []
    back_at = outages(practice_id)[0].retry_at
    for _ in range(3):
        send(practice_id, at=back_at, sms=provider)
    send(practice_id, at=back_at + 2 * MINUTE, sms=provider)

    [outage] = outages(practice_id)
    assert outage.ended_at == back_at
    assert states(practice_id) == ["sent"] * CLIENTS
    assert set(provider.count_per_number().values()) == {1}
    assert len(provider.sent) == CLIENTS


def test_those_that_were_only_found_out_by_are_not_blamed_for_it() -> None:
    """The account fails for hours. Its probes are the same few messages, and still go by text in the end."""
    practice_id = practice_with_check_ins(6, is_mailed=True)
    texts, mail = Provider(outcome=Refused("configuration", "20003", "authenticate")), Provider(capabilities=MAIL)
    now = NOON
    for _ in range(30):
        send(practice_id, at=now, sms=texts, email=mail)
        now = max(now + SECOND, next_due(practice_id))
    assert mail.sent == []
    texts.outcome = taken
    for _ in range(3):
        send(practice_id, at=now, sms=texts, email=mail)
        now += 16 * MINUTE

    assert states(practice_id) == ["sent"] * 6
    assert mail.sent == []


def test_a_check_in_does_not_wait_until_it_is_too_late_for_another_way() -> None:
    practice_id = practice_with_check_ins(20, is_mailed=True)
    texts, mail = Provider(outcome=DOWN), Provider(outcome=taken, capabilities=MAIL)
    for _ in range(2):
        send(practice_id, sms=texts, email=mail)
    [outage] = outages(practice_id)
    latest = check_ins(practice_id)[0].valid_until - timedelta(hours=2)
    _still_down(practice_id, now=latest)
    send(practice_id, at=latest, sms=texts, email=mail)

    assert states(practice_id) == ["sent"] * 20
    assert len(mail.sent) == 20
    assert f"e-mail because texts have not gone out since 12:00 on 18 November 2026: {outage.reason}" in (
        check_ins(practice_id)[0].reason
    )


def test_with_no_other_way_staff_are_asked_while_there_is_time() -> None:
    practice_id = practice_with_check_ins(6)
    texts = Provider(outcome=DOWN)
    for _ in range(2):
        send(practice_id, sms=texts)
    latest = check_ins(practice_id)[0].valid_until - timedelta(hours=2)
    _still_down(practice_id, now=latest)
    send(practice_id, at=latest, sms=texts)

    assert states(practice_id) == ["expired"] * 6
    assert [kind for kind, _ in tasks(practice_id)] == ["call"] * 6


@pytest.mark.parametrize("kind", ["invalid_address", "content", "opted_out"])
def test_messages_that_are_refused_for_their_own_sake_are_no_outage(kind: str) -> None:
    practice_id = practice_with_check_ins(20)
    provider = Provider(outcome=Refused(kind, "1", "no"))
    send(practice_id, sms=provider)

    assert outages(practice_id) == []
    assert len(provider.sent) == 20


def test_one_message_that_fails_often_is_no_outage_and_five_that_fail_one_by_one_are() -> None:
    practice_id = practice_with_check_ins(5)
    provider = Provider(outcome=DOWN)
    with practice_scope(practice_id):
        others = list(Touch.objects.filter(practice=practice_id, function="check_in").order_by("pk"))[1:]
        Touch.objects.filter(pk__in=[t.pk for t in others]).update(due_at=NOON + timedelta(hours=1))
    now = NOON
    for _ in range(OPENS_AFTER):
        send(practice_id, at=now, sms=provider)
        now = next_due(practice_id)
    assert outages(practice_id) == []

    for minutes, touch in enumerate(others):
        at = NOON + timedelta(minutes=42 + minutes)
        with practice_scope(practice_id):
            Touch.objects.filter(practice=practice_id, state="planned").update(due_at=NOON + timedelta(hours=2))
            Touch.objects.filter(pk=touch.pk).update(due_at=at)
        send(practice_id, at=at, sms=provider)
    assert len(outages(practice_id)) == 1


def test_a_long_pause_that_a_provider_asks_for_is_kept_by_everybody() -> None:
    practice_id = practice_with_check_ins(CLIENTS)
    provider = Provider(outcome=Refused("rate", "429", "slow down", retry_after=timedelta(minutes=3)))
    for _ in range(2):
        send(practice_id, sms=provider)

    [outage] = outages(practice_id)
    assert outage.retry_at == NOON + 3 * MINUTE
    assert outage.reason == "the provider asks us to slow down"
    assert next_due(practice_id) >= NOON + 3 * MINUTE


def test_another_account_goes_on_while_one_is_out_of_order() -> None:
    practice_id = practice_with_check_ins(20, is_mailed=True)
    texts, mail = Provider(outcome=DOWN), Provider(outcome=taken, capabilities=MAIL)
    send(practice_id, sms=texts, email=mail)
    with practice_scope(practice_id):
        Touch.objects.filter(practice=practice_id, function="check_in").update(state="cancelled")
        Touch.objects.filter(practice=practice_id, function="results").update(planned_at=NOON, due_at=NOON)
        assert Outage.objects.get(practice=practice_id).channel == "sms"
    send(practice_id, at=NOON + SECOND, email=mail)

    assert len(mail.sent) == 20


def _still_down(practice_id: int, *, now: datetime) -> None:
    """The provider has been asked in vain ever since."""
    with practice_scope(practice_id):
        Outage.objects.filter(practice=practice_id).update(retry_at=now + MINUTE, tries=9)
        Touch.objects.filter(practice=practice_id, state="planned").update(due_at=now)
