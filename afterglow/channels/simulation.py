"""A phone and a mailbox that exist only here: everything plausible is accepted and nothing leaves."""

from __future__ import annotations

import re
from typing import Self

from afterglow.channels.contract import Absent, Accepted, Capabilities, LookUp, Outcome, OutgoingMessage
from afterglow.channels.errors import EXPIRED, is_over, refused

PHONE_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
EMAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


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
        if not message.text.strip():
            return refused("content", "empty")
        return Accepted(f"simulated-{message.token}")

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        """Always Absent: nothing ever left, so an unknown outcome is safely sent again."""
        return Absent()
