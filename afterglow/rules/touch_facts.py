"""A planned touch that has fallen due, as the send decision sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from afterglow.rules.facts import Channel, TreatmentFacts
from afterglow.rules.protocol import Protocol, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What earlier calls for a touch leave open: why a channel is done with, and when another may be tried again."""

    refused: Mapping[Channel, str] = field(default_factory=dict)
    not_before: Mapping[Channel, datetime] = field(default_factory=dict)


UNTRIED = Tried()


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchFacts:
    """Times are those of the plan: `planned_at` never moves, `due_at` is when it is asked about again."""

    id: str
    client_id: str
    protocol: Protocol
    step: Step
    treatment: TreatmentFacts
    visited_at: datetime
    planned_at: datetime
    due_at: datetime
    valid_until: datetime
    tried: Tried = UNTRIED
