"""One client of a simulation: what is known, booked and planned, and what was already said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from afterglow.rules.facts import (
    BookingFacts,
    Channel,
    ClientFacts,
    Function,
    PendingFacts,
    PlanFacts,
    Purpose,
    SentFacts,
    VisitFacts,
)
from afterglow.rules.touch_facts import TouchFacts

COMPETES_WITHIN = timedelta(days=2)  # a touch due later than this never shares a day with one that is due now
SAID_COUNTS_FOR = timedelta(days=8)  # longer than any cap looks back


@dataclass(slots=True, eq=False)
class PlannedTouch:
    """A touch that waits for its moment. `held` is why it waits longer than planned."""

    facts: TouchFacts
    visit: VisitFacts
    due_at: datetime
    held: str = ""
    is_open: bool = True


@dataclass(slots=True, eq=False)
class RunningPlan:
    facts: PlanFacts
    touches: list[PlannedTouch] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class SimulatedClient:
    """`known` holds what happenings change; the rest is put beside it when a decision asks."""

    known: ClientFacts
    phone: str
    visits: list[VisitFacts] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)  # visits that are unapproved history
    bookings: dict[str, BookingFacts] = field(default_factory=dict)
    plans: list[RunningPlan] = field(default_factory=list)
    waiting: dict[str, PlannedTouch] = field(default_factory=dict)
    sent: list[SentFacts] = field(default_factory=list)
    done: set[tuple[str, Function, str]] = field(default_factory=set)  # visit, function, step already sent

    @property
    def id(self) -> str:
        return self.known.id

    def facts_now(self, now: datetime, *, texts_to_number_at: tuple[datetime, ...]) -> ClientFacts:
        """All that the send decision may look at."""
        self.sent = [s for s in self.sent if now - s.at < SAID_COUNTS_FOR]
        return replace(
            self.known,
            bookings=tuple(self.bookings.values()),
            sent=tuple(self.sent),
            pending=tuple(_pending(t) for t in self.waiting.values() if t.due_at - now < COMPETES_WITHIN),
            texts_to_number_at=texts_to_number_at,
        )

    def come(self, visit: VisitFacts, *, booking_id: str, local_days: dict[str, date]) -> None:
        """A visit happened: what was booked for it, or for its day, is no longer ahead."""
        for key in [k for k, day in local_days.items() if k == booking_id or day == visit.visit_on]:
            del self.bookings[key]
        self.visits.append(visit)
        first, last = min(self.visits, key=_ended_at), max(self.visits, key=_ended_at)
        self.known = replace(
            self.known,
            first_visit_at=first.ended_at,
            last_visit_at=last.ended_at,
            last_visit_families=frozenset(t.family for t in last.treatments),
        )

    def write_in(self, now: datetime, *, is_waiting: bool = False) -> None:
        since = now if is_waiting else self.known.reply_waiting_since
        self.known = replace(self.known, last_inbound_at=now, reply_waiting_since=since)

    def open_concern(self, now: datetime) -> None:
        self.known = replace(self.known, concern_opened_at=now, last_inbound_at=now)

    def close_concern(self) -> None:
        self.known = replace(self.known, concern_opened_at=None, reply_waiting_since=None)

    def flag(self, flag: str) -> None:
        self.known = replace(self.known, flags=self.known.flags | {flag})

    def stop_email(self) -> None:
        granted = frozenset(g for g in self.known.granted if g[0] is not Channel.EMAIL)
        self.known = replace(self.known, granted=granted)

    def stop_number(self, now: datetime) -> None:
        granted = frozenset(g for g in self.known.granted if g[0] is Channel.EMAIL)
        self.known = replace(self.known, granted=granted, opted_out_at=now)

    def grant(self, granted: frozenset[tuple[Channel, Purpose]]) -> None:
        is_for_number = any(channel is not Channel.EMAIL for channel, _ in granted)
        self.known = replace(
            self.known,
            granted=self.known.granted | granted,
            opted_out_at=None if is_for_number else self.known.opted_out_at,
        )


def _pending(touch: PlannedTouch) -> PendingFacts:
    return PendingFacts(
        id=touch.facts.id,
        function=touch.facts.step.function,
        due_at=touch.due_at,
        valid_until=touch.facts.valid_until,
        visit_on=touch.visit.visit_on,
    )


def _ended_at(visit: VisitFacts) -> datetime:
    return visit.ended_at
