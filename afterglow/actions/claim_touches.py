"""Decide what is due and commit the intent to send it, in one transaction."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from afterglow.actions.due_touches import Due, DueBatch, load_due
from afterglow.actions.intents import Draft, Intent, commit_intents
from afterglow.actions.open_tasks import NewTask, not_asked_before, open_tasks
from afterglow.actions.stop_touches import BY_HAND
from afterglow.actions.word_messages import Desk, word_message
from afterglow.channels.contract import OutgoingMessage
from afterglow.config.logs import log
from afterglow.models import Attempt, Touch, Visit
from afterglow.models.bulk import Row, update_rows
from afterglow.models.scope import practice_scope
from afterglow.rules.decisions import Decision, Send, Skip, Task, Wait
from afterglow.rules.facts import Channel, ClientFacts, Hold, PracticeFacts
from afterglow.rules.hours import closes_after
from afterglow.rules.lawful_basis import basis_of
from afterglow.rules.outages import PROBED_WITHIN, PROBES
from afterglow.rules.planning import AFTER_CHECK_IN
from afterglow.rules.sending import decide_due
from afterglow.rules.wording import Held

LEAST_WAIT = timedelta(seconds=1)  # a touch is looked at once in a moment, whatever its rules say
AFTER_A_BUG = timedelta(hours=1)
NO_HOLDS: Mapping[Channel, Hold] = {}
TOUCH_UPDATE = ("id", "state", "reason", "due_at", "ended_at")


@dataclass(frozen=True, slots=True)
class Claim:
    claimed: int
    intents: Sequence[Intent]

    @property
    def is_probing(self) -> bool:
        return any(intent.is_probe for intent in self.intents)


def claim_touches(
    *,
    practice_id: int,
    channels: frozenset[Channel],
    now: datetime,
    public_url: str,
    limit: int,
    holds: Mapping[Channel, Hold] = NO_HOLDS,
) -> Claim:
    """Decide a batch of due touches; what may go out is committed as intents, the rest with its reason.

    `holds` are the accounts out of order. When one is to be tried again a few messages go out by it, no more.
    """
    with practice_scope(practice_id):
        batch = load_due(practice_id=practice_id, channels=channels, holds=holds, now=now, limit=limit)
        if batch is None:
            return Claim(0, ())
        desk = Desk(practice_id=practice_id, practice=batch.practice, public_url=public_url, now=now)
        sheet = _Sheet(desk, batch, batch.practice)
        for client_id in batch.by_client:
            sheet.decide(client_id)
        return Claim(batch.count, sheet.write())


_Messages = list[tuple[Channel, OutgoingMessage]]


@dataclass(slots=True)
class _Sheet:
    """The rows that the decisions of a batch become."""

    desk: Desk
    batch: DueBatch
    practice: PracticeFacts  # as the next client finds it: an account that is being tried is shut to the others
    updates: list[Row] = field(default_factory=list)
    promoted: list[Row] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    probes: Counter[Channel] = field(default_factory=Counter)
    to_number: Counter[str] = field(default_factory=Counter)  # who shares a number shares its cap, in one batch too

    def decide(self, client_id: int) -> None:
        """A decision for each touch of this client. A bug in one client's case is put off and stops nobody else."""
        touches = self._not_stopped(self.batch.by_client[client_id])
        try:
            decided = self._decided(client_id, touches)
        except Exception as error:
            log("touch.failed", level=logging.ERROR, error=error, practice=self.desk.practice_id, client=client_id)
            reason = f"it could not be decided ({type(error).__name__}); next try in an hour"
            decided = [(due, Wait(self.desk.now + AFTER_A_BUG, reason), []) for due in touches]
        for due, decision, messages in decided:
            self._carry_out(due, decision, messages)

    def _not_stopped(self, touches: Sequence[Due]) -> Sequence[Due]:
        """Without what was on its way when its plan ended, and came back since."""
        going = []
        for due in touches:
            if _is_over(due):
                self._carry_out(due, Skip(due.plan.stopped_reason), [])
            else:
                going.append(due)
        return going

    def _decided(self, client_id: int, touches: Sequence[Due]) -> list[tuple[Due, Decision, _Messages]]:
        by_id = {str(due.touch.pk): due for due in touches}
        decisions = decide_due(
            [due.facts for due in touches],
            client=self._as_others_leave_them(client_id),
            practice=self.practice,
            book=self.batch.book,
            now=self.desk.now,
        )
        return [(by_id[facts.id], *self._worded(by_id[facts.id], decision)) for facts, decision in decisions]

    def _as_others_leave_them(self, client_id: int) -> ClientFacts:
        client, phone = self.batch.clients[client_id], self.batch.by_client[client_id][0].person.phone
        more = self.to_number[phone]
        return (
            replace(client, texts_to_number_at=client.texts_to_number_at + (self.desk.now,) * more) if more else client
        )

    def _worded(self, due: Due, decision: Decision) -> tuple[Decision, _Messages]:
        """Every text is filled in first: a message that cannot be worded is held as a whole."""
        messages: _Messages = []
        for channel in decision.channels if isinstance(decision, Send) else ():
            text = word_message(self.desk, due, channel, expires_at=self._expires_at(due, channel))
            if isinstance(text, Held):
                task = Task("held", f"A message could not be worded: {text.reason}.")
                return Skip(f"held: {text.reason}", task), []
            messages.append((channel, text))
        return decision, messages

    def _expires_at(self, due: Due, channel: Channel) -> datetime:
        """When it must die in a queue: at its own end, or before the doors close; a letter box has no doors."""
        if channel is Channel.EMAIL:
            return due.touch.valid_until
        recipient = self.batch.clients[due.touch.client_id].recipient
        closes_at = closes_after(
            at=self.desk.now,
            practice=self.practice,
            recipient=recipient,
            channel=channel,
            purpose=due.facts.step.purpose,
        )
        return min(due.touch.valid_until, closes_at) if closes_at is not None else due.touch.valid_until

    def _carry_out(self, due: Due, decision: Decision, messages: _Messages) -> None:
        touch = due.touch
        match decision:
            case Wait(until=until, reason=reason):
                again_at = max(until, self.desk.now + LEAST_WAIT)
                self.updates.append((touch.pk, Touch.State.PLANNED.value, reason, again_at, None))
            case Skip(reason=reason, task=task, end=end):
                state = Touch.State(end.value)
                self.updates.append((touch.pk, state.value, reason, touch.due_at, self.desk.now))
                if task is not None:
                    self.tasks.append(_task(due, task))
            case Send(reason=reason):
                state = self._begin(due, messages)
                self.updates.append((touch.pk, state.value, reason, touch.due_at, self.desk.now))

    def _begin(self, due: Due, messages: _Messages) -> Touch.State:
        """Queue what has not left yet. If the first channel was used by an earlier try, that call decides the touch."""
        touch_id = due.touch.pk
        self.to_number[due.person.phone] += sum(channel is not Channel.EMAIL for channel, _ in messages)
        for position, (channel, message) in enumerate(messages):
            if (touch_id, channel.value) not in self.batch.earlier.live:
                self.drafts.append(self._draft(due, channel, message, is_primary=position == 0))
                if channel in self.batch.practice.holds:
                    self._count_probe(channel)
        earlier = self.batch.earlier.live.get((touch_id, messages[0][0].value))
        if earlier is None:
            return Touch.State.SENDING
        self.promoted.append((earlier.pk, True))
        return Touch.State.SENT if earlier.state == Attempt.State.ACCEPTED.value else Touch.State.SENDING

    def _draft(self, due: Due, channel: Channel, message: OutgoingMessage, *, is_primary: bool) -> Draft:
        client = self.batch.clients[due.touch.client_id]
        return Draft(
            touch_id=due.touch.pk,
            client_id=due.touch.client_id,
            channel=channel,
            is_primary=is_primary,
            outgoing=message,
            valid_until=due.touch.valid_until,
            basis=basis_of(self.practice, client, channel, due.facts.step.purpose),
            is_probe=channel in self.batch.practice.holds,
        )

    def _count_probe(self, channel: Channel) -> None:
        """After the last probe everybody else waits for what the probes find."""
        self.probes[channel] += 1
        if self.probes[channel] == PROBES:
            hold = replace(self.practice.holds[channel], retry_at=self.desk.now + PROBED_WITHIN)
            self.practice = replace(self.practice, holds={**self.practice.holds, channel: hold})

    def write(self) -> list[Intent]:
        """Write decisions, messages and attempts; returns what is to be handed over once this is committed."""
        practice_id, now = self.desk.practice_id, self.desk.now
        update_rows(Touch, TOUCH_UPDATE, self.updates)
        update_rows(Attempt, ("id", "is_primary"), self.promoted)
        tasks = not_asked_before(practice_id=practice_id, tasks=self.tasks)
        open_tasks(practice_id=practice_id, tasks=tasks, now=now)
        return commit_intents(practice_id=practice_id, drafts=self.drafts, now=now)


def _is_over(due: Due) -> bool:
    """Whether a touch ended with its plan: by a person, by a later visit, or because there was no visit after all.

    The check-in of a corrected visit goes on: the visit's new plan left it to this one.
    """
    reason = due.plan.stopped_reason
    if not reason or reason.startswith(BY_HAND):
        return bool(reason)
    return due.plan.visit__status != Visit.Status.COMPLETED or due.touch.function in AFTER_CHECK_IN


def _task(due: Due, task: Task) -> NewTask:
    return NewTask(
        kind=task.kind,
        reason=task.reason,
        is_urgent=task.is_urgent,
        is_once=task.is_once,
        client_id=due.touch.client_id,
        visit_id=due.plan.visit_id,
        touch_id=due.touch.pk,
    )
