"""Our own request is, field by field, what Twilio's official client sends for the same arguments."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from afterglow.channels.contract import Accepted, Refused
from afterglow.channels.sms import twilio
from tests.channels.samples import CALLBACK, NOON, ROSA, TEXT, TOKEN, answering, http, message, twilio_account

SERVICE = "MG" + "5" * 32


class Capturing(HttpClient):  # type: ignore[misc]
    """Keeps the official client's request instead of sending it."""

    def __init__(self) -> None:
        super().__init__(logger=None, is_async=False, timeout=None)
        self.sent: dict[str, Any] = {}

    def request(self, method: str, url: str, **rest: Any) -> Response:
        self.sent = {"method": method, "url": url, **rest}
        return Response(201, "{}")


def official(account: dict[str, str], **arguments: Any) -> dict[str, Any]:
    client = Client(account["account_sid"], account["auth_token"], http_client=Capturing())
    client.messages.create(**arguments)
    return client.http_client.sent  # type: ignore[no-any-return]


def on_the_wire(account: dict[str, str], **changes: Any) -> tuple[str, dict[str, str], bytes]:
    """Request line, headers and body as a server receives them from us."""

    async def story() -> bytes:
        async with answering(http(201, b'{"sid": "SM1"}')) as server:
            async with twilio.from_config({**account, "address": server.address}) as sender:
                assert await sender.send(message(**changes)) == Accepted("SM1")
            return server.requests[0]

    head, _, body = asyncio.run(story()).partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    return line, {name.lower(): value for name, _, value in (header.partition(": ") for header in headers)}, body


@pytest.mark.parametrize(
    ("settings", "changes", "arguments"),
    [
        ({}, {}, {"from_": "+12025550100"}),
        (
            {"from_number": "", "messaging_service_sid": SERVICE},
            {"expires_at": NOON + timedelta(hours=2)},
            {"messaging_service_sid": SERVICE, "validity_period": 7200},
        ),
        (
            {"messaging_service_sid": SERVICE, "status_callback_url": CALLBACK},
            {"expires_at": NOON + timedelta(days=3)},
            {
                "from_": "+12025550100",
                "messaging_service_sid": SERVICE,
                "status_callback": f"{CALLBACK}&token={TOKEN}",
                "validity_period": 36_000,
            },
        ),
        (
            {"status_callback_url": "https://care.example.test/status"},
            {"expires_at": NOON + timedelta(seconds=1.9), "text": "It’s fine 🙂\n“call us”"},
            {
                "from_": "+12025550100",
                "status_callback": f"https://care.example.test/status?token={TOKEN}",
                "validity_period": 1,
                "body": "It’s fine 🙂\n“call us”",
            },
        ),
    ],
)
def test_we_send_what_the_official_client_sends(
    settings: dict[str, str], changes: dict[str, Any], arguments: dict[str, Any]
) -> None:
    account = twilio_account(**settings)
    expected = official(account, **{"to": ROSA, "body": TEXT, **arguments})

    line, headers, body = on_the_wire(account, **changes)

    assert line == f"{expected['method']} {urlsplit(expected['url']).path} HTTP/1.1"
    assert body.decode() == urlencode(expected["data"])
    assert headers["authorization"] == "Basic " + b64encode(":".join(expected["auth"]).encode()).decode()
    for name in ("Content-Type", "Accept", "Accept-Charset"):
        assert headers[name.lower()] == expected["headers"][name]


def test_an_api_key_signs_in_instead_of_the_account() -> None:
    key = {"api_key_sid": "SK" + "7" * 32, "api_key_secret": "hush"}

    line, headers, _ = on_the_wire(twilio_account(**key))

    assert headers["authorization"] == "Basic " + b64encode(f"SK{'7' * 32}:hush".encode()).decode()
    assert twilio_account()["account_sid"] in line


def test_a_token_of_any_letters_comes_back_unharmed() -> None:
    _, _, body = on_the_wire(twilio_account(status_callback_url=CALLBACK), token="a&b=c d/é")

    callback = parse_qs(body.decode())["StatusCallback"][0]
    assert parse_qs(urlsplit(callback).query) == {"practice": ["7"], "token": ["a&b=c d/é"]}


@pytest.mark.parametrize("late", [timedelta(seconds=0.9), timedelta(0), timedelta(seconds=-5)])
def test_a_message_whose_time_is_over_never_leaves(late: timedelta) -> None:
    async def story() -> None:
        async with answering(http(201, b'{"sid": "SM1"}')) as server:
            async with twilio.from_config(twilio_account(address=server.address)) as sender:
                outcome = await sender.send(message(expires_at=NOON + late))
            assert isinstance(outcome, Refused)
            assert outcome.kind == "expired"
            assert server.requests == []

    asyncio.run(story())
