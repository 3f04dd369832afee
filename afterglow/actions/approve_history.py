"""Let an imported history speak: only steps still ahead, and only so many a day."""

from __future__ import annotations

from datetime import datetime

from afterglow.actions.desk import open_desk
from afterglow.actions.plan_visits import plan_visits
from afterglow.models import ImportBatch, Visit
from afterglow.models.scope import practice_scope
from afterglow.rules.drip import Backlog

CHUNK = 2_000


def approve_history(*, practice_id: int, by: str, now: datetime, batch_id: int | None = None) -> dict[str, int]:
    """Plan the silent visits of one import (or of all); returns how many ended with which coverage.

    Their messages leave at the practice's daily drip, each on its own day or the next with room in its window.
    """
    with practice_scope(practice_id):
        desk = open_desk(practice_id, now=now)
        silent = Visit.objects.filter(practice=practice_id, coverage=Visit.Coverage.HISTORY)
        batches = ImportBatch.objects.filter(practice=practice_id, history_approved_at=None)
        if batch_id is not None:
            silent, batches = silent.filter(batch=batch_id), batches.filter(pk=batch_id)
        ids = list(silent.order_by("ended_at").values_list("pk", flat=True))
        backlog = Backlog(per_day=desk.practice.history_per_day)
        total: dict[str, int] = {}
        for start in range(0, len(ids), CHUNK):
            for word, count in plan_visits(desk, ids[start : start + CHUNK], is_history=True, backlog=backlog).items():
                total[word] = total.get(word, 0) + count
        batches.update(history_approved_at=now, history_approved_by=by)
        return total
