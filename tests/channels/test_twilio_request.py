"""Our own requests are, field by field, what Twilio's official client sends for the same arguments."""

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
from afterglow.channels.registry import sender_for
from afterglow.rules.facts import Channel
from tests.channels.samples import (
    CALLBACKS,
    NOON,
    ROSA,
    TEXT,
    TOKEN,
    answering,
    caller_account,
    http,
    message,
    parsed,
    twilio_account,
)

SERVICE = "MG" + "5" * 32
STATUS = f"{CALLBACKS}status?token={TOKEN}"
PICTURES = tuple(f"https://care.example.test/pictures/{n}?size=1&of=lips" for n in range(12))
TAKEN = http(201, b'{"sid": "SM1"}')


class Capturing(HttpClient):  # type: ignore[misc]
    """Keeps the official client's request instead of sending it."""

    def __init__(self) -> None:
        super().__init__(logger=None, is_async=False, timeout=None)
        self.sent: dict[str, Any] = {}

    def request(self, method: str, url: str, **rest: Any) -> Response:
        self.sent = {"method": method, "url": url, **rest}
        return Response(201, "{}")


def official(channel: Channel, account: dict[str, str], **arguments: Any) -> dict[str, Any]:
    client = Client(account["account_sid"], account["auth_token"], http_client=Capturing())
    (client.messages if channel is Channel.SMS else client.calls).create(**arguments)
    return client.http_client.sent  # type: ignore[no-any-return]


def on_the_wire(
    channel: Channel, account: dict[str, str], *, callbacks: str = "", **changes: Any
) -> tuple[str, dict[str, str], str]:
    """Request line, headers and body as a server receives them from us."""

    async def story() -> bytes:
        async with answering(TAKEN) as server:
            config = {**account, "address": server.address}
            async with sender_for(channel=channel, provider="twilio", config=config, callbacks=callbacks) as sender:
                assert await sender.send(message(**changes)) == Accepted("SM1")
            return server.requests[0]

    return parsed(asyncio.run(story()))


def assert_same(ours: tuple[str, dict[str, str], str], expected: dict[str, Any]) -> None:
    line, headers, body = ours
    assert line == f"{expected['method']} {urlsplit(expected['url']).path} HTTP/1.1"
    assert body == urlencode(expected["data"], doseq=True)
    assert headers["authorization"] == "Basic " + b64encode(":".join(expected["auth"]).encode()).decode()
    for name in ("Content-Type", "Accept", "Accept-Charset"):
        assert headers[name.lower()] == expected["headers"][name]


@pytest.mark.parametrize(
    ("settings", "callbacks", "changes", "arguments"),
    [
        ({}, "", {}, {"from_": "+12025550100"}),
        (
            {"from_number": "", "messaging_service_sid": SERVICE},
            "",
            {"expires_at": NOON + timedelta(hours=2)},
            {"messaging_service_sid": SERVICE, "validity_period": 7200},
        ),
        (
            {"messaging_service_sid": SERVICE},
            CALLBACKS,
            {"expires_at": NOON + timedelta(days=3)},
            {
                "from_": "+12025550100",
                "messaging_service_sid": SERVICE,
                "status_callback": STATUS,
                "validity_period": 36_000,
            },
        ),
        (
            {},
            CALLBACKS,
            {"expires_at": NOON + timedelta(seconds=1.9), "text": "It’s fine 🙂\n“call us”"},
            {
                "from_": "+12025550100",
                "status_callback": STATUS,
                "validity_period": 1,
                "body": "It’s fine 🙂\n“call us”",
            },
        ),
        ({}, "", {"media": PICTURES[:1]}, {"from_": "+12025550100", "media_url": [PICTURES[0]]}),
        ({}, "", {"media": PICTURES}, {"from_": "+12025550100", "media_url": list(PICTURES[:10])}),
    ],
    ids=[
        "number",
        "service, expiry",
        "both, callback, long expiry",
        "short expiry",
        "one picture",
        "too many pictures",
    ],
)
def test_a_text_goes_as_the_official_client_sends_it(
    settings: dict[str, str], callbacks: str, changes: dict[str, Any], arguments: dict[str, Any]
) -> None:
    account = twilio_account(**settings)

    ours = on_the_wire(Channel.SMS, account, callbacks=callbacks, **changes)

    assert_same(ours, official(Channel.SMS, account, **{"to": ROSA, "body": TEXT, **arguments}))


@pytest.mark.parametrize(("settings", "ringing"), [({}, 45), ({"ring_seconds": "25"}, 25)])
def test_a_call_goes_as_the_official_client_sends_it(settings: dict[str, str], ringing: int) -> None:
    account = caller_account(**settings)
    expected = official(
        Channel.VOICE,
        account,
        to=ROSA,
        from_="+12025550100",
        status_callback=STATUS,
        status_callback_event=["initiated", "completed"],
        timeout=ringing,
        machine_detection="DetectMessageEnd",
        machine_detection_timeout=45,
        url=f"{CALLBACKS}answer?token={TOKEN}",
    )

    assert_same(on_the_wire(Channel.VOICE, account, callbacks=CALLBACKS), expected)


def test_an_api_key_signs_in_instead_of_the_account() -> None:
    key = {"api_key_sid": "SK" + "7" * 32, "api_key_secret": "hush"}

    line, headers, _ = on_the_wire(Channel.SMS, twilio_account(**key))

    assert headers["authorization"] == "Basic " + b64encode(f"SK{'7' * 32}:hush".encode()).decode()
    assert twilio_account()["account_sid"] in line


@pytest.mark.parametrize(
    ("channel", "account", "field"),
    [
        (Channel.SMS, twilio_account(), "StatusCallback"),
        (Channel.VOICE, caller_account(), "StatusCallback"),
        (Channel.VOICE, caller_account(), "Url"),
    ],
)
def test_a_token_of_any_letters_comes_back_unharmed(channel: Channel, account: dict[str, str], field: str) -> None:
    _, _, body = on_the_wire(channel, account, callbacks=CALLBACKS, token="a&b=c d/é")

    [callback] = parse_qs(body)[field]
    assert callback.startswith(CALLBACKS)
    assert parse_qs(urlsplit(callback).query) == {"token": ["a&b=c d/é"]}


@pytest.mark.parametrize("late", [timedelta(seconds=0.9), timedelta(0), timedelta(seconds=-5)])
@pytest.mark.parametrize(("channel", "account"), [(Channel.SMS, twilio_account()), (Channel.VOICE, caller_account())])
def test_a_message_whose_time_is_over_never_leaves(channel: Channel, account: dict[str, str], late: timedelta) -> None:
    async def story() -> None:
        async with answering(TAKEN) as server:
            config = {**account, "address": server.address}
            async with sender_for(channel=channel, provider="twilio", config=config, callbacks=CALLBACKS) as sender:
                outcome = await sender.send(message(expires_at=NOON + late))
            assert isinstance(outcome, Refused)
            assert outcome.kind == "expired"
            assert server.requests == []

    asyncio.run(story())
