"""An account at an e-mail service, a letter that leaves through it, and what the service answers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from afterglow.channels.contract import Outcome, OutgoingMessage
from afterglow.channels.email.anymail.sending import from_config
from afterglow.channels.email.anymail.services import SERVICES
from tests.channels.samples import Heard, answering, http, message

ROSA = "rosa@example.test"
UNSUBSCRIBE = {
    "List-Unsubscribe": "<https://care.example.test/u/9f>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}


def said(status: int, answer: Any, *headers: str) -> bytes:
    return http(status, json.dumps(answer).encode(), "Content-Type: application/json", *headers)


def account(name: str, address: str = "", **changes: str) -> dict[str, str]:
    examples = {key.name: key.example for key in SERVICES[name].all_keys if key.is_required and not key.default}
    return {**examples, **({"api_url": address} if address else {}), **changes}


def letter(**changes: Any) -> OutgoingMessage:
    return message(**{"to": ROSA, "subject": "Your visit", "html": "<p>Hi</p>", "headers": UNSUBSCRIBE, **changes})


def sent(name: str, *answers: bytes, letters: tuple[OutgoingMessage, ...] = ()) -> tuple[Outcome, Heard]:
    """The outcome of the last letter, and what the service was asked."""

    async def story() -> tuple[Outcome, Heard]:
        keeps_line = len(answers) > 1
        async with (
            answering(*answers, keeps_line=keeps_line) as heard,
            from_config(name, account(name, heard.address)) as sender,
        ):
            outcomes = [await sender.send(each) for each in letters or (letter(),)]
        return outcomes[-1], heard

    return asyncio.run(story())
