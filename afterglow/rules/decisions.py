"""What the rules answer. Every answer carries the sentence that staff can read out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


class End(StrEnum):
    """What a touch that never goes out has come to."""

    SKIPPED = "skipped"  # it was not to go out
    EXPIRED = "expired"  # it was, and its time ended before it could
    FAILED = "failed"  # it was tried, and nothing is left to try


@dataclass(frozen=True, slots=True)
class Skip:
    """Never. `task` asks a person to do it instead."""

    reason: str
    task: Task | None = None
    end: End = End.SKIPPED

    @property
    def is_expired(self) -> bool:
        return self.end is End.EXPIRED


@dataclass(frozen=True, slots=True)
class Task:
    """Work for a person. `kind` is a word the screens group by."""

    kind: str
    reason: str
    is_urgent: bool = False
    is_once: bool = False  # a client has one such task, however many messages ask for it


Decision = Send | Wait | Skip
