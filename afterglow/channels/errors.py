"""What a provider's own error codes mean to us: one of the kinds of `contract.REFUSALS`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from afterglow.channels.contract import REFUSALS, OutgoingMessage, Refused

# https://www.twilio.com/docs/api/errors; the 3xxxx codes come later, with a delivery report.
TWILIO_KINDS: Mapping[int, str] = {
    20003: "configuration",  # authentication
    20404: "configuration",  # no such account
    20429: "rate",
    20503: "unavailable",
    21211: "invalid_address",
    21408: "configuration",  # region not enabled
    21602: "content",  # no text
    21603: "configuration",  # no sender
    21604: "invalid_address",  # no recipient
    21606: "configuration",  # the sender is not ours or cannot text
    21608: "configuration",  # trial account
    21610: "opted_out",
    21611: "rate",  # the sender's queue is full
    21612: "invalid_address",  # no route
    21614: "invalid_address",  # not a mobile
    21617: "content",  # too long
    21620: "content",
    21623: "content",
    21624: "configuration",  # validity period
    21703: "configuration",
    21704: "configuration",
    21705: "configuration",
    21730: "unavailable",  # maintenance
    30001: "rate",
    30002: "configuration",  # account suspended
    30003: "unavailable",  # handset off or out of reach
    30004: "invalid_address",  # blocked by recipient or carrier
    30005: "invalid_address",
    30006: "invalid_address",  # landline
    30007: "content",  # filtered by the carrier
    30022: "rate",
    30023: "rate",
    30024: "configuration",
    30032: "configuration",  # toll-free number not verified
    30033: "configuration",  # campaign suspended
    30034: "configuration",  # number not registered
    30035: "configuration",
    30036: "expired",
    30450: "content",
    63016: "content",
    90007: "configuration",  # validity period
}
# Codes that tell nothing about whether the message left.
TWILIO_IN_DOUBT = frozenset({30008, 30410})

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
