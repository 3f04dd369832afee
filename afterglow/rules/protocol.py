"""What a protocol is: the sequence of touches one class of treatment gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from enum import StrEnum

from afterglow.rules.facts import Channel, Function, Offset, Purpose


class Anchor(StrEnum):
    """The moment an offset counts from."""

    VISIT = "visit"  # hours: from the visit's end; days and months: from its local date
    WINDOW_OPEN = "window_open"  # the day the rebooking window opens (the first rebook step's send day)
    WINDOW_CLOSE = "window_close"  # the last day of the rebooking window (the first rebook step's last valid day)


class Late(StrEnum):
    """What happens to a step that is found due after its send day but inside its window."""

    SEND = "send"  # at the next lawful moment
    SKIP = "skip"  # only on its own day
    SHIFT = "shift"  # the step and its window move by as much as it is late


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """All given conditions must hold at the moment of sending. Empty means no condition."""

    brands: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    series: str = ""  # "" | "unfinished" | "finished" | "none"
    value: str = ""  # "" | "high" | "standard" (against the practice's threshold)
    is_first_visit: bool | None = None
    minimum_amount: Decimal | None = None  # paid for the treatment, in the practice's currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Liquid source. `subject` is set for e-mail only."""

    body: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What stands behind the claims of a step's texts: where they come from, and who approved them."""

    sources: tuple[str, ...] = ()
    approved_by: str = ""

    @property
    def is_complete(self) -> bool:
        return bool(any(source.strip() for source in self.sources) and self.approved_by.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One planned contact of a protocol."""

    key: str
    function: Function
    purpose: Purpose
    anchor: Anchor
    send_after: Offset
    valid_for: Offset  # from the same anchor, inclusive: the end of that local day (hours: that exact moment)
    at: time | None = None  # local hour for steps counted in days or months
    late: Late = Late.SEND
    channels: tuple[Channel, ...] = ()  # ordered: the first one that is allowed is used
    together: tuple[Channel, ...] = ()  # sent besides it when allowed: still one logical touch
    has_task_fallback: bool = False  # no allowed channel, or too late: a task for staff
    is_optional: bool = False  # gives way to any other message of the day and leaves quietly
    funded_by: str = ""  # the third party that pays for it: marketing that needs an authorisation of its own
    is_derived: bool = False  # timing derived, not stated by the source article: shown as such
    conditions: Conditions = Conditions()
    claims: Meta = Meta()
    templates: Mapping[Channel, Template]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A versioned sequence for one class of treatment."""

    key: str
    title: str
    treatment_class: str  # treatments of one class stop each other's rebooking
    families: frozenset[str]
    brands: frozenset[str] = frozenset()  # empty: any
    areas: frozenset[str] = frozenset()  # empty: any
    is_default_area: bool = False  # also takes treatments of the family that name no area, or one no protocol lists
    is_per_area: bool = False  # disjoint areas run separate cycles
    is_on: bool = True
    is_draft: bool = False
    draft_note: str = ""
    source: str = ""
    duration_text: str = ""  # for the token duration.text, e.g. "about 3 months"
    touch_up_within_days: int = 0  # a same-class visit this soon does not restart the cycle
    check_in_rank: int = 50  # several treatments on one day: the highest rank words the one check-in
    stops_classes: frozenset[str] = frozenset()  # e.g. the dissolver stops filler plans
    task_on_visit: str = ""  # a task for staff whenever this treatment is performed
    has_area_task: bool = False  # ask staff for the area when the treatment names none
    steps: tuple[Step, ...] = ()

    def step(self, key: str) -> Step:
        """The step of that key. KeyError when the protocol has none."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)
