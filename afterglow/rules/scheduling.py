"""One step of a protocol laid on the calendar of one visit: when it is due, how long it is worth sending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from afterglow.rules.facts import Function, PracticeFacts, Recipient, VisitFacts
from afterglow.rules.hours import first_open
from afterglow.rules.protocol import Anchor, Late, Protocol, Step
from afterglow.rules.timing import day_after, end_of_day, local_day, moment_after

SEND_HOUR = time(10)  # steps counted in days go out mid-morning unless the protocol says otherwise


@dataclass(frozen=True, slots=True)
class TouchDraft:
    """A touch as it will be written. `dropped` says why it will never be sent; empty means planned."""

    step: str
    function: Function
    planned_at: datetime
    due_at: datetime
    valid_until: datetime
    dropped: str = ""


def draft_touch(
    step: Step, *, protocol: Protocol, visit: VisitFacts, practice: PracticeFacts, recipient: Recipient, now: datetime
) -> TouchDraft:
    """The touch of this step at its next lawful moment, or dropped with the reason when it comes too late."""
    planned_at, valid_until = _moments(step, protocol, visit, practice)
    if reason := _why_too_late(step, planned_at, valid_until, practice, now):
        return TouchDraft(step.key, step.function, planned_at, planned_at, valid_until, reason)
    if planned_at <= now and step.late is Late.SHIFT:
        delay = timedelta(days=(now - planned_at).days + 1)
        planned_at, valid_until = planned_at + delay, valid_until + delay
    earliest = max(planned_at, now)
    lawful_at = first_open(
        at=earliest, until=valid_until, practice=practice, recipient=recipient, channel=step.channels[0]
    )
    return TouchDraft(step.key, step.function, planned_at, lawful_at or earliest, valid_until)


def _moments(step: Step, protocol: Protocol, visit: VisitFacts, practice: PracticeFacts) -> tuple[datetime, datetime]:
    """When a step is due and the last moment it may still go out."""
    zone = practice.timezone
    anchor_on = _anchor_on(step, protocol, visit.visit_on)
    planned_at = moment_after(visit.ended_at, anchor_on, step.send_after, at=step.at or SEND_HOUR, zone=zone)
    if step.valid_for.unit == "hours":
        return planned_at, moment_after(visit.ended_at, anchor_on, step.valid_for, at=SEND_HOUR, zone=zone)
    return planned_at, end_of_day(day_after(anchor_on, step.valid_for), zone)


def _anchor_on(step: Step, protocol: Protocol, visit_on: date) -> date:
    if step.anchor is Anchor.VISIT:
        return visit_on
    window = next((s for s in protocol.steps if s.function is Function.REBOOK), None)
    if window is None:
        return visit_on
    return day_after(visit_on, window.send_after if step.anchor is Anchor.WINDOW_OPEN else window.valid_for)


def _why_too_late(
    step: Step, planned_at: datetime, valid_until: datetime, practice: PracticeFacts, now: datetime
) -> str:
    if planned_at > valid_until:
        return "the visit ended too late in the day for this message"
    if now > valid_until:
        return "the visit was reported after this message's time had ended"
    if step.late is Late.SKIP and local_day(now, practice.timezone) > local_day(planned_at, practice.timezone):
        return "this message goes out on its own day only"
    return ""
