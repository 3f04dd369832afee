"""What lists and databases say about a number, and how many messages a number may get."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from afterglow.rules import number_caps
from afterglow.rules.decisions import Send, Skip, Wait
from afterglow.rules.facts import Channel, ClientFacts, NumberChecks, PracticeFacts, Purpose, Recipient
from afterglow.rules.number_caps import TEXTS_PER_NUMBER, cap_towards
from afterglow.rules.permission import choose_channels, may_contact
from afterglow.rules.state_rules import StateRule, rules_by_state, rules_in_force
from afterglow.rules.zones import state_names
from tests.rules.people import BOOK, MARKETING_TEXT, PRACTICE, VOICE, local, rosa

NOON = local("2026-09-08T12:00")
CHECK_IN, REBOOK = (BOOK.get("neuromodulator").step(key) for key in ("day_1", "rebook"))
TODAY = NOON.date()
LAST_VISIT = NOON - timedelta(days=75)
LONG_AGO = NOON - timedelta(days=600)
GIVEN_AWAY = "the number was given to somebody else (said on 1 September 2026)"
LISTED = "the number is on the do-not-call list of 1 September 2026"
TOO_OLD = "the do-not-call list on file is older than 31 days"


def refusal(purpose: Purpose = Purpose.MARKETING, *, channel: Channel = Channel.SMS, **known: Any) -> str:
    number = known.pop("number")
    client = rosa(**{"last_visit_at": LAST_VISIT, **known}, number=NumberChecks(**number))
    return may_contact(channel, purpose, client=client, practice=PRACTICE, now=NOON)


@pytest.mark.parametrize("purpose", [Purpose.CARE, Purpose.MARKETING])
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICE])
def test_a_number_that_somebody_else_has_now_gets_nothing_at_all(channel: Channel, purpose: Purpose) -> None:
    assert refusal(purpose, channel=channel, number={"reassigned_on": date(2026, 9, 1)}) == GIVEN_AWAY


@pytest.mark.parametrize(
    "known",
    [
        {"last_visit_at": local("2026-09-02T10:00")},
        {"last_visit_at": local("2026-09-01T10:00")},  # the same day: the client was there
    ],
)
def test_a_visit_since_then_shows_that_the_number_is_still_the_clients(known: dict[str, Any]) -> None:
    assert refusal(number={"reassigned_on": date(2026, 9, 1)}, **known) == ""


def test_so_does_a_consent_from_the_number_since_then() -> None:
    assert refusal(number={"reassigned_on": date(2026, 9, 1), "agreed_on": date(2026, 9, 3)}) == ""
    assert refusal(number={"reassigned_on": date(2026, 9, 1), "agreed_on": date(2026, 8, 3)}) == GIVEN_AWAY


def test_nobody_is_asked_to_call_the_new_owner_of_a_number() -> None:
    given_away = NumberChecks(reassigned_on=date(2026, 9, 1))
    by_mail = chosen(rosa(number=given_away))
    assert isinstance(by_mail, Send)
    assert by_mail.channels == (Channel.EMAIL,)
    by_hand = chosen(rosa(number=given_away, has_email=False))
    assert isinstance(by_hand, Skip)
    assert by_hand.task is not None
    assert by_hand.task.kind == "review"


def chosen(client: ClientFacts, *, practice: PracticeFacts = PRACTICE) -> Send | Skip | Wait:
    return choose_channels(
        CHECK_IN, client=client, practice=practice, now=NOON, valid_until=NOON + timedelta(hours=30), because="day 1"
    )


@pytest.mark.parametrize(
    ("purpose", "channel", "known", "reason"),
    [
        (Purpose.MARKETING, Channel.SMS, {}, LISTED),
        (Purpose.MARKETING, Channel.SMS, {"written": frozenset({MARKETING_TEXT})}, ""),
        (Purpose.MARKETING, Channel.SMS, {"written": frozenset({VOICE})}, LISTED),
        (Purpose.MARKETING, Channel.VOICE, {"written": frozenset({MARKETING_TEXT})}, LISTED),
        (Purpose.MARKETING, Channel.EMAIL, {}, ""),
        (Purpose.CARE, Channel.SMS, {}, ""),
    ],
)
def test_a_listed_number_gets_marketing_only_on_a_written_consent_of_our_own(
    purpose: Purpose, channel: Channel, known: dict[str, Any], reason: str
) -> None:
    number = {"has_lists": True, "compared_on": date(2026, 9, 1), "is_listed": True, **known}
    assert refusal(purpose, channel=channel, number=number) == reason


@pytest.mark.parametrize(
    ("last_visit", "number", "reason"),
    [
        (LONG_AGO, {"compared_on": TODAY - timedelta(days=31)}, ""),
        (LONG_AGO, {"compared_on": TODAY - timedelta(days=32)}, TOO_OLD),
        (LONG_AGO, {"compared_on": None}, "the number has not been compared with a do-not-call list"),
        (None, {"compared_on": TODAY - timedelta(days=32)}, TOO_OLD),
        (local("2025-03-08T12:00"), {"compared_on": None}, ""),  # eighteen months to the day
        (LAST_VISIT, {"compared_on": TODAY - timedelta(days=400)}, ""),
        (LONG_AGO, {"compared_on": None, "written": frozenset({MARKETING_TEXT})}, ""),
        (LONG_AGO, {"has_lists": False}, ""),  # who uses no lists is not asked for one
    ],
)
def test_clients_who_stayed_away_for_long_need_a_fresh_list(
    last_visit: Any, number: dict[str, Any], reason: str
) -> None:
    assert refusal(last_visit_at=last_visit, number={"has_lists": True, **number}) == reason


def test_care_asks_for_no_list() -> None:
    assert refusal(Purpose.CARE, last_visit_at=LONG_AGO, number={"has_lists": True}) == ""


@pytest.mark.parametrize("state", sorted(state_names()))
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICE])
def test_every_state_keeps_its_own_cap_and_never_more_than_the_houses(state: str, channel: Channel) -> None:
    stated = [r.most_in_24_hours for r in rules_in_force(state=state, channel=channel, on=TODAY)]
    caps = [cap for cap in stated if cap is not None]
    cap = cap_towards(PRACTICE, Recipient(area_code="336", state=state), channel, NOON)
    assert cap.most == min([*caps, TEXTS_PER_NUMBER])
    assert cap.who == (state_names()[state] if caps and min(caps) <= TEXTS_PER_NUMBER else "")


def test_the_cap_that_stops_a_message_is_named() -> None:
    texts = tuple(NOON - timedelta(hours=hours) for hours in (5, 10, 20))
    floridian = rosa(recipient=Recipient(area_code="305", state="FL"), texts_to_number_at=texts)
    assert chosen(floridian) == Wait(texts[2] + timedelta(hours=24), _CAPPED.format("Florida allows at most 3"))
    assert chosen(rosa(texts_to_number_at=texts)).reason == _CAPPED.format("at most 3")


_CAPPED = "{} messages to one number in 24 hours"


def test_a_stricter_row_lowers_the_cap_the_day_it_comes_into_force(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = replace(rules_by_state()["FL"][0], state="GA", most_in_24_hours=1, from_on=TODAY)

    def with_georgia(*, state: str, channel: Channel, on: date) -> tuple[StateRule, ...]:
        return (strict,) if state == "GA" and strict.is_in_force(channel=channel, on=on) else ()

    monkeypatch.setattr(number_caps, "rules_in_force", with_georgia)
    number_caps._strictest.cache_clear()
    georgian = Recipient(area_code="404", state="GA")
    assert str(cap_towards(PRACTICE, georgian, Channel.SMS, NOON)).startswith("Georgia allows at most one message")
    assert cap_towards(PRACTICE, georgian, Channel.SMS, NOON - timedelta(days=1)).most == TEXTS_PER_NUMBER
    number_caps._strictest.cache_clear()
