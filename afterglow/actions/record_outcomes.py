"""Write down what the providers answered, and what that means for each touch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from afterglow.actions.claim_touches import Intent
from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.channels.contract import REFUSALS, RETRYABLE, Accepted, Outcome, Refused, Unknown
from afterglow.models import Attempt, Consent, Message, Touch
from afterglow.models.bulk import Row, update_rows
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Purpose

RETRY_AFTER = timedelta(minutes=2)
ATTEMPT_UPDATE = ("id", "state", "finished_at", "provider_id", "code", "detail")
MESSAGE_UPDATE = ("id", "status", "provider_id")
TEXT_PURPOSES = (
    (Channel.SMS, Purpose.CARE),
    (Channel.SMS, Purpose.APPOINTMENT),
    (Channel.SMS, Purpose.MARKETING),
    (Channel.VOICE, Purpose.VOICE),
)


def record_outcomes(*, practice_id: int, outcomes: Sequence[tuple[Intent, Outcome]], now: datetime) -> None:
    """Accepted: sent. Refused: tried again later where that is safe, else failed with a task. Unknown: asked later."""
    attempts: list[Row] = []
    messages: list[Row] = []
    tasks: list[NewTask] = []
    ended: list[Row] = []
    sent: list[int] = []
    revoked: list[str] = []
    with practice_scope(practice_id):
        for intent, outcome in outcomes:
            match outcome:
                case Accepted(provider_id=provider_id):
                    attempts.append((intent.attempt_id, Attempt.State.ACCEPTED.value, now, provider_id, "", ""))
                    messages.append((intent.message_id, Message.Status.ACCEPTED.value, provider_id))
                    if intent.is_primary:
                        sent.append(intent.touch_id)
                case Unknown(detail=detail):
                    attempts.append((intent.attempt_id, Attempt.State.UNKNOWN.value, None, "", "", detail))
                    messages.append((intent.message_id, Message.Status.UNKNOWN.value, ""))
                case Refused(kind=kind, code=code, detail=detail):
                    attempts.append((intent.attempt_id, Attempt.State.REFUSED.value, now, "", code, detail))
                    messages.append((intent.message_id, Message.Status.FAILED.value, ""))
                    if kind == "opted_out":
                        revoked.append(intent.outgoing.to)
                    if intent.is_primary:
                        ended.append(_after_refusal(intent, kind, now))
                        if kind not in RETRYABLE:
                            tasks.append(_task(intent, kind))
        update_rows(Attempt, ATTEMPT_UPDATE, attempts)
        update_rows(Message, MESSAGE_UPDATE, messages)
        Touch.objects.filter(practice=practice_id, pk__in=sent).update(state=Touch.State.SENT, ended_at=now)
        update_rows(Touch, ("id", "state", "reason", "due_at", "ended_at"), ended)
        open_tasks(practice_id=practice_id, tasks=tasks, now=now)
        for phone in revoked:
            revoke_number(
                practice_id=practice_id, phone=phone, source="provider", evidence="the provider's notice", now=now
            )


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


def _after_refusal(intent: Intent, kind: str, now: datetime) -> tuple[object, ...]:
    reason = REFUSALS[kind]
    if kind in RETRYABLE:
        again_at = now + RETRY_AFTER
        return (
            intent.touch_id,
            Touch.State.PLANNED.value,
            f"{reason}; next try in {RETRY_AFTER.seconds // 60} minutes",
            again_at,
            None,
        )
    return (intent.touch_id, Touch.State.FAILED.value, reason, now, now)


def _task(intent: Intent, kind: str) -> NewTask:
    reason = f"A message was not sent: {REFUSALS[kind]}. Please contact the client another way."
    return NewTask(
        kind="failed",
        reason=reason,
        client_id=intent.client_id,
        touch_id=intent.touch_id,
        message_id=intent.message_id,
    )
