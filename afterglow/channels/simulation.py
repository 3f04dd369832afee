"""A phone and a mailbox that exist only here: everything plausible is accepted and nothing leaves.

Two numbers have a way of their own in every area, the same as with the gateway: 555-0106 is a landline, and 555-0110
has sent STOP to the provider. Every third mailbox opens the links that it gets.
"""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256
from typing import Self

from afterglow.channels.contract import Absent, Accepted, Capabilities, LookUp, Outcome, OutgoingMessage, Refused
from afterglow.channels.errors import EXPIRED, is_over, refused
from afterglow.channels.errors_twilio import twilio_kind
from afterglow.channels.receipts import Delivery, Reaction, ReactionKind, StatusReport
from afterglow.rules.facts import Channel

PHONE_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
EMAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
LANDLINE = re.compile(r"\+1\d{3}5550106")
STOPPED = re.compile(r"\+1\d{3}5550110")


class SimulatedSender:
    """A provider account that refuses only what no provider would take."""

    def __init__(self, *, capabilities: Capabilities, plausible: re.Pattern[str]) -> None:
        self.capabilities = capabilities
        self._plausible = plausible

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def send(self, message: OutgoingMessage) -> Outcome:
        if is_over(message):
            return EXPIRED
        if not self._plausible.fullmatch(message.to):
            return refused("invalid_address", "implausible")
        if self.capabilities.channel is Channel.SMS and STOPPED.fullmatch(message.to):
            return refused("opted_out", "21610")
        if not message.text.strip():
            return refused("content", "empty")
        return Accepted(f"simulated-{message.token}")

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        """Always Absent: nothing ever left, so an unknown outcome is safely sent again."""
        return Absent()


class ShutAccount(SimulatedSender):
    """An account that takes nothing and asks to be left alone."""

    def __init__(self, *, capabilities: Capabilities, plausible: re.Pattern[str], for_: timedelta) -> None:
        super().__init__(capabilities=capabilities, plausible=plausible)
        self._refusal = Refused("rate", "429", "the account is shut", retry_after=for_)

    async def send(self, message: OutgoingMessage) -> Outcome:
        return self._refusal


def report_about(channel: Channel, address: str, *, token: str) -> StatusReport:
    """What becomes of a message that the account took."""
    if channel is Channel.SMS and LANDLINE.fullmatch(address):
        return StatusReport(
            provider_id="", token=token, status=Delivery.UNDELIVERED, error_code="30006", kind=twilio_kind("30006")
        )
    return StatusReport(provider_id="", token=token, status=Delivery.DELIVERED)


def reaction_to(channel: Channel, address: str, *, token: str) -> Reaction | None:
    """What the client does with an e-mail that arrived; none for most."""
    opens = channel is Channel.EMAIL and sha256(address.encode()).digest()[0] % 3 == 0
    return Reaction(token=token, kind=ReactionKind.CLICKED) if opens else None
