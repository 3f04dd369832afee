"""Which channel may be used for a client now, and the sentence for each that may not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from afterglow.rules.decisions import Decision, Send, Skip, Wait
from afterglow.rules.facts import Channel, ClientFacts, PracticeFacts, Purpose, Recipient
from afterglow.rules.permission import choose_channels, may_contact
from afterglow.rules.protocol import Step
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
            "stopped texts on 1 May 2026; no e-mail address",
        ),
        (
            {"flags": frozenset({"wrong_number"}), "has_email": False},
            "the phone number belongs to somebody else; no e-mail address",
        ),
    ],
)
def test_a_check_in_without_a_channel_becomes_a_call(known: dict[str, Any], reason: str) -> None:
    decision = chosen(CHECK_IN, rosa(**known))
    assert isinstance(decision, Skip)
    assert decision.reason == reason
    assert decision.task is not None
    assert decision.task.kind == "call"


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
