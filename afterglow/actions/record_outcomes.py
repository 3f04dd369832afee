"""Write down what the providers answered, and what that means for each touch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from afterglow.actions.claim_touches import Intent
from afterglow.actions.hand_over import TOO_LATE
from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.channels.contract import REFUSALS, RETRYABLE, Accepted, Outcome, Refused, Unknown
from afterglow.config.logs import log
from afterglow.models import Attempt, Consent, Message, Touch
from afterglow.models.bulk import Row, settle_rows, update_rows
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Purpose

RETRY_AFTER = timedelta(minutes=2)
RETRY_OURS_AFTER = timedelta(seconds=5)  # the delay was ours, and the provider was not even asked
ATTEMPT_UPDATE = ("id", "state", "finished_at", "provider_id", "code", "detail")
TOUCH_UPDATE = ("id", "state", "reason", "due_at", "ended_at")
MESSAGE_UPDATE = ("id", "status", "provider_id")
TEXT_PURPOSES = (
    (Channel.SMS, Purpose.CARE),
    (Channel.SMS, Purpose.APPOINTMENT),
    (Channel.SMS, Purpose.MARKETING),
    (Channel.VOICE, Purpose.VOICE),
)


def record_outcomes(*, practice_id: int, outcomes: Sequence[tuple[Intent, Outcome]], now: datetime) -> None:
    """Accepted: sent. Refused: tried again later where that is safe, else failed with a task. Unknown: asked later.

    An answer that comes after `resolve_unknown` has settled its attempt changes nothing that was settled.
    """
    if not outcomes:
        return
    with practice_scope(practice_id):
        settled = settle_rows(
            Attempt, ATTEMPT_UPDATE, [_attempt_row(i, o, now) for i, o in outcomes], former=Attempt.State.INTENT.value
        )
        sheet = _Sheet(practice_id, now)
        for intent, outcome in outcomes:
            if intent.attempt_id in settled:
                sheet.enter(intent, outcome)
            elif isinstance(outcome, Accepted):
                _record_late(practice_id, intent, outcome, now)
        sheet.write()


def revoke_number(*, practice_id: int, phone: str, source: str, evidence: str, now: datetime) -> None:
    """From this moment no automated text or call goes to this number, whoever shares it. Inside a practice scope."""
    Consent.objects.bulk_create(
        Consent(
            practice_id=practice_id,
            client=None,
            address=phone,
            channel=channel.value,
            purpose=purpose.value,
            status=Consent.Status.REVOKED,
            evidence=evidence,
            source=source,
            at=now,
        )
        for channel, purpose in TEXT_PURPOSES
    )


def _attempt_row(intent: Intent, outcome: Outcome, now: datetime) -> Row:
    match outcome:
        case Accepted(provider_id=provider_id):
            return (intent.attempt_id, Attempt.State.ACCEPTED.value, now, provider_id, "", "")
        case Unknown(detail=detail):
            return (intent.attempt_id, Attempt.State.UNKNOWN.value, None, "", "", detail)
        case Refused(code=code, detail=detail):
            return (intent.attempt_id, Attempt.State.REFUSED.value, now, "", code, detail)


@dataclass(slots=True)
class _Sheet:
    """What a batch of outcomes does to messages and touches."""

    practice_id: int
    now: datetime
    messages: list[Row] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)

    def enter(self, intent: Intent, outcome: Outcome) -> None:
        match outcome:
            case Accepted(provider_id=provider_id):
                self.messages.append((intent.message_id, Message.Status.ACCEPTED.value, provider_id))
                if intent.is_primary:
                    self.sent.append(intent.touch_id)
            case Unknown():
                self.messages.append((intent.message_id, Message.Status.UNKNOWN.value, ""))
            case Refused():
                self.messages.append((intent.message_id, Message.Status.FAILED.value, ""))
                self._refused(intent, outcome)

    def _refused(self, intent: Intent, refusal: Refused) -> None:
        if refusal.kind == "opted_out":
            self.revoked.append(intent.outgoing.to)
        if not intent.is_primary:
            return
        reason = REFUSALS[refusal.kind]
        if refusal.kind in RETRYABLE:
            wait = RETRY_OURS_AFTER if refusal == TOO_LATE else RETRY_AFTER
            again = f"{reason}; next try in {_spoken(wait)}"
            self.ended.append((intent.touch_id, Touch.State.PLANNED.value, again, self.now + wait, None))
            return
        self.ended.append((intent.touch_id, Touch.State.FAILED.value, reason, self.now, self.now))
        self.tasks.append(_task(intent, reason))

    def write(self) -> None:
        update_rows(Message, MESSAGE_UPDATE, self.messages)
        sending = Touch.objects.filter(practice=self.practice_id, state=Touch.State.SENDING)
        sending.filter(pk__in=self.sent).update(state=Touch.State.SENT, ended_at=self.now)
        settle_rows(Touch, TOUCH_UPDATE, self.ended, former=Touch.State.SENDING.value)
        open_tasks(practice_id=self.practice_id, tasks=self.tasks, now=self.now)
        for phone in self.revoked:
            revoke_number(
                practice_id=self.practice_id,
                phone=phone,
                source="provider",
                evidence="the provider's notice",
                now=self.now,
            )


def _record_late(practice_id: int, intent: Intent, outcome: Accepted, now: datetime) -> None:
    """It was called lost, and arrived after all: if it is not yet being sent again, it never will be."""
    again = Touch.objects.filter(practice=practice_id, pk=intent.touch_id, state=Touch.State.PLANNED)
    if not again.update(state=Touch.State.SENT, reason="it arrived after all", ended_at=now):
        log("attempt.late", level=logging.ERROR, attempt=intent.attempt_id, touch=intent.touch_id)
        return
    update_rows(
        Attempt,
        ("id", "state", "finished_at", "provider_id"),
        [(intent.attempt_id, Attempt.State.ACCEPTED.value, now, outcome.provider_id)],
    )
    update_rows(Message, MESSAGE_UPDATE, [(intent.message_id, Message.Status.ACCEPTED.value, outcome.provider_id)])


def _spoken(wait: timedelta) -> str:
    return f"{wait.seconds // 60} minutes" if wait.seconds >= 60 else f"{wait.seconds} seconds"


def _task(intent: Intent, reason: str) -> NewTask:
    return NewTask(
        kind="failed",
        reason=f"A message was not sent: {reason}. Please contact the client another way.",
        client_id=intent.client_id,
        touch_id=intent.touch_id,
        message_id=intent.message_id,
    )
