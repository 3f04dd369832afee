"""One contract for everything that lets a message leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from afterglow.rules.facts import Channel, Function


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One message as it is handed to a provider. `token` is our own id: unique per attempt, unguessable."""

    token: str
    to: str
    text: str
    subject: str = ""
    html: str = ""
    headers: Mapping[str, str] | None = None
    media: tuple[str, ...] = ()  # public web addresses of pictures
    function: Function | None = None  # for providers that start an automation of their own
    first_name: str = ""  # for providers that keep contacts
    created_at: datetime
    expires_at: datetime | None = None  # a message still queued then must die, not arrive


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider said no: nothing was sent. `kind` is one of `REFUSALS`."""

    kind: str
    code: str
    detail: str
    retry_after: timedelta | None = None  # the pause the provider asks for


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say: timeout or broken connection after the request left. Never send again blindly."""

    detail: str


Outcome = Accepted | Refused | Unknown

REFUSALS = {
    "invalid_address": "the address cannot receive this kind of message",
    "opted_out": "the recipient has opted out at the provider",
    "content": "the provider refuses this text",
    "configuration": "the sender account or number is not set up for this",
    "rate": "the provider asks to slow down; try again later",
    "unavailable": "the provider was not reached; nothing left",
    "expired": "its time was over before it could be handed to the provider",
}
RETRYABLE = frozenset({"rate", "unavailable"})


@dataclass(frozen=True, slots=True)
class Found:
    provider_id: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The provider is sure that it never accepted this message."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    detail: str


LookUp = Found | Absent | CannotTell


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a configured account can do beyond taking a message."""

    channel: Channel
    has_look_up: bool = False  # it can be asked whether it took a message
    has_callbacks: bool = False  # it reports what became of a message
    has_expiry: bool = False  # it drops what is still queued at `expires_at`
    has_media: bool = False  # it takes pictures
    holds_quiet_hours: bool = False  # it keeps messages back at night by itself
    repeats_safely_for: timedelta = timedelta(0)  # the same token sent again within this time is taken once
    per_second: float | None = None  # the pace its numbers may send at: texts (segments) or calls


class Sender(Protocol):
    """A configured provider account. Use as an async context manager; `send` never raises for a provider's answer."""

    capabilities: Capabilities

    async def __aenter__(self) -> Sender: ...

    async def __aexit__(self, *exc: object) -> None: ...

    async def send(self, message: OutgoingMessage) -> Outcome: ...

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        """Whether a message whose outcome is unknown was accepted. `but_not`: ids known to be other messages."""
        ...
