"""Write down how far a message got, as its provider reports it. Reports arrive in any order; an end is final."""

from __future__ import annotations

from datetime import datetime

from afterglow.actions.record_outcomes import revoke_number
from afterglow.channels.contract import REFUSALS
from afterglow.channels.receipts import Delivery, StatusReport
from afterglow.models import Attempt, Message, Task, Touch
from afterglow.models.scope import practice_scope

_STATUSES = {
    Delivery.DELIVERED: Message.Status.DELIVERED,
    Delivery.UNDELIVERED: Message.Status.FAILED,
    Delivery.FAILED: Message.Status.FAILED,
}
_OPEN = (Message.Status.SENDING, Message.Status.ACCEPTED, Message.Status.UNKNOWN)


class NotSentYet(Exception):
    """No message of ours has this provider's id, or not yet: the report overtook the answer to our request."""


def record_delivery(*, practice_id: int, report: StatusReport, now: datetime) -> bool:
    """Whether the report moved the message on. An undelivered one becomes a task, for nobody else will notice."""
    with practice_scope(practice_id):
        message = (
            Message.objects.select_for_update(of=("self",))
            .filter(practice=practice_id, provider_id=report.provider_id, direction=Message.Direction.OUT)
            .first()
        )
        if message is None:
            raise NotSentYet(report.provider_id)
        status = _STATUSES.get(report.status)
        if status is None or message.status not in _OPEN:
            return False
        message.status = status
        message.save(update_fields=["status"])
        if status is Message.Status.FAILED:
            _not_delivered(message, report, now)
        return True


def _not_delivered(message: Message, report: StatusReport, now: datetime) -> None:
    """The touch failed if this was the message that decides it."""
    reason = REFUSALS.get(report.kind, "the phone network did not deliver it")
    attempts = Attempt.objects.filter(practice=message.practice_id, message=message.pk)
    attempts.update(code=report.error_code, detail=reason)
    decided = attempts.filter(is_primary=True).values("touch")
    Touch.objects.filter(practice=message.practice_id, pk__in=decided).update(
        state=Touch.State.FAILED, reason=reason, ended_at=now
    )
    if report.kind == "opted_out":
        revoke_number(
            practice_id=message.practice_id,
            phone=message.address,
            source="provider",
            evidence="the provider's notice",
            now=now,
        )
    Task.objects.create(
        practice_id=message.practice_id,
        client_id=message.client_id,
        touch_id=message.touch_id,
        message=message,
        kind="failed",
        reason=f"A message was not delivered: {reason}. Please contact the client another way.",
        opened_at=now,
    )
