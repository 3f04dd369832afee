"""A step that a third party pays for: marketing, and only for clients who authorised that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from afterglow.rules.decisions import Send, Skip
from afterglow.rules.facts import Channel, Function, Purpose
from afterglow.rules.permission import choose_channels
from afterglow.rules.protocol import Step
from afterglow.rules.protocol_file import check_protocol, parse_protocol
from tests.rules.people import BOOK, EVERY_CONSENT, MARKETING_TEXT, PRACTICE, local, rosa

NOON = local("2026-05-06T12:00")
REASON = "paid for by a third party: needs the client's own authorisation"
PROTOCOL = """
key = "toxin"
title = "Toxin"
class = "toxin"
families = ["neuromodulator"]

[[steps]]
key = "day_1"
function = "check_in"
send_at = "24 hours"
valid_until = "48 hours"
channels = ["sms"]
sms = "Hi {{ client.first_name }}, how are you? Reply STOP to opt out."

[[steps]]
key = "results"
function = "results"
send_at = "14 days"
valid_until = "17 days"
channels = ["sms"]
sms = "Hi {{ client.first_name }}, your results are in. Reply STOP to opt out."
"""


def funded(text: str = PROTOCOL, extra: str = "") -> str:
    return text.replace('key = "results"', f'key = "results"\nfunded_by = "Glowmaker Inc."\n{extra}')


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
@pytest.mark.parametrize(
    ("granted", "goes"),
    [
        (EVERY_CONSENT, False),
        (EVERY_CONSENT | {(Channel.EMAIL, Purpose.FUNDED)}, True),
        (EVERY_CONSENT | {(Channel.SMS, Purpose.FUNDED)}, True),  # signed once, whatever the channel
        (frozenset({(Channel.SMS, Purpose.FUNDED)}), False),  # an authorisation is no consent to texts
    ],
)
def test_what_a_third_party_pays_for_needs_both(
    channel: Channel, granted: frozenset[tuple[Channel, Purpose]], goes: bool
) -> None:
    step = replace(BOOK.get("neuromodulator").step("rebook"), funded_by="Glowmaker Inc.", channels=(channel,))
    decision = choose_channels(
        step,
        client=rosa(granted=granted),
        practice=PRACTICE,
        now=NOON,
        valid_until=NOON + timedelta(days=1),
        because="day 75",
    )
    assert isinstance(decision, Send if goes else Skip)
    if MARKETING_TEXT in granted and not goes:
        assert decision.reason == REASON


def test_in_a_protocol_such_a_step_is_marketing_whatever_it_is_for() -> None:
    check_in, results = parse_protocol(funded()).steps
    assert (results.function, results.purpose, results.funded_by) == (
        Function.RESULTS,
        Purpose.MARKETING,
        "Glowmaker Inc.",
    )
    assert (check_in.purpose, check_in.funded_by) == (Purpose.CARE, "")


def test_checking_a_protocol_says_what_that_needs() -> None:
    said = [fault for fault in check_protocol(funded()) if "Glowmaker" in fault.message]
    assert [(fault.is_warning, "have signed an authorisation" in fault.message) for fault in said] == [(True, True)]
    assert not [fault for fault in check_protocol(PROTOCOL) if "authorisation" in fault.message]


def test_it_cannot_be_lowered_to_care() -> None:
    [fault] = [f for f in check_protocol(funded(extra='purpose = "care"')) if not f.is_warning]
    assert "cannot be sent on care consent" in fault.message


def test_no_step_of_the_library_is_paid_for_by_anybody() -> None:
    steps: list[Step] = [step for protocol in BOOK.protocols for step in protocol.steps]
    assert {step.funded_by for step in steps} == {""}
