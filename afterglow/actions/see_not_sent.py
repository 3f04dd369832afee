"""Somebody has seen which messages were not sent, or takes that back."""

from __future__ import annotations

from datetime import datetime

from afterglow.models import Task
from afterglow.models.scope import practice_scope
from afterglow.models.work import NOT_SENT_SEEN


def see_not_sent(*, practice_id: int, count: int, until: datetime, by: str, now: datetime) -> int:
    """Those up to this moment leave Today; the id of the row that remembers who has seen them."""
    with practice_scope(practice_id):
        task = Task.objects.create(
            practice_id=practice_id,
            kind=NOT_SENT_SEEN,
            reason=f"Messages that were not sent: {count}",
            opened_at=until,
            closed_at=now,
            closed_by=by,
            outcome="seen",
        )
        return task.pk


def unsee_not_sent(*, practice_id: int, task_id: int) -> bool:
    """Whether they are on Today again."""
    with practice_scope(practice_id):
        deleted, _ = Task.objects.filter(practice=practice_id, pk=task_id, kind=NOT_SENT_SEEN, client=None).delete()
        return deleted == 1
