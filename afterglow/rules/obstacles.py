"""What stands in the way of a due touch, from the gravest to the mildest."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from afterglow.rules.cycles import is_booking_of_cycle
from afterglow.rules.decisions import Decision, End, Skip, Wait
from afterglow.rules.facts import BookingFacts, ClientFacts, Function, PracticeFacts, Purpose
from afterglow.rules.permission import WRONG_NUMBER, check_in_by_hand
from afterglow.rules.protocol import Conditions
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.timing import local_day, local_moment, spoken_day
from afterglow.rules.touch_facts import TouchFacts
from afterglow.rules.vocabulary import spoken_list

MARKETING = frozenset({Function.REBOOK, Function.REACTIVATE})
SILENCING_FLAGS = frozenset({"deceased", "do_not_contact", "banned"})
STAFF_ONLY_FLAGS = frozenset({"minor"})
ADULT_AT = 18
NO_CONDITIONS = Conditions()
BOOKING_GRACE = timedelta(days=7)  # a booking nobody reported back on still counts this long: better silent than wrong


def first_obstacle(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    """The Wait or Skip of the gravest obstacle; None when only channel and hour are left to find."""
    for guard in _GUARDS:
        decision = guard(touch, client, practice, book, now)
        if decision is not None:
            return decision
    return None


def _flags(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    if silencing := client.flags & SILENCING_FLAGS:
        return Skip(f"the client is marked “{_words(silencing)}”")
    if is_minor(client.birth_on, local_day(now, practice.timezone)):
        return _skip(touch, client, practice, "the client is under 18: no automatic messages")
    if not client.flags:
        return None
    if staff_only := client.flags & STAFF_ONLY_FLAGS:
        return _skip(touch, client, practice, f"the client is marked “{_words(staff_only)}”: no automatic messages")
    about_person = client.flags - {WRONG_NUMBER}
    if about_person and touch.step.purpose is Purpose.MARKETING:
        return Skip(f"the client is marked “{_words(about_person)}”: no rebooking messages")
    return None


def is_minor(birth_on: date | None, today: date) -> bool:
    """Whether somebody born then is under 18 today. Born on 29 February: 18 on 1 March. Unknown: no minor."""
    if birth_on is None:
        return False
    return (today.year - birth_on.year, (today.month, today.day)) < (ADULT_AT, (birth_on.month, birth_on.day))


def _concern(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    if client.concern_opened_at is None:
        return None
    opened_on = spoken_day(local_day(client.concern_opened_at, practice.timezone))
    return _skip(touch, client, practice, f"a clinical concern has been open since {opened_on}")


def _hold_out(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    if client.is_held_out and touch.step.function in MARKETING:
        return Skip("this client is held out: the comparison group gets no rebooking messages")
    return None


def _conditions(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    when, treatment = touch.step.conditions, touch.treatment
    if when == NO_CONDITIONS:
        return None
    is_high = client.lifetime_value >= practice.high_value_threshold
    is_finished = treatment.series is not None and treatment.series.is_finished
    has_series = treatment.series is not None
    series_state = ("finished" if is_finished else "unfinished") if has_series else "none"
    failed = (
        ("the product", bool(when.brands) and not when.brands & treatment.brands),
        ("the area", bool(when.areas) and not when.areas & treatment.areas),
        ("the session of the series", bool(when.series) and series_state not in _FITTING_SERIES[when.series]),
        ("the client's lifetime value", bool(when.value) and (when.value == "high") != is_high),
        ("the number of visits so far", when.is_first_visit not in (None, _is_first(touch, client))),
        ("the amount", when.minimum_amount is not None and treatment.amount < when.minimum_amount),
    )
    names = [name for name, has_failed in failed if has_failed]
    return Skip(f"not meant for this visit, because of {spoken_list(names)}") if names else None


def _is_first(touch: TouchFacts, client: ClientFacts) -> bool:
    return client.first_visit_at is None or touch.visited_at <= client.first_visit_at


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
            return _hold(touch, client, practice, f"already booked for {_booked_for(booking, practice)}", now)
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
    return _hold(touch, client, practice, "the client wrote and waits for a person's answer", now)


def _too_late(
    touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision | None:
    if now <= touch.valid_until:
        return None
    reason = "the message could not go out in time"
    task = check_in_by_hand(client, reason, practice) if touch.step.has_task_fallback else None
    return Skip("its time ended before it could go out", task, End.EXPIRED)


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
        is_full = sent_today >= practice.messages_per_day
        reason = _daily(practice) if is_full else "a message about care goes first that day"
        return _tomorrow(touch, client, reason, practice, now, days=1)
    if touch.step.purpose is Purpose.MARKETING:
        recent = sorted(s.on for s in client.sent if s.is_marketing and (today - s.on).days < 7)
        if len(recent) >= practice.marketing_per_week:
            free_on = recent[-practice.marketing_per_week] + timedelta(days=7)
            reason = _weekly(practice)
            return _tomorrow(touch, client, reason, practice, now, days=(free_on - today).days)
    return None


def _tomorrow(
    touch: TouchFacts, client: ClientFacts, reason: str, practice: PracticeFacts, now: datetime, *, days: int
) -> Decision:
    if touch.step.is_optional:
        return Skip(reason)
    day = local_day(now, practice.timezone) + timedelta(days=days)
    again_at = local_moment(day, max(time(0, 1), practice.window.opens_at), practice.timezone)
    return Wait(again_at, reason) if again_at <= touch.valid_until else _skip(touch, client, practice, reason)


def _hold(touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, reason: str, now: datetime) -> Decision:
    """Wait to the end of the window; whoever lifts the obstacle brings the touch back earlier."""
    return Wait(touch.valid_until, reason) if now < touch.valid_until else _skip(touch, client, practice, reason)


def _skip(touch: TouchFacts, client: ClientFacts, practice: PracticeFacts, reason: str) -> Skip:
    return Skip(reason, check_in_by_hand(client, reason, practice) if touch.step.has_task_fallback else None)


def _booked_for(booking: BookingFacts, practice: PracticeFacts) -> str:
    return spoken_day(local_day(booking.starts_at, practice.timezone))


def _daily(practice: PracticeFacts) -> str:
    count = practice.messages_per_day
    return "at most one message a day" if count == 1 else f"at most {count} messages a day"


def _weekly(practice: PracticeFacts) -> str:
    count = practice.marketing_per_week
    return "at most one marketing message a week" if count == 1 else f"at most {count} marketing messages a week"


def _words(flags: frozenset[str]) -> str:
    return ", ".join(sorted(flags)).replace("_", " ")


_GUARDS = (
    _flags,
    _concern,
    _hold_out,
    _conditions,
    _bookings,
    _visited_since,
    _reply_waiting,
    _too_late,
    _siblings,
    _caps,
)
_FITTING_SERIES = {"unfinished": ("unfinished", "none"), "finished": ("finished",), "none": ("none",)}
