"""Why a message did not reach a client is said in a front desk's words, whatever a provider's code."""

from __future__ import annotations

import pytest

from afterglow.channels.contract import REFUSALS
from afterglow.channels.refusal_words import why_lost, why_refused
from afterglow.rules.facts import Channel

TEXT, MAIL, VOICE = Channel.SMS, Channel.EMAIL, Channel.VOICE


@pytest.mark.parametrize(
    ("kind", "code", "channel", "said"),
    [
        ("invalid_address", "21614", TEXT, "the number is no mobile number"),
        ("invalid_address", "550", MAIL, "the mailbox does not exist or takes no mail"),
        ("invalid_address", "", VOICE, "calls cannot reach this number"),
        ("opted_out", "21610", TEXT, "this number has asked our text provider to stop"),
        ("content", "no_tag", MAIL, "ActiveCampaign does not know the tag for this step"),
        ("configuration", "20003", TEXT, "our account for texts is not set up for this"),
        ("unavailable", "TimeoutError", TEXT, "the provider could not be reached"),
        ("outage", "429", MAIL, "our account was out of order"),
        ("", "", TEXT, "the provider gave no reason"),
    ],
)
def test_a_no_is_said_in_words(kind: str, code: str, channel: Channel, said: str) -> None:
    assert why_refused(kind, code, channel) == said


@pytest.mark.parametrize(
    ("kind", "code", "channel", "said"),
    [
        ("invalid_address", "30006", TEXT, "the number is a landline"),
        ("invalid_address", "40001", TEXT, "the number is a landline"),
        ("unavailable", "30003", TEXT, "the phone was switched off or out of reach"),
        ("unavailable", "30008", TEXT, "the phone network gave no reason"),
        ("expired", "30036", TEXT, "its time ran out on the way"),
        ("", "4002", VOICE, "the call did not get through"),
        ("", "", MAIL, "the mailbox did not take it"),
    ],
)
def test_what_did_not_arrive_is_said_in_words(kind: str, code: str, channel: Channel, said: str) -> None:
    assert why_lost(kind, code, channel) == said


@pytest.mark.parametrize("channel", [TEXT, MAIL, VOICE])
@pytest.mark.parametrize("kind", [*REFUSALS, "outage"])
def test_every_kind_has_words_without_codes(kind: str, channel: Channel) -> None:
    for said in (why_refused(kind, "99999", channel), why_lost(kind, "99999", channel)):
        assert said[0].islower()
        assert not any(letter.isdigit() or letter == "_" for letter in said)
        assert not said.endswith(".")
