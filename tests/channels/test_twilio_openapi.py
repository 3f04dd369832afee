"""Every request of ours is one that Twilio's own description of its API allows.

The description is twilio_api_v2010.json of github.com/twilio/twilio-oai; TWILIO_OPENAPI says where it lies.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

from afterglow.channels.contract import OutgoingMessage, Sender
from afterglow.channels.registry import sender_for
from afterglow.rules.facts import Channel
from tests.channels.samples import CALLBACKS, NOON, answering, caller_account, http, message, parsed, twilio_account

DOCUMENT = os.environ.get("TWILIO_OPENAPI", "")
FORM = "application/x-www-form-urlencoded"
SERVICE = {"from_number": "", "messaging_service_sid": "MG" + "5" * 32}
PICTURES = tuple(f"https://care.example.test/pictures/{n}?size=1" for n in range(3))
TAKEN = http(201, b'{"sid": "SM1"}')
RECORDING = {"recording_url": "https://care.example.test/voicemail.mp3", "ring_seconds": "25"}

pytestmark = [
    pytest.mark.skipif(not DOCUMENT, reason="TWILIO_OPENAPI does not name Twilio's OpenAPI document"),
]

Deed = Callable[[Sender, OutgoingMessage], Awaitable[object]]


async def sends(sender: Sender, sent: OutgoingMessage) -> object:
    return await sender.send(sent)


async def looks_up(sender: Sender, sent: OutgoingMessage) -> object:
    return await sender.look_up(sent)


def asked(
    channel: Channel, account: dict[str, str], callbacks: str, deed: Deed, sent: OutgoingMessage, *answers: bytes
) -> list[bytes]:
    """The requests of a sender, as they came in over the wire."""

    async def story() -> list[bytes]:
        async with answering(*answers) as server:
            config = {**account, "address": server.address}
            async with sender_for(channel=channel, provider="twilio", config=config, callbacks=callbacks) as sender:
                await deed(sender, sent)
            return server.requests

    return asyncio.run(story())


def pages(kind: str) -> list[bytes]:
    """A list that goes on on a second page, with an address as Twilio gives it."""
    account = twilio_account()["account_sid"]
    following = (
        f"/2010-04-01/Accounts/{account}/{kind.title()}.json?To=%2B12025550143&PageSize=1000&Page=1&PageToken=PA7"
    )
    return [http(200, json.dumps({kind: [], "next_page_uri": uri}).encode()) for uri in (following, None)]


KINDS: dict[str, tuple[Channel, dict[str, str], str, Deed, OutgoingMessage, list[bytes]]] = {
    "text from a number": (Channel.SMS, twilio_account(), "", sends, message(), [TAKEN]),
    "text from a service": (Channel.SMS, twilio_account(**SERVICE), "", sends, message(), [TAKEN]),
    "text with pictures": (Channel.SMS, twilio_account(), "", sends, message(media=PICTURES), [TAKEN]),
    "text with an end": (
        Channel.SMS,
        twilio_account(),
        "",
        sends,
        message(expires_at=NOON + timedelta(hours=2)),
        [TAKEN],
    ),
    "text that is reported": (Channel.SMS, twilio_account(), CALLBACKS, sends, message(), [TAKEN]),
    "look for a text": (Channel.SMS, twilio_account(), "", looks_up, message(), pages("messages")),
    "call that reads": (Channel.VOICE, caller_account(), CALLBACKS, sends, message(), [TAKEN]),
    "call that plays": (Channel.VOICE, caller_account(**RECORDING), CALLBACKS, sends, message(), [TAKEN]),
    "look for a call": (Channel.VOICE, caller_account(), CALLBACKS, looks_up, message(), pages("calls")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_twilio_s_own_description_allows_our_request(kind: str) -> None:
    channel, account, callbacks, deed, sent, answers = KINDS[kind]

    requests = asked(channel, account, callbacks, deed, sent, *answers)

    assert len(requests) == len(answers)
    for request in requests:
        described().validate_request(as_described(request))
        assert strange_fields(request) == set()


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (b"To=%2B12025550143&", b""),
        (b"MessagingServiceSid=MG", b"MessagingServiceSid=XX"),
        (b"ValidityPeriod=7200", b"ValidityPeriod=long"),
        (b"Authorization: Basic", b"Authentication: Basic"),
    ],
    ids=["no recipient", "no service", "no number", "nobody"],
)
def test_the_description_notices_what_is_wrong(found: bytes, instead: bytes) -> None:
    sent = message(expires_at=NOON + timedelta(hours=2))
    [request] = asked(Channel.SMS, twilio_account(**SERVICE), "", sends, sent, TAKEN)
    assert found in request

    with pytest.raises(OpenAPIError):
        described().validate_request(as_described(request.replace(found, instead)))


def test_a_field_that_twilio_does_not_know_is_noticed() -> None:
    [request] = asked(Channel.SMS, twilio_account(), "", sends, message(), TAKEN)

    assert strange_fields(request.replace(b"&Body=", b"&Boody=")) == {"Boody"}


@cache
def document() -> dict[str, Any]:
    return json.loads(Path(DOCUMENT).read_text())  # type: ignore[no-any-return]


@cache
def described() -> OpenAPI:
    return OpenAPI.from_dict(document(), config=Config(spec_validator_cls=None))


def as_described(request: bytes) -> MockRequest:
    line, headers, body = parsed(request)
    method, target, _ = line.split(" ")
    parts = urlsplit(target)
    return MockRequest(
        "https://api.twilio.com",
        method.lower(),
        parts.path,
        args=dict(parse_qsl(parts.query)),
        headers={name.title(): value for name, value in headers.items()},
        data=body.encode(),
        content_type=headers["content-type"],
    )


def strange_fields(request: bytes) -> set[str]:
    """What the description does not name: the validator lets it pass."""
    line, _, body = parsed(request)
    method, target, _ = line.split(" ")
    parts = urlsplit(target)
    operation = document()["paths"]["/2010-04-01/Accounts/{AccountSid}/" + parts.path.rpartition("/")[2]][
        method.lower()
    ]
    fields = operation["requestBody"]["content"][FORM]["schema"]["properties"] if body else {}
    known = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
    return {name for name, _ in parse_qsl(body)} - set(fields) | {name for name, _ in parse_qsl(parts.query)} - known
