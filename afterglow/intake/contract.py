"""What every booking source reports, in one shape: "a visit is reported"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from afterglow.rules.facts import Channel, Purpose


class VisitStatus(StrEnum):
    BOOKED = "booked"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentReported:
    """A consent the source claims. `evidence` says what proves it; without evidence there is no consent."""

    channel: Channel
    purpose: Purpose
    granted_at: datetime
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientReported:
    external_id: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""  # E.164, or empty
    email: str = ""
    state: str = ""  # two letters
    zip: str = ""
    birth_on: date | None = None
    language: str = ""
    lifetime_value: Decimal | None = None
    consents: tuple[ConsentReported, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReported:
    name: str
    code: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    amount: Decimal = Decimal(0)
    currency: str = ""
    series_session: int | None = None
    series_total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitReported:
    """One visit or booking as its source tells it. The same `external_id` again means the same visit."""

    external_id: str
    status: VisitStatus
    starts_at: datetime
    ended_at: datetime  # T: the end; start + 1 h when only a start is known; noon when only a date is
    client: ClientReported
    services: tuple[ServiceReported, ...]
    provider: str = ""
    location: str = ""
    booked_at: datetime | None = None
    updated_at: datetime | None = None
    acquisition_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """Something wrong in what was received: where, what, and what to do about it."""

    row: int  # line of the file, or position in the list, counted from 1
    column: str
    message: str  # a whole sentence for people; never the client's name or number
    is_fatal: bool = True  # the row was left out; otherwise it went through without this value
