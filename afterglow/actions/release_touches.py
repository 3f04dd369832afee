"""Look again at messages that were waiting, because something has changed for their clients."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Value
from django.db.models.functions import Greatest

from afterglow.models import Touch


def release_touches(*, practice_id: int, client_ids: Iterable[int], now: datetime) -> None:
    """What was waiting for these clients is decided anew, at its own time or now. Inside a practice scope."""
    waiting = Touch.objects.filter(
        practice=practice_id, client_id__among=client_ids, state=Touch.State.PLANNED, due_at__gt=F("planned_at")
    ).exclude(reason="")
    waiting.update(due_at=Greatest(F("planned_at"), Value(now)))
