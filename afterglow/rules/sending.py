"""The second decision, at the moment of sending: send, wait or skip, always with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from afterglow.rules.cycles import is_booking_of_cycle
from afterglow.rules.decisions import Decision, Send, Skip, Task, Wait
from afterglow.rules.facts import (
    BookingFacts,
    ClientFacts,
    Function,
    PracticeFacts,
    Purpose,
    SentFacts,
    TreatmentFacts,
)
from afterglow.rules.permission import WRONG_NUMBER, choose_channels
from afterglow.rules.protocol import Protocol, Step
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.timing import local_day, local_moment, spoken_day

MARKETING = frozenset({Function.REBOOK, Function.REACTIVATE})
SILENCING_FLAGS = frozenset({"deceased", "do_not_contact", "banned"})
STAFF_ONLY_FLAGS = frozenset({"minor"})
BOOKING_GRACE = timedelta(days=7)  # a booking nobody reported back on still counts this long: better silent than wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchFacts:
    """A planned touch that has fallen due."""

    id: str
    client_id: str
    protocol: Protocol
    step: Step
    treatment: TreatmentFacts
    visited_at: datetime
    planned_at: datetime
    due_at: datetime
    valid_until: datetime
    is_first_visit: bool = False


def decide_due(
    touches: Sequence[TouchFacts],
    *,
    client: ClientFacts,
    practice: PracticeFacts,
    book: ProtocolBook,
    now: datetime,
) -> list[tuple[TouchFacts, Decision]]:
    """A decision for each due touch of one client, clinical ones first; what one sends counts against the next."""
    decided: list[tuple[TouchFacts, Decision]] = []
    today = local_day(now, practice.timezone)
    going_out: set[Function] = set()
    for touch in sorted(touches, key=lambda t: (t.step.function.rank, t.step.is_optional, t.planned_at)):
        function = touch.step.function
        if function in going_out and practice.is_merging_same_day and not touch.step.is_optional:
            decision: Decision = Skip(f"merged: today's {_spoken(function)} message covers both treatments")
        else:
            decision = decide(touch, client=client, practice=practice, book=book, now=now)
        decided.append((touch, decision))
        pending = tuple(p for p in client.pending if p.id != touch.id)
        sent = client.sent
        if isinstance(decision, Send):
            going_out.add(function)
            is_marketing = touch.step.purpose is Purpose.MARKETING
            sent = (*sent, SentFacts(at=now, on=today, function=function, is_marketing=is_marketing))
        client = replace(client, sent=sent, pending=pending)
    return decided


def decide(
    touch: TouchFacts, *, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision:
    """Whether a touch may go out now. Guards run from the gravest to the mildest; the first that speaks decides."""
    for guard in (_flags, _concern, _hold_out, _conditions, _bookings, _visited_since, _reply_waiting, _too_late, _siblings, _caps):
        decision = guard(touch, client, practice, book, now)
        if decision is not None:
            return decision
    return choose_channels(
        touch.step, client=client, practice=practice, now=now, valid_until=touch.valid_until, because=_why(touch, practice)
    )


def _flags(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    if silencing := client.flags & SILENCING_FLAGS:
        return Skip(f"the client is marked “{_words(silencing)}”")
    if staff_only := client.flags & STAFF_ONLY_FLAGS:
        return _skip(touch, f"the client is marked “{_words(staff_only)}”: no automatic messages")
    about_person = client.flags - {WRONG_NUMBER}
    if about_person and touch.step.purpose is Purpose.MARKETING:
        return Skip(f"the client is marked “{_words(about_person)}”: no rebooking messages")
    return None


def _concern(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    if client.concern_opened_at is None:
        return None
    opened_on = spoken_day(local_day(client.concern_opened_at, practice.timezone))
    return _skip(touch, f"a clinical concern has been open since {opened_on}")


def _hold_out(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    if client.is_held_out and touch.step.function in MARKETING:
        return Skip("hold-out: this client is in the comparison group that gets no rebooking messages")
    return None


def _conditions(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    when, treatment = touch.step.conditions, touch.treatment
    is_high = client.lifetime_value >= practice.high_value_threshold
    is_finished = treatment.series is not None and treatment.series.is_finished
    has_series = treatment.series is not None
    series_state = ("finished" if is_finished else "unfinished") if has_series else "none"
    failed = (
        ("brand", bool(when.brands) and not when.brands & treatment.brands),
        ("area", bool(when.areas) and not when.areas & treatment.areas),
        ("series", bool(when.series) and when.series != series_state and (when.series, series_state) != ("unfinished", "none")),
        ("value", bool(when.value) and (when.value == "high") != is_high),
        ("first visit", when.is_first_visit is not None and when.is_first_visit != touch.is_first_visit),
        ("amount", when.minimum_amount is not None and treatment.amount < when.minimum_amount),
    )
    names = [name for name, has_failed in failed if has_failed]
    return Skip(f"the step's condition on {', '.join(names)} does not hold") if names else None


def _bookings(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    if touch.step.function not in MARKETING:
        return None
    for booking in client.bookings:
        if booking.starts_at + BOOKING_GRACE < now or booking.starts_at <= touch.visited_at:
            continue
        if touch.step.function is Function.REACTIVATE or is_booking_of_cycle(
            touch.protocol, touch.treatment.areas, booking, book
        ):
            return _hold(touch, f"already booked for {_booked_for(booking, practice)}", now)
    return None


def _visited_since(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    if touch.step.function is not Function.REACTIVATE or client.last_visit_at is None:
        return None
    visited_on = local_day(touch.visited_at, practice.timezone)
    last_on = local_day(client.last_visit_at, practice.timezone)
    is_same_class = not client.last_visit_families.isdisjoint(touch.protocol.families)
    if (last_on - visited_on).days <= (touch.protocol.touch_up_within_days if is_same_class else 0):
        return None  # a touch-up, or another treatment of the same day, is no return
    return Skip(f"the client has come back: visit on {spoken_day(last_on)}")


def _reply_waiting(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    if client.reply_waiting_since is None:
        return None
    return _hold(touch, "the client wrote and waits for a person's answer", now)


def _too_late(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    if now <= touch.valid_until:
        return None
    return _skip(touch, "too late: its time had ended before it could go out")


def _siblings(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    """A check-in waits for that of a later treatment on the same day, so that one message covers both."""
    if touch.step.function is not Function.CHECK_IN or touch.step.is_optional or not practice.is_merging_same_day:
        return None
    visited_on = local_day(touch.visited_at, practice.timezone)
    for other in client.pending:
        is_twin = other.function is Function.CHECK_IN and other.visit_on == visited_on and other.id != touch.id
        if is_twin and now < other.due_at <= touch.valid_until:
            return Wait(other.due_at, "one check-in covers both treatments of that day")
    return None


def _caps(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    today = local_day(now, practice.timezone)
    rank = touch.step.function.rank
    sent_today = sum(1 for s in client.sent if s.on == today)
    ahead = sum(
        1
        for p in client.pending
        if p.id != touch.id and p.function.rank < rank and local_day(p.due_at, practice.timezone) == today
    )
    if sent_today + ahead >= practice.messages_per_day:
        reason = "a clinical message goes first that day" if sent_today < practice.messages_per_day else _daily(practice)
        return _tomorrow(touch, reason, practice, now, days=1)
    if touch.step.purpose is Purpose.MARKETING:
        recent = sorted(s.on for s in client.sent if s.is_marketing and (today - s.on).days < 7)
        if len(recent) >= practice.marketing_per_week:
            free_on = recent[-practice.marketing_per_week] + timedelta(days=7)
            reason = f"at most {practice.marketing_per_week} marketing messages a week"
            return _tomorrow(touch, reason, practice, now, days=(free_on - today).days)
    return None


def _tomorrow(touch: TouchFacts, reason: str, practice: PracticeFacts, now: datetime, *, days: int) -> Decision:
    if touch.step.is_optional:
        return Skip(reason)
    day = local_day(now, practice.timezone) + timedelta(days=days)
    again_at = local_moment(day, max(time(0, 1), practice.window.opens_at), practice.timezone)
    return Wait(again_at, reason) if again_at <= touch.valid_until else _skip(touch, reason)


def _hold(touch: TouchFacts, reason: str, now: datetime) -> Decision:
    """Wait to the end of the window; whoever lifts the obstacle brings the touch back earlier."""
    return Wait(touch.valid_until, reason) if now < touch.valid_until else _skip(touch, reason)


def _skip(touch: TouchFacts, reason: str) -> Skip:
    if not touch.step.has_task_fallback:
        return Skip(reason)
    return Skip(reason, Task("call", f"Please check in by phone: {reason}."))


def _why(touch: TouchFacts, practice: PracticeFacts) -> str:
    days = (local_day(touch.planned_at, practice.timezone) - local_day(touch.visited_at, practice.timezone)).days
    return f"day {days} after the visit on {spoken_day(local_day(touch.visited_at, practice.timezone))}"


def _booked_for(booking: BookingFacts, practice: PracticeFacts) -> str:
    return spoken_day(local_day(booking.starts_at, practice.timezone))


def _daily(practice: PracticeFacts) -> str:
    count = practice.messages_per_day
    return "at most one message a day" if count == 1 else f"at most {count} messages a day"


def _words(flags: frozenset[str]) -> str:
    return ", ".join(sorted(flags)).replace("_", " ")


def _spoken(function: Function) -> str:
    return function.value.replace("_", "-")
