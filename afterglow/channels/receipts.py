"""What comes back from a provider, in one shape: delivery reports, reactions and inbound texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit


class ForgedCall(ValueError):
    """Whoever made this call is not the provider, or cannot prove it. The message says what to check."""


class UnreadableReceipt(ValueError):
    """What the provider sent lacks something that every receipt has."""


class Delivery(StrEnum):
    """How far a message got. Reports arrive in any order."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """How far one message got. Our own `token`, where the call carries it, proves that the provider took it.

    Where neither id is known (an automation of the provider's own sent it), `address` says to whom.
    """

    provider_id: str
    token: str = ""
    address: str = ""
    status: Delivery
    error_code: str = ""
    kind: str = ""  # one of REFUSALS when the code is known to us, else empty


class ReactionKind(StrEnum):
    OPENED = "opened"
    CLICKED = "clicked"
    COMPLAINED = "complained"  # marked as spam
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What a client did with a message, as the provider saw it. Either id may be empty, and the address too."""

    provider_id: str = ""
    token: str = ""
    address: str = ""
    kind: ReactionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    url: str
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundText:
    """A text from a client. `opt_out_type` is set when the provider has already acted on, and answered, a keyword."""

    provider_id: str
    from_: str
    to: str = ""  # our number
    text: str
    opt_out_type: str = ""  # stop | start | help
    media: tuple[Media, ...] = ()


Receipt = StatusReport | Reaction | InboundText


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a provider, as it came in."""

    url: str  # our public address as the provider called it, with its query
    headers: Mapping[str, str]  # of any case
    body: bytes
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What we say to a call that we took."""

    body: str = ""
    content_type: str = "text/plain"
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A call that tells us something. It is verified, kept as it came and answered; `read` comes later.

    `verify` answers with the event's own id (the same for a repeated call) or raises ForgedCall; it gets the account's
    settings. `read` gets the kept call, without its headers, and raises UnreadableReceipt. Its address is entered at
    the provider by a person, unless the provider hears it with every message.
    """

    verify: Callable[[Call, Mapping[str, str], datetime], str]
    read: Callable[[Call], Sequence[Receipt]]
    answer: Answer = field(default_factory=Answer)
    is_entered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A call that asks what to say now, in the middle of a phone call. Nothing is kept.

    `verify` raises ForgedCall; `answer` gets the text of the message whose token stands in the call's address, empty
    when there is none. The provider hears the address with every message.
    """

    verify: Callable[[Call, Mapping[str, str], datetime], str]
    answer: Callable[[Call, Mapping[str, str], str], Answer]
    is_entered: bool = False


def token_of(call: Call) -> str:
    """Our own id of the message a call is about, from the `token` in its address; empty when there is none."""
    return token_in(call.url)


def token_in(address: str) -> str:
    """The `token` in an address that we gave to a provider; empty when there is none."""
    return dict(parse_qsl(urlsplit(address).query)).get("token", "")


def digest_of(call: Call) -> str:
    """An id for a call that brings none of its own: the same when the same is sent again."""
    return sha256(call.body).hexdigest()


def storable(text: str) -> str:
    """The text without what no database takes: NUL and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
