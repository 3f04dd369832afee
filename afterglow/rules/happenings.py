"""What can happen to a client, as the simulator is told it. Times are when the system learns of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from afterglow.rules.facts import BookingFacts, Channel, Purpose, VisitFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    at: datetime
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPerformed(Happening):
    visit: VisitFacts
    booking_id: str = ""
    is_from_file: bool = False  # older than its check-in window: history, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitBooked(Happening):
    booking: BookingFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitNotHappening(Happening):
    """Cancelled, or the client did not come."""

    booking_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientReplied(Happening):
    text: str
    urgency: str  # none | routine | urgent | emergency | unread


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientComplained(Happening):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernClosed(Happening):
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptedOut(Happening):
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Happening):
    granted: frozenset[tuple[Channel, Purpose]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFlagged(Happening):
    flag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAnswered(Happening):
    visited_at: datetime
    family: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The worker does not run in [at, end); what arrives meanwhile waits."""

    at: datetime
    end: datetime
