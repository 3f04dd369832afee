"""Voicemails through Drop Cowboy: what leaves, what each answer means, and why a repeat is safe."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientTimeout, web

from afterglow.channels import http_account
from afterglow.channels.config_check import ConfigFault
from afterglow.channels.contract import REFUSALS, Accepted, CannotTell, Refused, Unknown
from afterglow.channels.voice import drop_cowboy
from tests.channels.samples import NOON, ROSA, TEXT, TOKEN, message
from tests.channels.vendors import TROUBLES, Asked, Trouble, Vendor, at_work, sent

EXAMPLES = {key.name: key.example for key in drop_cowboy.KEYS}
KEYS = {name: EXAMPLES[name] for name in ("api_key", "api_secret")}
RECORDED = {**KEYS, "media_id": EXAMPLES["media_id"], "phone_line_id": EXAMPLES["phone_line_id"]}
SPOKEN = {**KEYS, "voice_id": EXAMPLES["voice_id"]}
CALLBACKS = "https://care.example.test/hooks/messages/acct/"


class DropCowboy:
    """Takes every voicemail with credentials, even wrong ones, and leaves one for each key."""

    def __init__(self) -> None:
        self.left: dict[str, dict[str, Any]] = {}
        self.mismatches = 0

    def __call__(self, asked: Asked) -> web.Response:
        if not asked.headers.get("x-key") or not asked.headers.get("x-secret"):
            return web.json_response({"title": "Unauthorized"}, status=401)
        first = self.left.setdefault(asked.headers["Idempotency-Key"], asked.object)
        self.mismatches += first != asked.object
        return web.json_response({"status": "queued", "message_id": f"m-{len(self.left)}"}, status=202)


def sender_at(address: str, settings: dict[str, str] = RECORDED) -> drop_cowboy.DropCowboySender:
    return drop_cowboy.from_config({**settings, "address": address}, CALLBACKS)


def speaker_at(address: str) -> drop_cowboy.DropCowboySender:
    return sender_at(address, SPOKEN)


def test_a_recording_is_left_from_the_practice_s_line_and_our_token_travels_three_times() -> None:
    vendor = Vendor(DropCowboy())

    assert sent(vendor, sender_at, message()) == Accepted("m-1")
    [asked] = vendor.asked
    assert asked.path == "/rvm"
    assert (asked.headers["x-key"], asked.headers["x-secret"]) == (KEYS["api_key"], KEYS["api_secret"])
    assert asked.headers["Idempotency-Key"] == TOKEN
    assert asked.object == {
        "to": ROSA,
        "phone_line_id": EXAMPLES["phone_line_id"],
        "media_id": EXAMPLES["media_id"],
        "foreign_id": TOKEN,
        "callback_url": f"{CALLBACKS}result?token={TOKEN}",
    }


def test_without_a_recording_a_voice_reads_the_message_out() -> None:
    vendor = Vendor(DropCowboy())

    sent(vendor, speaker_at, message())

    said = vendor.asked[0].object
    assert (said["tts_body"], said["voice_id"]) == (TEXT, EXAMPLES["voice_id"])


@pytest.mark.parametrize("text", ["", " \n", "a" * 1201])
def test_what_no_voice_reads_out_is_refused_before_it_leaves(text: str) -> None:
    vendor = Vendor(DropCowboy())

    outcome = sent(vendor, speaker_at, message(text=text))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, vendor.asked) == ("content", [])


@pytest.mark.parametrize("trouble", TROUBLES)
def test_in_doubt_the_same_message_may_be_sent_again_and_is_left_once(
    trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_account, "_TIMEOUT", ClientTimeout(total=0.3, connect=5))
    there = DropCowboy()
    troubled = Vendor(there, trouble)

    assert isinstance(sent(troubled, speaker_at, message()), Unknown)
    assert len(troubled.asked) == 1
    assert isinstance(sent(Vendor(there), speaker_at, message()), Accepted)
    assert (len(there.left), there.mismatches) == (1, 0)


def test_the_account_says_for_how_long_a_repeat_is_safe_and_that_it_waits_for_the_morning() -> None:
    able = drop_cowboy.from_config(RECORDED, CALLBACKS).capabilities

    assert timedelta(hours=20) < able.repeats_safely_for < timedelta(hours=24)
    assert able.holds_quiet_hours
    assert able.has_callbacks
    assert not drop_cowboy.from_config(RECORDED).capabilities.has_callbacks


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (401, {}, Refused("configuration", "401", "Bad key")),
        (404, {}, Refused("configuration", "404", "Bad key")),
        (429, {"Retry-After": "60"}, Refused("rate", "429", REFUSALS["rate"], timedelta(minutes=1))),
    ],
)
def test_a_refusal_says_what_kind_it_is(status: int, headers: dict[str, str], outcome: Refused) -> None:
    def refusing(asked: Asked) -> web.Response:
        return web.json_response({"title": "Bad key"}, status=status, headers=headers)

    assert sent(Vendor(refusing), sender_at, message()) == outcome


def test_nobody_listening_means_nothing_left_and_nobody_can_be_asked(unused_tcp_port: int) -> None:
    async def story() -> None:
        async with sender_at(f"http://127.0.0.1:{unused_tcp_port}") as sender:
            outcome = await sender.send(message())
            assert isinstance(outcome, Refused)
            assert outcome.kind == "unavailable"
            assert isinstance(await sender.look_up(message()), CannotTell)

    asyncio.run(story())


def test_a_message_whose_time_is_over_never_leaves() -> None:
    vendor = Vendor(DropCowboy())

    assert isinstance(sent(vendor, sender_at, message(expires_at=NOON)), Refused)
    assert vendor.asked == []


def test_a_voicemail_needs_a_sound() -> None:
    with pytest.raises(ConfigFault, match="needs a sound"):
        drop_cowboy.from_config(KEYS)


def test_the_log_holds_no_number_no_text_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def story() -> None:
        async with at_work(Vendor(DropCowboy())) as vendor, speaker_at(vendor.address) as sender:
            await sender.send(message())

    asyncio.run(story())
    for secret in ("5550143", "Rosa", KEYS["api_secret"]):
        assert secret not in caplog.text
