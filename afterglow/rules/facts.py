"""What the rules are told: frozen facts about a practice, a client and what happened.

Every moment is an aware datetime; every `_on` is a date in the practice's own time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum


class Function(StrEnum):
    """What a step is for. It fixes the consent it needs, its tone and its rank on a crowded day."""

    CHECK_IN = "check_in"
    RESULTS = "results"
    REBOOK = "rebook"
    REACTIVATE = "reactivate"

    @property
    def rank(self) -> int:
        """0 goes first: clinical messages before marketing ones."""
        return _RANKS[self]

    @property
    def purpose(self) -> Purpose:
        """The least consent this function needs. A step may be raised to marketing, never lowered."""
        return Purpose.CARE if self in (Function.CHECK_IN, Function.RESULTS) else Purpose.MARKETING


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    VOICE = "voice"
    STAFF_TASK = "staff_task"


class Purpose(StrEnum):
    CARE = "care"
    APPOINTMENT = "appointment"
    MARKETING = "marketing"
    VOICE = "voice"
    PHOTO = "photo"
    FUNDED = "funded"  # marketing that a third party pays for: an authorisation of its own (45 CFR 164.508)


_RANKS = {Function.CHECK_IN: 0, Function.RESULTS: 1, Function.REBOOK: 2, Function.REACTIVATE: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendWindow:
    """The practice's own hours for messages to clients, half-open, in its own zone. Never widens the law."""

    opens_at: time = time(9)
    closes_at: time = time(20)
    weekdays: frozenset[int] = frozenset(range(7))  # Monday is 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """A distance from an anchor: exact hours, or calendar days or months of the local date."""

    amount: int
    unit: str  # "hours" | "days" | "months"

    def __str__(self) -> str:
        return f"{self.amount} {self.unit if self.amount != 1 else self.unit[:-1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A practice's own timing for one function of a family (and area, when given). Offsets count from the visit."""

    family: str
    area: str = ""
    function: Function
    at: Offset
    valid_until: Offset


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonalRule:
    """On one day a year, invite clients who had a family around that date in an earlier year."""

    id: str
    family: str
    month: int
    day: int
    lookback_years: int
    window_days: int
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The account of a channel takes nothing: since when, why, and when that is tried again."""

    since: datetime
    retry_at: datetime
    reason: str


class BanScope(StrEnum):
    MARKETING = "marketing"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackout:
    """A time in which no message of that scope may reach a state, on any channel: a state of emergency, for example."""

    state: str  # two letters; empty: everywhere
    scope: BanScope
    from_at: datetime
    until_at: datetime | None  # None: until somebody ends it
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeFacts:
    id: str = ""
    name: str = "the practice"
    timezone: str = "America/New_York"
    state: str = ""
    phone: str = ""
    urgent_phone: str = ""
    address: str = ""
    booking_link: str = ""
    window: SendWindow = SendWindow()
    closed_on: frozenset[date] = frozenset()
    blackouts: tuple[Blackout, ...] = ()
    high_value_threshold: Decimal = Decimal(2500)
    is_voice_enabled: bool = False
    messages_per_day: int = 1
    marketing_per_week: int = 2
    is_merging_same_day: bool = True
    has_named_treatments: bool = False  # the practice chose to name treatments in texts
    channels: frozenset[Channel] = frozenset({Channel.SMS, Channel.EMAIL, Channel.VOICE})  # those with a sender
    holds: Mapping[Channel, Hold] = field(default_factory=dict)  # those whose sender takes nothing at the moment
    overrides: tuple[Override, ...] = ()
    seasonal_rules: tuple[SeasonalRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Where a client may be when a message arrives: the basis of lawful hours."""

    area_code: str | None  # three digits; None when the number cannot be placed
    state: str | None  # postal address; None when unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    session: int
    total: int | None

    @property
    def is_finished(self) -> bool:
        return self.total is not None and self.session >= self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentFacts:
    """One performed service. `family` is "none" while nobody knows what it was."""

    family: str
    brand: str = ""  # several joined by "+"
    area: str = ""  # several joined by "+"
    service: str = ""
    amount: Decimal = Decimal(0)
    series: Series | None = None
    decision: str = "enrol"  # enrol | ask | no_follow_up
    reason: str = ""  # why the catalog decided so

    @property
    def areas(self) -> frozenset[str]:
        return frozenset(a for a in self.area.split("+") if a)

    @property
    def brands(self) -> frozenset[str]:
        return frozenset(b for b in self.brand.split("+") if b)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFacts:
    """A visit that was really performed. `ended_at` is the T that check-ins count from."""

    id: str
    ended_at: datetime
    visit_on: date
    reported_at: datetime
    treatments: tuple[TreatmentFacts, ...]
    provider: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFacts:
    id: str
    starts_at: datetime
    family: str  # "none" when unknown
    area: str = ""
    brand: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFacts:
    """One logical touch that already went out (a text and its e-mail on one day are one)."""

    at: datetime
    on: date
    function: Function
    is_marketing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingFacts:
    """Another planned touch of the same client that may compete for a day."""

    id: str
    function: Function
    due_at: datetime
    valid_until: datetime
    visit_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberChecks:
    """What lists and databases say about a phone number, and what stands against it. Days are those they speak of."""

    reassigned_on: date | None = None  # the database said on that day: somebody else has it now
    agreed_on: date | None = None  # the client's newest consent from this number
    has_lists: bool = False  # the practice compares its numbers with a do-not-call list
    compared_on: date | None = None  # the newest list that says anything about this number
    is_listed: bool = False
    written: frozenset[tuple[Channel, Purpose]] = frozenset()  # standing consents that we can prove ourselves


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """All that the send decision may look at about one client, as of now."""

    id: str
    first_name: str = ""
    has_phone: bool = True
    has_email: bool = False
    dead: Mapping[Channel, str] = field(default_factory=dict)  # why the address cannot receive, by its provider's word
    recipient: Recipient = Recipient(area_code=None, state=None)
    granted: frozenset[tuple[Channel, Purpose]] = frozenset()
    entries: Mapping[tuple[Channel, Purpose], int] = field(default_factory=dict)  # ids of the consents granted
    opted_out_at: datetime | None = None  # STOP: belongs to the phone number
    mail_stopped_at: datetime | None = None  # belongs to the mailbox
    number: NumberChecks = NumberChecks()
    birth_on: date | None = None
    lifetime_value: Decimal = Decimal(0)
    is_held_out: bool = False
    flags: frozenset[str] = frozenset()
    concern_opened_at: datetime | None = None
    reply_waiting_since: datetime | None = None
    first_visit_at: datetime | None = None
    last_visit_at: datetime | None = None
    last_visit_families: frozenset[str] = frozenset()  # what was performed then: tells a touch-up from a return
    last_inbound_at: datetime | None = None
    bookings: tuple[BookingFacts, ...] = ()  # not cancelled, not performed
    sent: tuple[SentFacts, ...] = ()  # of the last eight days at least
    texts_to_number_at: tuple[datetime, ...] = ()  # to this number in the last 24 h, whoever it was for
    pending: tuple[PendingFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """A plan that is already running, as replanning needs to know it."""

    id: str
    protocol: str
    treatment_class: str
    family: str
    area: str
    visit_id: str
    visit_on: date
    is_active: bool = True
