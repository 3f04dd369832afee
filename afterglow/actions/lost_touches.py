"""What becomes of touches when their messages arrive, or do not."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from afterglow.actions.delivery_state import Failure, Known
from afterglow.actions.earlier_tries import code_of
from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.channels.receipts import Delivery
from afterglow.config.logs import log
from afterglow.models import Attempt, Task, Touch
from afterglow.models.bulk import update_rows
from afterglow.rules.channel_words import NAMES
from afterglow.rules.facts import Channel
from afterglow.rules.retrying import OUT_OF_REACH

NEXT_WAY_AFTER = timedelta(minutes=2)
OFF = "unavailable"  # the one kind of failure that a second try may mend
UNPROVEN = frozenset({Attempt.State.INTENT, Attempt.State.UNKNOWN, Attempt.State.ABSENT, Attempt.State.REFUSED})
UNSENT = frozenset({Touch.State.SENDING, Touch.State.PLANNED, Touch.State.FAILED})
CLOSED_BY, ARRIVED = "Afterglow", "it arrived after all"
TASKS = ("failed", "call")
ATTEMPT_UPDATE = ("id", "state", "finished_at", "provider_id", "code", "detail")
TOUCH_UPDATE = ("id", "state", "reason", "due_at", "ended_at")


@dataclass(slots=True)
class LostTouches:
    """The touches of some reported messages, with all their attempts, while they are being settled.

    An attempt that did not arrive becomes `undelivered`. Its touch goes back to `planned`, and that means for whoever
    decides about it next: a channel with an undelivered attempt for this touch is used up, except that a phone
    which was off may be tried once more, an hour later (`rules/retrying.py: outcome_of`, which goes by `finished_at`
    and by the kind of failure that the message's events hold). Only the attempt that decides a
    touch moves it, and only while no other one is live that does.
    """

    practice_id: int
    now: datetime
    attempts: dict[int, list[Attempt]]  # by touch
    tasks: dict[int, list[int]]  # by touch, those still open
    changed: dict[int, Attempt] = field(default_factory=dict)
    moved: dict[int, Touch] = field(default_factory=dict)
    opened: dict[int, NewTask] = field(default_factory=dict)
    closed: list[int] = field(default_factory=list)

    @classmethod
    def load(cls, practice_id: int, reported: Collection[Attempt], now: datetime) -> LostTouches:
        """Two queries for any number. Inside a practice scope."""
        attempts: dict[int, list[Attempt]] = defaultdict(list)
        for attempt in reported:
            attempts[attempt.touch_id].append(attempt)
        others = Attempt.objects.filter(practice=practice_id, touch_id__among=list(attempts))
        for other in others.exclude(pk__in=[attempt.pk for attempt in reported]):
            attempts[other.touch_id].append(other)
        waiting = Task.objects.filter(
            practice=practice_id, closed_at=None, kind__in=TASKS, touch_id__among=list(attempts)
        )
        tasks: dict[int, list[int]] = defaultdict(list)
        for touch_id, task_id in waiting.values_list("touch_id", "pk"):
            tasks[touch_id].append(task_id)
        return cls(practice_id, now, attempts, tasks)

    def settle(self, attempt: Attempt, known: Known) -> None:
        """What the reports about this attempt's message mean for it and for its touch."""
        was = attempt.state
        if was in UNPROVEN:
            self._prove(attempt)
        if known.is_lost:
            self._lose(attempt, known.failure, is_news=was != Attempt.State.UNDELIVERED)
        elif was == Attempt.State.UNDELIVERED and known.furthest is Delivery.DELIVERED:
            self._prove(attempt)

    def _prove(self, attempt: Attempt) -> None:
        """It left after all, whatever we believed."""
        if any(other.channel == attempt.channel for other in self._live(attempt)):
            log("attempt.late", level=logging.ERROR, attempt=attempt.pk, touch=attempt.touch_id)
            return
        attempt.state, attempt.finished_at = Attempt.State.ACCEPTED, self.now
        attempt.provider_id = attempt.provider_id or attempt.message.provider_id
        attempt.code = attempt.detail = ""
        self.changed[attempt.pk] = attempt
        touch = attempt.touch
        if touch.state not in UNSENT or not self._decides(attempt):
            return
        if touch.state != Touch.State.SENDING:
            touch.reason = ARRIVED
        self._move(touch, Touch.State.SENT, ended_at=self.now)
        self._close_tasks(touch.pk)

    def _lose(self, attempt: Attempt, failure: Failure, *, is_news: bool) -> None:
        touch, channel = attempt.touch, Channel(attempt.channel)
        if is_news:
            attempt.finished_at = self.now
        attempt.state = Attempt.State.UNDELIVERED
        attempt.code, attempt.detail = code_of(failure.kind, failure.code), failure.reason(channel)
        self.changed[attempt.pk] = attempt
        if not self._decides(attempt) or not self._may_move(attempt, is_news=is_news):
            return
        touch.reason = f"the {NAMES[channel]} did not arrive ({attempt.detail})"
        if failure.kind == OFF and self._tries(attempt) == 1 and self.now + OUT_OF_REACH <= touch.valid_until:
            touch.reason += "; next try in an hour"
            self._move(touch, Touch.State.PLANNED, due_at=self.now + OUT_OF_REACH)
        elif self.now + NEXT_WAY_AFTER <= touch.valid_until:
            touch.reason += "; it goes another way now"
            self._move(touch, Touch.State.PLANNED, due_at=self.now + NEXT_WAY_AFTER)
        else:
            self._move(touch, Touch.State.FAILED, ended_at=self.now)
            self._open_task(attempt)

    def _decides(self, attempt: Attempt) -> bool:
        """Whether this attempt decides its touch, and no other one that is live does."""
        return attempt.is_primary and not any(other.is_primary for other in self._live(attempt))

    def _may_move(self, attempt: Attempt, *, is_news: bool) -> bool:
        """A graver failure of the last attempt decides again what a milder one has decided."""
        if is_news:
            return attempt.touch.state in (Touch.State.SENT, Touch.State.SENDING)
        is_last = all(other.pk <= attempt.pk for other in self.attempts[attempt.touch_id] if other.is_primary)
        return is_last and attempt.touch.state in (Touch.State.PLANNED, Touch.State.FAILED)

    def _live(self, attempt: Attempt) -> Iterable[Attempt]:
        others = (a for a in self.attempts[attempt.touch_id] if a.pk != attempt.pk)
        return (a for a in others if a.state in Attempt.LIVE)

    def _tries(self, attempt: Attempt) -> int:
        same = (a for a in self.attempts[attempt.touch_id] if a.channel == attempt.channel)
        return sum(a.state == Attempt.State.UNDELIVERED for a in same)

    def _move(
        self, touch: Touch, state: Touch.State, *, due_at: datetime | None = None, ended_at: datetime | None = None
    ) -> None:
        touch.state, touch.ended_at = state, ended_at
        touch.due_at = due_at or touch.due_at
        self.moved[touch.pk] = touch

    def _open_task(self, attempt: Attempt) -> None:
        """One task for a touch, with the gravest reason."""
        self._close_tasks(attempt.touch_id)
        self.opened[attempt.touch_id] = NewTask(
            kind="failed",
            reason=f"A message was not delivered: {attempt.detail}. Please contact the client another way.",
            client_id=attempt.touch.client_id,
            touch_id=attempt.touch_id,
            message_id=attempt.message_id,
        )

    def _close_tasks(self, touch_id: int) -> None:
        self.closed += self.tasks.pop(touch_id, [])

    def write(self) -> None:
        """Five statements for any number of attempts."""
        update_rows(
            Attempt,
            ATTEMPT_UPDATE,
            [(a.pk, str(a.state), a.finished_at, a.provider_id, a.code, a.detail) for a in self.changed.values()],
        )
        update_rows(
            Touch, TOUCH_UPDATE, [(t.pk, str(t.state), t.reason, t.due_at, t.ended_at) for t in self.moved.values()]
        )
        Task.objects.filter(practice=self.practice_id, pk__in=self.closed).update(
            closed_at=self.now, closed_by=CLOSED_BY, outcome=ARRIVED
        )
        open_tasks(practice_id=self.practice_id, tasks=self.opened.values(), now=self.now)
