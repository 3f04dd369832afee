"""Which channel may be used for a client now, and the sentence for each that may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from afterglow.rules.decisions import Decision, End, Send, Skip, Task, Wait
from afterglow.rules.facts import Channel, ClientFacts, Hold, PracticeFacts, Purpose, Recipient
from afterglow.rules.permission import NO_ADDRESS, choose_channels, may_contact
from afterglow.rules.protocol import Step
from afterglow.rules.touch_facts import Tried
from tests.rules.people import (
    BOOK,
    CARE_TEXT,
    EVERY_CONSENT,
    MARKETING_EMAIL,
    MARKETING_TEXT,
    PRACTICE,
    VOICE,
    local,
    rosa,
)

NOON = local("2026-05-06T12:00")
TOXIN = BOOK.get("neuromodulator")
CHECK_IN, RESULTS, REBOOK, REACTIVATE = (TOXIN.step(key) for key in ("day_1", "results", "rebook", "reactivate"))
NOTHING: frozenset[tuple[Channel, Purpose]] = frozenset()


def chosen(step: Step, client: ClientFacts, *, practice: PracticeFacts = PRACTICE, **more: Any) -> Decision:
    usual = {"now": NOON, "valid_until": NOON + timedelta(hours=24), "because": "day 1"}
    return choose_channels(step, client=client, practice=practice, **{**usual, **more})


@pytest.mark.parametrize(
    ("step", "known", "channels"),
    [
        (CHECK_IN, {}, (Channel.SMS,)),
        (CHECK_IN, {"granted": NOTHING}, (Channel.EMAIL,)),
        (CHECK_IN, {"granted": frozenset({MARKETING_TEXT})}, (Channel.EMAIL,)),
        (CHECK_IN, {"opted_out_at": NOON}, (Channel.EMAIL,)),
        (CHECK_IN, {"flags": frozenset({"wrong_number"})}, (Channel.EMAIL,)),
        (CHECK_IN, {"has_phone": False}, (Channel.EMAIL,)),
        (RESULTS, {}, (Channel.SMS, Channel.EMAIL)),
        (RESULTS, {"has_email": False}, (Channel.SMS,)),
        (RESULTS, {"granted": NOTHING}, (Channel.EMAIL,)),
        (REBOOK, {}, (Channel.SMS,)),
        (REBOOK, {"granted": frozenset({CARE_TEXT, MARKETING_EMAIL})}, (Channel.EMAIL,)),
        (REACTIVATE, {"lifetime_value": Decimal(2500)}, (Channel.VOICE,)),
        (REACTIVATE, {"lifetime_value": Decimal(2499)}, (Channel.SMS,)),
        (REACTIVATE, {"lifetime_value": Decimal(2500), "granted": EVERY_CONSENT - {VOICE}}, (Channel.SMS,)),
        (REACTIVATE, {"lifetime_value": Decimal(2500), "last_inbound_at": NOON - timedelta(days=89)}, (Channel.SMS,)),
        (REACTIVATE, {"lifetime_value": Decimal(2500), "last_inbound_at": NOON - timedelta(days=90)}, (Channel.VOICE,)),
    ],
)
def test_the_first_allowed_channel_carries_the_message(
    step: Step, known: dict[str, Any], channels: tuple[Channel, ...]
) -> None:
    decision = chosen(step, rosa(**known))
    assert isinstance(decision, Send)
    assert decision.channels == channels


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"granted": NOTHING, "has_email": False}, "no consent to texts about care; no e-mail address"),
        (
            {"opted_out_at": local("2026-05-01T09:00"), "has_email": False},
            "the client stopped texts on 1 May 2026; no e-mail address",
        ),
        (
            {"dead": {Channel.SMS: "the number is a landline", Channel.EMAIL: "no such mailbox"}},
            "the number is a landline; no such mailbox",
        ),
    ],
)
def test_a_check_in_without_a_channel_becomes_a_call(known: dict[str, Any], reason: str) -> None:
    decision = chosen(CHECK_IN, rosa(**known))
    assert isinstance(decision, Skip)
    assert decision.reason == reason
    assert decision.task is not None
    assert decision.task.kind == "call"


@pytest.mark.parametrize(
    ("known", "task"),
    [
        ({"has_phone": False, "has_email": False}, Task("review", NO_ADDRESS, is_once=True)),
        ({"flags": frozenset({"wrong_number"}), "has_email": False}, Task("review", NO_ADDRESS, is_once=True)),
        ({"has_phone": False, "dead": {Channel.EMAIL: "no such mailbox"}}, Task("review", NO_ADDRESS, is_once=True)),
    ],
)
def test_nobody_is_asked_to_call_where_there_is_no_number(known: dict[str, Any], task: Task) -> None:
    decision = chosen(CHECK_IN, rosa(**known))
    assert isinstance(decision, Skip)
    assert decision.task == task


@pytest.mark.parametrize(
    ("step", "dead", "channel"),
    [
        (CHECK_IN, {Channel.SMS: "the number is a landline"}, Channel.EMAIL),
        (CHECK_IN, {Channel.EMAIL: "no such mailbox"}, Channel.SMS),
        (REACTIVATE, {Channel.SMS: "the number is a landline"}, Channel.VOICE),
        (REACTIVATE, {Channel.VOICE: "no such number"}, Channel.SMS),
    ],
)
def test_an_address_that_cannot_receive_is_passed_over_for_its_own_channel_only(
    step: Step, dead: dict[Channel, str], channel: Channel
) -> None:
    decision = chosen(step, rosa(dead=dead, lifetime_value=Decimal(5000)))
    assert isinstance(decision, Send)
    assert decision.channels[0] is channel


def test_after_a_no_the_next_channel_carries_the_message_and_says_why() -> None:
    tried = Tried(refused={Channel.SMS: "the text did not arrive (the number is a landline)"})
    assert chosen(CHECK_IN, rosa(), tried=tried) == Send(
        (Channel.EMAIL,), "day 1; e-mail because the text did not arrive (the number is a landline)"
    )


def test_after_the_last_no_a_check_in_is_a_call_and_a_reminder_a_task_with_every_reason() -> None:
    both = {Channel.SMS: "the text was refused: no route", Channel.EMAIL: "the e-mail did not arrive: mailbox full"}
    said = "the text was refused: no route; the e-mail did not arrive: mailbox full"
    check_in = chosen(CHECK_IN, rosa(), tried=Tried(refused=both))
    assert check_in == Skip(said, Task("call", f"Please check in by phone. T{said[1:]}."), End.FAILED)
    reminder = chosen(REBOOK, rosa(), tried=Tried(refused=both))
    task = Task("failed", f"A message did not get through: {said}. Please contact the client another way.")
    assert reminder == Skip(said, task, End.FAILED)


def test_a_message_that_was_put_off_waits_for_its_moment_on_the_same_channel() -> None:
    later = NOON + timedelta(minutes=5)
    assert chosen(CHECK_IN, rosa(), tried=Tried(not_before={Channel.SMS: later})) == Wait(
        later, "the text did not go out at the first try; next try at 12:05"
    )


def held(*, minutes: int) -> PracticeFacts:
    hold = Hold(
        since=NOON - timedelta(hours=2), retry_at=NOON + timedelta(minutes=minutes), reason="the provider is silent"
    )
    return replace(PRACTICE, holds={Channel.SMS: hold})


def test_while_an_account_is_out_of_order_its_messages_wait_for_the_next_try() -> None:
    assert chosen(CHECK_IN, rosa(), practice=held(minutes=10)) == Wait(
        NOON + timedelta(minutes=10),
        "texts have not gone out since 10:00: the provider is silent; next try at 12:10",
    )
    assert isinstance(chosen(CHECK_IN, rosa(), practice=held(minutes=0)), Send)


@pytest.mark.parametrize(
    ("step", "left", "answer"),
    [
        (CHECK_IN, timedelta(minutes=131), Wait),
        (CHECK_IN, timedelta(minutes=129), Send),  # two hours are kept for staff: it goes by e-mail
        (REBOOK, timedelta(minutes=11), Wait),
        (REBOOK, timedelta(minutes=9), Send),
    ],
)
def test_an_account_that_recovers_too_late_counts_as_no_channel(
    step: Step, left: timedelta, answer: type[Decision]
) -> None:
    decision = chosen(step, rosa(), practice=held(minutes=10), valid_until=NOON + left)
    assert isinstance(decision, answer)
    if isinstance(decision, Send):
        assert decision.channels == (Channel.EMAIL,)


def test_with_no_other_channel_an_outage_lets_marketing_expire_and_asks_for_a_call_in_time() -> None:
    reminder = chosen(REBOOK, rosa(has_email=False), practice=held(minutes=10), valid_until=NOON + timedelta(minutes=5))
    assert isinstance(reminder, Skip)
    assert reminder.is_expired
    assert reminder.task is None
    check_in = chosen(CHECK_IN, rosa(has_email=False), practice=held(minutes=10), valid_until=NOON + timedelta(hours=2))
    assert isinstance(check_in, Skip)
    assert check_in.task is not None
    assert "the provider is silent" in check_in.task.reason


def test_a_reminder_on_its_last_evening_does_not_wait_for_an_account_beyond_closing_time() -> None:
    evening = local("2026-05-06T19:40")
    hold = Hold(since=evening, retry_at=evening + timedelta(minutes=10), reason="the provider is silent")
    decision = chosen(
        REBOOK,
        rosa(),
        practice=replace(PRACTICE, holds={Channel.SMS: hold}),
        now=evening,
        valid_until=local("2026-05-06T23:59"),
    )
    assert isinstance(decision, Send)
    assert decision.channels == (Channel.EMAIL,)


def test_a_reminder_without_consent_is_skipped_and_makes_no_work() -> None:
    assert chosen(REBOOK, rosa(granted=frozenset({CARE_TEXT}))) == Skip(
        "no consent to marketing texts; no consent to marketing e-mail"
    )


def test_the_reason_says_why_another_channel_was_taken() -> None:
    decision = chosen(REBOOK, rosa(granted=frozenset({MARKETING_EMAIL})))
    assert decision == Send((Channel.EMAIL,), "day 1; e-mail because no consent to marketing texts")


def test_a_text_outside_its_hours_waits_for_the_morning() -> None:
    decision = chosen(CHECK_IN, rosa(), now=local("2026-05-06T21:30"))
    assert isinstance(decision, Wait)
    assert decision.until == local("2026-05-07T09:00")


def test_a_check_in_without_a_lawful_hour_left_is_a_call_and_no_e_mail() -> None:
    islander = rosa(recipient=Recipient(area_code="808", state="HI"))
    decision = chosen(CHECK_IN, islander, now=local("2026-05-06T11:00"), valid_until=local("2026-05-06T13:00"))
    assert isinstance(decision, Skip)
    assert decision.task is not None


def test_a_fourth_text_to_one_number_in_a_day_waits() -> None:
    texts = tuple(NOON - timedelta(hours=hours) for hours in (20, 10, 5))
    decision = chosen(CHECK_IN, rosa(texts_to_number_at=texts))
    assert isinstance(decision, Wait)
    assert decision.until == texts[0] + timedelta(hours=24)


def test_a_call_beside_the_last_text_of_the_day_stays_away() -> None:
    step = replace(RESULTS, channels=(Channel.SMS,), together=(Channel.VOICE, Channel.EMAIL))
    texts = (NOON - timedelta(hours=2), NOON - timedelta(hours=1))
    known = {"lifetime_value": Decimal(2500)}
    two_left, one_left = rosa(**known, texts_to_number_at=texts[:1]), rosa(**known, texts_to_number_at=texts)
    assert chosen(step, two_left) == Send((Channel.SMS, Channel.VOICE, Channel.EMAIL), "day 1")
    assert chosen(step, one_left) == Send((Channel.SMS, Channel.EMAIL), "day 1")


def test_a_fourth_text_that_could_only_come_too_late_is_a_call() -> None:
    texts = tuple(NOON - timedelta(hours=hours) for hours in (3, 2, 1))
    decision = chosen(CHECK_IN, rosa(texts_to_number_at=texts), valid_until=NOON + timedelta(hours=4))
    assert isinstance(decision, Skip)
    assert decision.task is not None


@pytest.mark.parametrize(
    ("channel", "practice", "reason"),
    [
        (Channel.SMS, PracticeFacts(channels=frozenset({Channel.EMAIL})), "no sender is set up for texts"),
        (Channel.VOICE, PracticeFacts(is_voice_enabled=False), "voice messages are switched off"),
    ],
)
def test_what_the_practice_has_not_set_up_is_never_used(channel: Channel, practice: PracticeFacts, reason: str) -> None:
    assert may_contact(channel, Purpose.MARKETING, client=rosa(), practice=practice, now=NOON) == reason
