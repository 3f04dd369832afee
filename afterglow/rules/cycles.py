"""Which treatments belong to one cycle: they stop each other's rebooking and restart each other's plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from afterglow.rules.facts import BookingFacts, TreatmentFacts, VisitFacts
from afterglow.rules.protocol import Protocol
from afterglow.rules.protocol_book import NoProtocol, ProtocolBook
from afterglow.rules.timing import spoken_day


def is_same_cycle(protocol: Protocol, treatment: TreatmentFacts, other: VisitFacts, book: ProtocolBook) -> bool:
    """Whether another visit performed a treatment of this plan's class (and area, where areas run apart)."""
    return _has_same(protocol, treatment.areas, other, book)


def is_booking_of_cycle(protocol: Protocol, areas: frozenset[str], booking: BookingFacts, book: ProtocolBook) -> bool:
    """Whether a booking is for this plan's class. One whose service nobody knows counts: better silent than wrong."""
    if booking.family == "none":
        return True
    families = booking.family.split("+")
    return any(
        _is_same(protocol, areas, TreatmentFacts(family=f, brand=booking.brand, area=booking.area), book)
        for f in families
    )


def why_care_only(
    protocol: Protocol, treatment: TreatmentFacts, visit: VisitFacts, others: Collection[VisitFacts], book: ProtocolBook
) -> str:
    """Why this visit starts no rebooking cycle of its own; empty when it does."""
    earlier = [v for v in others if v.ended_at <= visit.ended_at]
    last_on = _last_full_treatment_on(protocol, treatment, earlier, book)
    if last_on is not None and (visit.visit_on - last_on).days <= protocol.touch_up_within_days:
        return f"a touch-up of the visit on {spoken_day(last_on)}, which keeps its own dates"
    for other in others:
        is_beyond = (other.visit_on - visit.visit_on).days > protocol.touch_up_within_days
        if is_beyond and other.ended_at > visit.ended_at and is_same_cycle(protocol, treatment, other, book):
            return f"the later visit on {spoken_day(other.visit_on)} sets the dates"
    return ""


def _last_full_treatment_on(
    protocol: Protocol, treatment: TreatmentFacts, earlier: Iterable[VisitFacts], book: ProtocolBook
) -> date | None:
    """The day of the last treatment of this cycle that was not itself a touch-up; None when there was none."""
    areas = treatment.areas
    last: date | None = None
    for visit in sorted((v for v in earlier if _has_same(protocol, areas, v, book)), key=lambda v: v.ended_at):
        if last is None or (visit.visit_on - last).days > protocol.touch_up_within_days:
            last = visit.visit_on
    return last


def _has_same(protocol: Protocol, areas: frozenset[str], visit: VisitFacts, book: ProtocolBook) -> bool:
    for treatment in visit.treatments:
        if treatment.decision == "enrol" and treatment.family != "none" and _is_same(protocol, areas, treatment, book):
            return True
    return False


def _is_same(protocol: Protocol, areas: frozenset[str], other: TreatmentFacts, book: ProtocolBook) -> bool:
    if other.family in protocol.families and (not other.areas or areas & other.areas):
        return True
    found = book.find(other)
    if isinstance(found, NoProtocol):
        return other.family in protocol.families
    if found.treatment_class != protocol.treatment_class:
        return False
    return not (protocol.is_per_area and areas and other.areas and not areas & other.areas)
