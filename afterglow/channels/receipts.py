"""What comes back from a provider, in one shape: delivery reports and inbound texts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    provider_id: str
    status: Delivery
    error_code: str = ""
    kind: str = ""  # one of REFUSALS when the code is known to us, else empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    url: str
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundText:
    """A text from a client. `opt_out_type` is set when the provider has already acted on, and answered, a keyword."""

    provider_id: str
    from_: str
    to: str
    text: str
    opt_out_type: str = ""  # stop | start | help
    media: tuple[Media, ...] = ()
