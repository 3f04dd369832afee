"""A notice leaves once, soon, or not at all; and every one ends in one state with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from afterglow.actions.address_faults import NewFault, mark_addresses
from afterglow.actions.notice_reports import record_notice_reports
from afterglow.actions.patience import DEFAULT
from afterglow.actions.plan_notices import NewNotice, plan_notices
from afterglow.actions.send_notices import send_notices
from afterglow.channels.contract import Absent, CannotTell, Found, Outcome, OutgoingMessage, Refused, Unknown
from afterglow.channels.receipts import Delivery, StatusReport
from afterglow.models import AddressFault, Message, Notice, Outage
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from afterglow.rules.notices import NoticeKind
from tests.actions.providers import NOON, TEXTS, Provider, practice_with_check_ins

pytestmark = pytest.mark.django_db
PHONE = "+12075550101"
LATER = NOON + DEFAULT.grace + timedelta(seconds=1)
SECOND_LOOK = LATER + DEFAULT.grace / 4
LISTED = Found("SM7")


@pytest.fixture
def practice_id() -> int:
    return practice_with_check_ins(1)


def plan(practice_id: int, kind: NoticeKind = NoticeKind.HELP, *, at: datetime = NOON, phone: str = PHONE) -> Notice:
    new = NewNotice(kind=kind, address=phone, body="Glow Clinic: call (207) 555-0134.")
    [planned] = plan_notices(practice_id=practice_id, notices=[new], now=at)
    with practice_scope(practice_id):
        return Notice.objects.get(pk=planned.notice_id)


def send(practice_id: int, provider: Provider, *, at: datetime = NOON) -> int:
    return send_notices(practice_id=practice_id, senders={Channel.SMS: provider}, clock=lambda: at)


def state(practice_id: int) -> tuple[str, str]:
    with practice_scope(practice_id):
        return Notice.objects.filter(practice=practice_id).order_by("-pk").values_list("state", "reason")[0]


def thread(practice_id: int) -> list[tuple[str, str]]:
    """What the client's thread shows of notices."""
    with practice_scope(practice_id):
        notices = Message.objects.filter(practice=practice_id, notice__isnull=False).order_by("pk")
        return list(notices.values_list("status", "provider_id"))


def answering(*outcomes: Outcome) -> Callable[[OutgoingMessage], Outcome]:
    left = list(outcomes)
    return lambda message: left.pop(0)


def test_a_notice_is_sent_once_and_stands_in_the_thread(practice_id: int) -> None:
    plan(practice_id)
    provider = Provider()

    assert [send(practice_id, provider), send(practice_id, provider)] == [1, 0]
    assert [(m.to, m.expires_at) for m in provider.sent] == [(PHONE, NOON + timedelta(hours=1))]
    assert state(practice_id) == ("sent", "")
    assert thread(practice_id) == [("accepted", "SM1")]


def test_a_confirmation_that_comes_too_late_is_not_sent(practice_id: int) -> None:
    plan(practice_id, NoticeKind.STOP_CONFIRMATION)
    provider = Provider()

    send(practice_id, provider, at=NOON + timedelta(minutes=5, seconds=1))

    assert provider.sent == []
    assert state(practice_id) == ("expired", "a stop may be confirmed within five minutes only")


@pytest.mark.parametrize("refusal", [Refused("rate", "20429", ""), Refused("unavailable", "503", "")])
def test_what_is_refused_for_now_is_tried_again_while_there_is_time(practice_id: int, refusal: Refused) -> None:
    plan(practice_id, NoticeKind.STOP_CONFIRMATION)
    provider = Provider(outcome=answering(refusal, refusal, refusal))
    for seconds in (0, 5, 10, 45):
        send(practice_id, provider, at=NOON + timedelta(seconds=seconds))
    provider.outcome = Provider().outcome
    send(practice_id, provider, at=NOON + timedelta(minutes=2))

    assert len(provider.sent) == 4
    assert state(practice_id) == ("sent", "")
    assert thread(practice_id) == [("accepted", "SM1")]


def test_an_account_that_stays_shut_lets_the_confirmation_expire_with_the_reason(practice_id: int) -> None:
    plan(practice_id, NoticeKind.STOP_CONFIRMATION)
    provider = Provider(outcome=Refused("unavailable", "503", "", retry_after=timedelta(minutes=4)))
    for minutes in (0, 4):
        send(practice_id, provider, at=NOON + timedelta(minutes=minutes))

    assert state(practice_id) == (
        "expired",
        "the provider could not be reached; a stop may be confirmed within five minutes only",
    )
    assert thread(practice_id) == []


def test_a_provider_that_answered_the_stop_itself_is_not_contradicted(practice_id: int) -> None:
    plan(practice_id, NoticeKind.STOP_CONFIRMATION)

    send(practice_id, Provider(outcome=Refused("opted_out", "21610", "")))

    assert state(practice_id) == ("skipped", "the provider blocks this number already, and answers a stop itself")
    assert thread(practice_id) == []


def test_a_number_that_turns_out_to_be_a_landline_is_marked(practice_id: int) -> None:
    plan(practice_id)

    send(practice_id, Provider(outcome=Refused("invalid_address", "21614", "")))

    assert state(practice_id) == ("failed", "the number is no mobile number")
    with practice_scope(practice_id):
        assert AddressFault.objects.filter(address=PHONE, cleared_at=None).count() == 1


def test_a_dead_number_is_not_even_tried(practice_id: int) -> None:
    with practice_scope(practice_id):
        dead = NewFault(channel=Channel.SMS, address=PHONE, kind="invalid_address", code="21614")
        mark_addresses(practice_id=practice_id, faults=[dead], now=NOON)
    provider = Provider()

    assert plan(practice_id).state == "skipped"
    assert send(practice_id, provider) == 0


def test_a_lost_answer_that_the_provider_knows_about_counts_as_sent(practice_id: int) -> None:
    plan(practice_id)
    provider = Provider(outcome=Unknown("TimeoutError"), look_up_answer=LISTED)
    send(practice_id, provider)
    assert (state(practice_id)[0], thread(practice_id)) == ("sending", [("unknown", "")])

    send(practice_id, provider, at=LATER)

    assert state(practice_id) == ("sent", "")
    assert thread(practice_id) == [("accepted", "SM7")]
    assert len(provider.sent) == 1


def test_what_the_provider_surely_never_got_leaves_after_all(practice_id: int) -> None:
    plan(practice_id)
    provider = Provider(outcome=answering(Unknown("TimeoutError"), Provider().outcome), look_up_answer=Absent())  # type: ignore[arg-type]
    for at in (NOON, LATER, SECOND_LOOK):
        send(practice_id, provider, at=at)

    assert state(practice_id) == ("sent", "")
    assert len(provider.sent) == 2
    assert thread(practice_id) == [("accepted", "SM1")]


def test_a_lost_confirmation_is_not_sent_after_its_five_minutes(practice_id: int) -> None:
    plan(practice_id, NoticeKind.STOP_CONFIRMATION)
    provider = Provider(outcome=Unknown("TimeoutError"), look_up_answer=Absent())
    for at in (NOON, NOON + timedelta(minutes=6), NOON + timedelta(minutes=7)):
        send(practice_id, provider, at=at)

    assert state(practice_id)[0] == "expired"
    assert len(provider.sent) == 1


@pytest.mark.parametrize("hours", [1, 24])
def test_what_nobody_can_tell_is_never_sent_again(practice_id: int, hours: int) -> None:
    plan(practice_id)
    provider = Provider(outcome=Unknown("TimeoutError"), look_up_answer=CannotTell("out of reach"))
    for at in (NOON, LATER, NOON + timedelta(hours=hours, minutes=1), NOON + timedelta(hours=hours, minutes=5)):
        send(practice_id, provider, at=at)

    assert state(practice_id) == ("unknown", "nobody can tell whether it arrived; it is not sent a second time")
    assert len(provider.sent) == 1


def test_an_account_that_keeps_no_list_is_not_waited_for(practice_id: int) -> None:
    plan(practice_id)
    provider = Provider(outcome=Unknown("TimeoutError"), capabilities=replace(TEXTS, has_look_up=False))
    for at in (NOON, LATER):
        send(practice_id, provider, at=at)

    assert state(practice_id)[0] == "unknown"


def test_a_report_with_our_token_proves_that_it_left(practice_id: int) -> None:
    notice = plan(practice_id)
    send(practice_id, Provider(outcome=Unknown("TimeoutError")))
    told = StatusReport(provider_id="SM9", token=notice.token, status=Delivery.DELIVERED)
    foreign = StatusReport(provider_id="SM10", token="of-somebody-else", status=Delivery.DELIVERED)

    rest = record_notice_reports(practice_id=practice_id, reports=[told, foreign], now=NOON)

    assert rest == {foreign}
    assert state(practice_id) == ("sent", "")
    assert thread(practice_id) == [("delivered", "SM9")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_reports_in_any_order_end_in_the_same_state(practice_id: int, order: tuple[int, int]) -> None:
    notice = plan(practice_id)
    send(practice_id, Provider())
    reports = [
        StatusReport(provider_id="SM1", token=notice.token, status=status)
        for status in (Delivery.SENT, Delivery.DELIVERED)
    ]
    for number in order:
        record_notice_reports(practice_id=practice_id, reports=[reports[number]], now=NOON)

    assert thread(practice_id) == [("delivered", "SM1")]


def test_an_outage_is_waited_for(practice_id: int) -> None:
    plan(practice_id)
    with practice_scope(practice_id):
        Outage.objects.create(
            practice_id=practice_id,
            channel="sms",
            provider="twilio",
            reason="the provider does not answer",
            began_at=NOON,
            retry_at=NOON + timedelta(minutes=2),
        )
    provider = Provider()

    assert send(practice_id, provider) == 0
    assert state(practice_id) == ("planned", "the provider does not answer")
    assert send(practice_id, provider, at=NOON + timedelta(minutes=2)) == 1


def test_at_most_five_answers_go_to_one_number_in_a_day(practice_id: int) -> None:
    provider = Provider()
    for minute in range(8):
        plan(practice_id, at=NOON + timedelta(minutes=minute))
        send(practice_id, provider, at=NOON + timedelta(minutes=minute))

    assert len(provider.sent) == 5
    assert state(practice_id) == ("skipped", "at most 5 answers to one number in 24 hours")


def test_told_to_stop_it_begins_nothing(practice_id: int) -> None:
    plan(practice_id)
    provider = Provider()

    send_notices(practice_id=practice_id, senders={Channel.SMS: provider}, clock=lambda: NOON, should_stop=lambda: True)

    assert provider.sent == []
    assert state(practice_id)[0] == "planned"
