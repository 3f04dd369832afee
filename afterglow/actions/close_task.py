"""Somebody did what a task asked for, or took that back."""

from __future__ import annotations

from datetime import datetime

from afterglow.models import Task
from afterglow.models.scope import practice_scope


def close_task(*, practice_id: int, task_id: int, outcome: str, by: str, now: datetime) -> bool:
    """Whether the task was open until now. Its outcome stays on the client's line of time."""
    with practice_scope(practice_id):
        is_open = Task.objects.filter(practice=practice_id, pk=task_id, closed_at=None)
        return is_open.update(closed_at=now, closed_by=by, outcome=outcome) == 1


def reopen_task(*, practice_id: int, task_id: int) -> bool:
    """Whether a closed task is open again, waiting since it was first opened."""
    with practice_scope(practice_id):
        closed = Task.objects.filter(practice=practice_id, pk=task_id).exclude(closed_at=None)
        return closed.update(closed_at=None, closed_by="", outcome="") == 1
