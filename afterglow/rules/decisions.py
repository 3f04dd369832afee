"""What the rules answer. Every answer carries the sentence that staff can read out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from afterglow.rules.facts import Channel


@dataclass(frozen=True, slots=True)
class Send:
    """Go out now on every one of these channels: one logical touch."""

    channels: tuple[Channel, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now. Ask again at `until`; nothing is sent before."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Never. `task` asks a person to do it instead."""

    reason: str
    task: Task | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """Work for a person. `kind` is a word the screens group by."""

    kind: str
    reason: str
    is_urgent: bool = False


Decision = Send | Wait | Skip
