"""A practice's own timing laid over a protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from afterglow.rules.facts import Function, Offset, Override, TreatmentFacts
from afterglow.rules.protocol import Anchor, Protocol, Step
from afterglow.rules.timing import day_after

ANY_DAY = date(2024, 3, 1)  # only distances between offsets are taken from it


def with_overrides(protocol: Protocol, overrides: Sequence[Override], treatment: TreatmentFacts) -> Protocol:
    """The protocol with the practice's own dates for this treatment; the more specific override wins.

    A later marketing step that would now come before the moved rebooking window ends moves on by as many days.
    """
    for override in sorted(overrides, key=lambda o: bool(o.area)):
        if override.family == treatment.family and (not override.area or override.area in treatment.areas):
            protocol = _apply(protocol, override)
    return protocol


def _apply(protocol: Protocol, override: Override) -> Protocol:
    target = _first_of(protocol, override.function)
    if target is None:
        return protocol
    moved = replace(target, send_after=override.at, valid_for=override.valid_until, anchor=Anchor.VISIT)
    steps = [moved if step is target else step for step in protocol.steps]
    if override.function is Function.REBOOK:
        delay = _days(override.at) - _days(target.send_after)
        steps = [_after(step, moved, delay) if step is not moved else step for step in steps]
    return replace(protocol, steps=tuple(steps))


def _first_of(protocol: Protocol, function: Function) -> Step | None:
    return next((s for s in protocol.steps if s.function is function and not s.is_optional), None)


def _after(step: Step, window: Step, delay: int) -> Step:
    is_marketing = step.function in (Function.REBOOK, Function.REACTIVATE)
    if not is_marketing or step.anchor is not Anchor.VISIT or _days(step.send_after) > _days(window.valid_for):
        return step
    return replace(
        step,
        send_after=Offset(amount=_days(step.send_after) + delay, unit="days"),
        valid_for=Offset(amount=_days(step.valid_for) + delay, unit="days"),
    )


def _days(offset: Offset) -> int:
    return (day_after(ANY_DAY, offset) - ANY_DAY) // timedelta(days=1)
