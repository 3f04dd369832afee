"""What a provider's answer about a doubtful message does to its attempt, its message and its touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from afterglow.actions.ask_providers import Answer
from afterglow.actions.earlier_tries import code_of
from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.channels.contract import Absent, CannotTell, Found, Refused, Sender
from afterglow.channels.refusal_words import why_refused
from afterglow.models import Attempt, Message, Touch
from afterglow.models.bulk import Row, update_rows
from afterglow.rules.facts import Channel, Function, Hold, Purpose
from afterglow.rules.permission import STAFF_NEED

GIVE_UP = timedelta(hours=1)
NOT_LISTED = "not_listed"  # the code of an attempt that its provider's list did not show once
SECOND_LOOK = 1.25  # graces after the intent: until then a list may lag behind what its provider took


@dataclass(slots=True)
class DoubtSheet:
    """Enter answer after answer, then write everything in bulk. Absent is believed at the second look."""

    practice_id: int
    senders: Mapping[Channel, Sender]
    holds: Mapping[Channel, Hold]
    asked_at: datetime
    now: datetime
    grace: timedelta
    attempts: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    touches: list[Row] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    not_listed: list[int] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)

    def enter(self, attempt: Attempt, answer: Answer) -> None:
        match answer:
            case Found(provider_id=provider_id):
                if (attempt.channel, provider_id) not in self.taken:  # one of two that are alike; the other asks again
                    self.taken.add((attempt.channel, provider_id))
                    self._found(attempt, provider_id)
            case Absent() if self._is_first_look(attempt):
                self.not_listed.append(attempt.pk)
            case Absent():
                self._settle(attempt, Attempt.State.ABSENT, Message.Status.FAILED)
                self._again(attempt, "an interruption came between; the provider says that nothing went out")
            case Refused(kind=kind, code=code):
                self._settle(attempt, Attempt.State.REFUSED, Message.Status.FAILED, code=code_of(kind, code))
                self._again(attempt, why_refused(kind, code, Channel(attempt.channel)))
            case CannotTell() if self._is_over(attempt):
                self._let_go(attempt)

    def _found(self, attempt: Attempt, provider_id: str) -> None:
        self._settle(attempt, Attempt.State.ACCEPTED, Message.Status.ACCEPTED, provider_id=provider_id)
        if _decides(attempt):
            self._end(attempt, Touch.State.SENT, attempt.touch.reason)

    def _is_first_look(self, attempt: Attempt) -> bool:
        is_young = self.asked_at - attempt.started_at < self.grace * SECOND_LOOK
        return is_young or attempt.code != NOT_LISTED

    def _is_over(self, attempt: Attempt) -> bool:
        """Whether asking on is of no use: nobody will ever tell, or for an hour nobody could.

        An account that is out of order is asked as long as its answer would still come in time.
        """
        channel = Channel(attempt.channel)
        sender = self.senders.get(channel)
        able = sender.capabilities if sender is not None else None
        if able is not None and not (able.has_look_up or able.has_callbacks or able.repeats_safely_for):
            return True
        is_in_time = self.now < attempt.touch.valid_until - STAFF_NEED
        return self.now - attempt.started_at > GIVE_UP and not (channel in self.holds and is_in_time)

    def _let_go(self, attempt: Attempt) -> None:
        self._settle(attempt, Attempt.State.UNKNOWN, Message.Status.UNKNOWN)
        if _decides(attempt):
            reason = "nobody can tell whether it arrived; it is not sent a second time"
            self._end(attempt, Touch.State.FAILED, reason)
            if Function(attempt.touch.function).purpose is Purpose.CARE:
                self.tasks.append(_ask_staff(attempt))

    def _again(self, attempt: Attempt, reason: str) -> None:
        if _decides(attempt):
            self.touches.append((attempt.touch_id, Touch.State.PLANNED.value, reason, self.now, None))

    def _end(self, attempt: Attempt, state: Touch.State, reason: str) -> None:
        self.touches.append((attempt.touch_id, state.value, reason, self.now, self.now))

    def _settle(
        self, attempt: Attempt, state: Attempt.State, status: Message.Status, *, provider_id: str = "", code: str = ""
    ) -> None:
        self.attempts.append((attempt.pk, state.value, self.now, provider_id, code))
        self.messages.append((attempt.message_id, status.value, provider_id))

    def write(self) -> int:
        update_rows(Attempt, ("id", "state", "finished_at", "provider_id", "code"), self.attempts)
        update_rows(Message, ("id", "status", "provider_id"), self.messages)
        update_rows(Touch, ("id", "state", "reason", "due_at", "ended_at"), self.touches)
        if self.not_listed:
            Attempt.objects.filter(practice=self.practice_id, pk__in=self.not_listed).update(code=NOT_LISTED)
        open_tasks(practice_id=self.practice_id, tasks=self.tasks, now=self.now)
        return len(self.attempts)


def _decides(attempt: Attempt) -> bool:
    """A companion's doubt does not trouble its touch."""
    return attempt.is_primary and attempt.touch.state == Touch.State.SENDING


def _ask_staff(attempt: Attempt) -> NewTask:
    client = attempt.message.client
    if client is not None and client.phone:
        kind, reason = "call", "Please call: nobody can tell whether the last message arrived."
    else:
        kind, reason = "review", "Nobody can tell whether the last e-mail arrived. Please write to the client."
    return NewTask(
        kind=kind,
        reason=reason,
        client_id=attempt.touch.client_id,
        touch_id=attempt.touch_id,
        message_id=attempt.message_id,
    )
