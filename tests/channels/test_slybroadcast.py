"""Voicemails through Slybroadcast: what leaves, and what each answer means."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from aiohttp import ClientTimeout, web

from afterglow.channels import http_account
from afterglow.channels.config_check import ConfigFault
from afterglow.channels.contract import REFUSALS, Accepted, CannotTell, Refused, Unknown
from afterglow.channels.voice import slybroadcast
from tests.channels.samples import NOON, TOKEN, message
from tests.channels.vendors import TROUBLES, Asked, Trouble, Vendor, at_work, sent

SIGNED_IN = {
    "user": "desk@example.test",
    "password": "pass & word",
    "caller_id": "+12025550100",
}
BY_ADDRESS = {**SIGNED_IN, "recording_url": "https://care.example.test/Voice.MP3?v=2"}
CALLBACKS = "https://care.example.test/hooks/messages/acct/"


def gateway(asked: Asked) -> web.Response:
    """Slybroadcast's answer to a campaign: 200 and plain text, whatever it thinks of it."""
    form = asked.form
    if form["c_password"] != SIGNED_IN["password"]:
        return web.Response(text="ERROR\nc_uid or c_password is not valid")
    if len(form["c_phone"]) != 10:
        return web.Response(text=f"ERROR\nc_phone {form['c_phone']} is not valid")
    return web.Response(text="OK\nsession_id=771200\nnumber of phone=1\n")


def sender_at(address: str, settings: dict[str, str] = BY_ADDRESS) -> slybroadcast.SlybroadcastSender:
    return slybroadcast.from_config({**settings, "address": address}, CALLBACKS)


def answered(text: str, status: int = 200, **headers: str) -> object:
    return sent(Vendor(lambda _: web.Response(text=text, status=status, headers=headers)), sender_at, message())


def test_a_voicemail_is_a_campaign_of_one_that_bears_our_token() -> None:
    vendor = Vendor(gateway)

    assert sent(vendor, sender_at, message()) == Accepted("771200")
    [asked] = vendor.asked
    assert asked.path == "/gateway/vmb.php"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.form == {
        "c_uid": "desk@example.test",
        "c_password": "pass & word",
        "c_method": "new_campaign",
        "c_callerID": "2025550100",
        "c_date": "now",
        "mobile_only": "1",
        "c_url": "https://care.example.test/Voice.MP3?v=2",
        "c_audio": "mp3",
        "c_phone": "2025550143",
        "c_title": TOKEN,
        "c_dispo_url": f"{CALLBACKS}status?token={TOKEN}",
    }


def test_a_recording_of_the_account_is_played_by_its_name() -> None:
    vendor = Vendor(gateway)

    sent(vendor, lambda address: sender_at(address, {**SIGNED_IN, "recording_name": "Time to rebook"}), message())

    form = vendor.asked[0].form
    assert form["c_record_audio"] == "Time to rebook"
    assert not {"c_url", "c_audio"} & form.keys()


@pytest.mark.parametrize("number", ["+442079460143", "2025550143", "+1202555014"])
def test_a_number_that_it_cannot_reach_is_refused_before_it_leaves(number: str) -> None:
    vendor = Vendor(gateway)

    outcome = sent(vendor, sender_at, message(to=number))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, vendor.asked) == ("invalid_address", [])


def test_a_wrong_password_is_a_matter_of_configuration() -> None:
    outcome = sent(Vendor(gateway), lambda address: sender_at(address, {**BY_ADDRESS, "password": "x"}), message())

    assert outcome == Refused("configuration", "ERROR", "c_uid or c_password is not valid")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("ERROR\nc_phone is required", "invalid_address"),
        ("ERROR: c_callerID is not a valid phone number", "configuration"),
        ("ERROR\r\nc_audio is missing", "configuration"),
        ("error something new", "configuration"),
    ],
)
def test_a_refusal_says_what_kind_it_is(words: str, kind: str) -> None:
    outcome = answered(words)

    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code) == (kind, "ERROR")
    assert "ERROR" not in outcome.detail.upper()


@pytest.mark.parametrize("words", ["", "OK", "OK\nsession_id=", "Maintenance", "<html>OK</html>"])
def test_an_answer_that_nobody_can_read_is_no_refusal(words: str) -> None:
    assert isinstance(answered(words), Unknown)


def test_a_busy_slybroadcast_says_when_to_come_back() -> None:
    busy = Refused("rate", "429", REFUSALS["rate"], timedelta(minutes=2))

    assert answered("", 429, **{"Retry-After": "120"}) == busy
    later = {"Date": "Thu, 07 May 2026 12:00:00 GMT", "Retry-After": "Thu, 07 May 2026 12:02:00 GMT"}
    assert answered("", 429, **later) == busy
    assert answered("", 429, **{"Retry-After": "soon"}) == Refused("rate", "429", REFUSALS["rate"])


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_voicemail_that_was_taken_before_the_trouble_is_unknown_and_asked_for_once(
    trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_account, "_TIMEOUT", ClientTimeout(total=0.3, connect=5))
    vendor = Vendor(gateway, trouble)

    assert isinstance(sent(vendor, sender_at, message()), Unknown)
    assert len(vendor.asked) == 1


def test_nobody_listening_means_nothing_left_and_nobody_can_be_asked(unused_tcp_port: int) -> None:
    async def story() -> None:
        async with sender_at(f"http://127.0.0.1:{unused_tcp_port}") as sender:
            outcome = await sender.send(message())
            assert isinstance(outcome, Refused)
            assert outcome.kind == "unavailable"
            assert isinstance(await sender.look_up(message()), CannotTell)

    asyncio.run(story())


def test_a_moved_server_is_not_given_the_password() -> None:
    outcome = answered("", 302, Location="/elsewhere")

    assert isinstance(outcome, Refused)
    assert outcome.kind == "configuration"


def test_a_message_whose_time_is_over_never_leaves() -> None:
    vendor = Vendor(gateway)

    assert isinstance(sent(vendor, sender_at, message(expires_at=NOON)), Refused)
    assert vendor.asked == []


def test_a_repeat_is_never_called_safe() -> None:
    able = slybroadcast.from_config(BY_ADDRESS, CALLBACKS).capabilities

    assert able.repeats_safely_for == timedelta(0)
    assert (able.has_look_up, able.has_callbacks) == (False, True)
    assert not slybroadcast.from_config(BY_ADDRESS).capabilities.has_callbacks


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"recording_url": ""}, "needs a recording"),
        ({"recording_url": "https://care.example.test/voice.ogg"}, "recording_url does not look right"),
        ({"caller_id": "2025550100"}, "caller_id does not look right"),
    ],
)
def test_an_account_is_checked_before_it_is_used(changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigFault, match=complaint):
        slybroadcast.from_config({**BY_ADDRESS, **changes})


def test_the_log_holds_no_number_and_no_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def story() -> None:
        async with at_work(Vendor(gateway)) as vendor, sender_at(vendor.address) as sender:
            await sender.send(message())

    asyncio.run(story())
    for secret in ("5550143", "word", "Rosa"):
        assert secret not in caplog.text
