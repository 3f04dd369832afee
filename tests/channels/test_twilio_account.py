"""What a Twilio account says of itself: its pace, and what it can do."""

from __future__ import annotations

import pytest

from afterglow.channels.config_check import ConfigFault
from afterglow.channels.contract import Capabilities
from afterglow.channels.sms import twilio
from afterglow.channels.voice import twilio as twilio_voice
from afterglow.rules.facts import Channel
from tests.channels.samples import CALLBACKS, caller_account, twilio_account

SERVICE = {"messaging_service_sid": "MG" + "5" * 32}


@pytest.mark.parametrize(
    ("settings", "segments"),
    [
        ({"from_number": "+12025550100"}, 3.75),
        *(({"from_number": f"+1{code}5550100"}, 3) for code in (800, 833, 844, 855, 866, 877, 888)),
        ({"from_number": "+18225550100"}, 3.75),
        ({"from_number": "24680"}, 100),
        ({"from_number": "+442079460100"}, 1),
        ({"from_number": "", **SERVICE}, None),
        ({"from_number": "+18335550100", **SERVICE}, 3),
        ({"segments_per_second": "75"}, 75),
        ({"from_number": "", **SERVICE, "segments_per_second": "0.5"}, 0.5),
    ],
)
def test_texts_go_at_the_pace_of_their_number(settings: dict[str, str], segments: float | None) -> None:
    assert twilio.from_config(twilio_account(**settings)).capabilities.per_second == segments


@pytest.mark.parametrize("pace", ["0", "0.0", "fast", "-1", "1e9", "1,5"])
def test_a_pace_that_is_none_is_refused(pace: str) -> None:
    with pytest.raises(ConfigFault, match="segments_per_second"):
        twilio.from_config(twilio_account(segments_per_second=pace))


@pytest.mark.parametrize(("callbacks", "reports"), [("", False), (CALLBACKS, True)])
def test_delivery_is_reported_only_to_a_site_that_can_be_reached(callbacks: str, reports: bool) -> None:
    assert twilio.from_config(twilio_account(), callbacks).capabilities == Capabilities(
        channel=Channel.SMS,
        has_look_up=True,
        has_callbacks=reports,
        has_expiry=True,
        has_media=True,
        per_second=3.75,
    )


def test_a_call_is_reported_and_cannot_expire() -> None:
    assert twilio_voice.from_config(caller_account(), CALLBACKS).capabilities == Capabilities(
        channel=Channel.VOICE, has_look_up=True, has_callbacks=True, per_second=1
    )
    assert twilio_voice.from_config(caller_account(calls_per_second="5"), CALLBACKS).capabilities.per_second == 5


def test_a_voicemail_needs_a_site_that_can_be_asked_what_to_say() -> None:
    with pytest.raises(ConfigFault) as caught:
        twilio_voice.from_config(caller_account(practice_name=""))

    missing, reason = caught.value.sentences
    assert missing.startswith("The setting practice_name is missing")
    assert reason.startswith("A voicemail needs a public address of this site")


@pytest.mark.parametrize("seconds", ["4", "601", "0", "030", "long"])
def test_it_rings_neither_too_short_nor_too_long(seconds: str) -> None:
    with pytest.raises(ConfigFault, match="ring_seconds"):
        twilio_voice.from_config(caller_account(ring_seconds=seconds), CALLBACKS)
