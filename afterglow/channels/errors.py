"""Refusals as every provider's file makes them, fit for screens and logs."""

from __future__ import annotations

import re
from datetime import timedelta

from afterglow.channels.contract import REFUSALS, OutgoingMessage, Refused

SHORTEST_LIFE = timedelta(seconds=1)  # providers count in whole seconds

_NUMBER = re.compile(r"\+?\d[\d\s().-]{3,}\d")
_ADDRESS = re.compile(r"\S+@\S+")


def refused(kind: str, code: str, detail: str = "") -> Refused:
    """A refusal whose detail is fit for screens and logs: numbers and addresses are masked."""
    return Refused(kind, code, masked(detail) or REFUSALS[kind])


def masked(detail: str) -> str:
    """A provider's words without any phone number or e-mail address in them."""
    return _NUMBER.sub("…", _ADDRESS.sub("…", detail))[:300]


def is_over(message: OutgoingMessage) -> bool:
    """Whether less than a second of the message's time is left: then it must not be sent any more."""
    return message.expires_at is not None and message.expires_at - message.created_at < SHORTEST_LIFE


EXPIRED = refused("expired", "expired")
