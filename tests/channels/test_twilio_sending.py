"""What a clinic learns about a text that it handed to Twilio: taken, refused, or nobody can say."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientTimeout

from afterglow.channels import http_account
from afterglow.channels.contract import Accepted, Outcome, Refused, Unknown
from afterglow.channels.sms import twilio
from tests.channels.samples import (
    CALLBACKS,
    ROSA,
    TEXT,
    TOKEN,
    answering,
    gateway,
    http,
    message,
    sender_at,
    serving,
    twilio_account,
)


def sent_through_gateway(tmp_path: Path, account: dict[str, str], **changes: Any) -> Outcome:
    async def story() -> Outcome:
        async with gateway(tmp_path) as there, twilio.from_config({**account, "address": there.address}) as sender:
            return await sender.send(message(**changes))

    return asyncio.run(story())


def answered_with(*answers: bytes) -> tuple[Outcome, int]:
    """What the sender says about these answers, and how often it asked."""

    async def story() -> tuple[Outcome, int]:
        async with answering(*answers) as server:
            async with sender_at(server.address) as sender:
                outcome = await sender.send(message())
            return outcome, len(server.requests)

    return asyncio.run(story())


def taken(sid: str) -> bytes:
    return http(201, json.dumps({"sid": sid}).encode())


def test_a_good_text_is_accepted_and_our_token_travels_in_its_callback(tmp_path: Path) -> None:
    async def story() -> None:
        async with gateway(tmp_path) as there:
            async with sender_at(there.address, CALLBACKS) as sender:
                outcome = await sender.send(message())
            [record] = there.accepted
            assert outcome == Accepted(record["sid"])
            assert (record["to"], record["body"], record["token"]) == (ROSA, TEXT, TOKEN)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"to": "+15005550001"}, "invalid_address", "21211"),
        ({"to": "5550143"}, "invalid_address", "21211"),
        ({"to": "+15005550009"}, "invalid_address", "21614"),
        ({"to": "+15005550004"}, "opted_out", "21610"),
        ({"to": "+15005550003"}, "configuration", "21408"),
        ({"text": ""}, "content", "21602"),
        ({"text": "a" * 1601}, "content", "21617"),
    ],
)
def test_a_refusal_says_what_kind_it_is(tmp_path: Path, changes: dict[str, str], kind: str, code: str) -> None:
    outcome = sent_through_gateway(tmp_path, twilio_account(), **changes)

    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code) == (kind, code)
    assert "5550" not in outcome.detail


def test_a_wrong_password_is_a_matter_of_configuration(tmp_path: Path) -> None:
    outcome = sent_through_gateway(tmp_path, twilio_account(auth_token="mistyped"))

    assert outcome == Refused("configuration", "20003", "Authenticate")


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        (["Retry-After: 7"], timedelta(seconds=7)),
        (["Retry-After: Thu, 07 May 2026 12:02:00 GMT", "Date: Thu, 07 May 2026 12:00:00 GMT"], timedelta(minutes=2)),
        (["Retry-After: Thu, 07 May 2026 11:00:00 GMT", "Date: Thu, 07 May 2026 12:00:00 GMT"], timedelta(0)),
        (["Retry-After: soon"], None),
        ([], None),
    ],
    ids=["seconds", "a moment", "a moment gone by", "nonsense", "nothing"],
)
@pytest.mark.parametrize(("status", "code"), [(429, 20429), (400, 21611)])
def test_a_busy_provider_says_when_to_come_back(
    status: int, code: int, headers: list[str], pause: timedelta | None
) -> None:
    outcome, asked = answered_with(http(status, json.dumps({"code": code}).encode(), *headers))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code, outcome.retry_after, asked) == ("rate", str(code), pause, 1)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "the line broke after the request had left"),
        (http(201, b"<html>hello</html>"), "a 2xx without an id"),
        (http(201, b'["SM1"]'), "a 2xx of another shape"),
        (taken("SM1")[:-4], "an answer cut off in the middle"),
        (http(500, b"<html>oops</html>"), "a server error of whoever stands between"),
        (http(503, b'{"code": 20503, "message": "Service unavailable"}'), "a server error is no promise"),
        (http(400, b'{"code": 30410}'), "the provider cannot say either"),
        (http(408), "the server's own patience ran out"),
    ],
)
def test_whoever_cannot_say_whether_it_left_says_unknown_and_asks_only_once(answer: bytes, why: str) -> None:
    outcome, asked = answered_with(answer, taken("SM2"))

    assert isinstance(outcome, Unknown), why
    assert asked == 1


def test_a_kept_line_that_breaks_is_not_used_to_send_again() -> None:
    async def story() -> None:
        async with answering(taken("SM1"), b"", taken("SM2"), keeps_line=True) as server:
            async with sender_at(server.address) as sender:
                assert await sender.send(message()) == Accepted("SM1")
                assert isinstance(await sender.send(message()), Unknown)
            assert len(server.requests) == 2

    asyncio.run(story())


def test_silence_after_the_request_left_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_account, "_TIMEOUT", ClientTimeout(total=0.2, connect=5))

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def story() -> Outcome:
        async with serving(listen) as port, sender_at(f"http://127.0.0.1:{port}") as sender:
            return await sender.send(message())

    assert isinstance(asyncio.run(story()), Unknown)


def test_nobody_listening_means_nothing_left(unused_tcp_port: int) -> None:
    async def story() -> Outcome:
        async with sender_at(f"http://127.0.0.1:{unused_tcp_port}") as sender:
            return await sender.send(message())

    outcome = asyncio.run(story())
    assert isinstance(outcome, Refused)
    assert outcome.kind == "unavailable"


def test_a_failed_handshake_means_nothing_left() -> None:
    async def speak_no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 good day\r\n")

    async def story() -> Outcome:
        async with serving(speak_no_tls) as port, sender_at(f"https://127.0.0.1:{port}") as sender:
            return await sender.send(message())

    outcome = asyncio.run(story())
    assert isinstance(outcome, Refused)
    assert outcome.kind == "unavailable"


def test_a_moved_server_is_not_followed() -> None:
    outcome, asked = answered_with(http(307, b"", "Location: /elsewhere"), taken("SM1"))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, asked) == ("configuration", 1)


def test_the_log_holds_no_number_and_no_text(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    sent_through_gateway(tmp_path, twilio_account())
    sent_through_gateway(tmp_path, twilio_account(), to="+15005550001")
    answered_with(b"")

    for secret in ("5550143", "5005550001", "Rosa", TEXT[:20]):
        assert secret not in caplog.text


def test_a_sender_is_used_inside_async_with() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(twilio.from_config(twilio_account()).send(message()))
