"""Look again at messages that were waiting, because something has changed for their clients or for everybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest

from afterglow.models import Touch


def release_touches(*, practice_id: int, client_ids: Iterable[int], now: datetime) -> None:
    """What was waiting for these clients is decided anew, at its own time or now. Inside a practice scope."""
    _release(_waiting(practice_id).filter(client_id__among=client_ids), now)


def release_waiting(*, practice_id: int, until: datetime, now: datetime) -> None:
    """Whatever would be looked at again by then is decided anew, at its own time or now. Inside a practice scope."""
    _release(_waiting(practice_id).filter(due_at__lte=until), now)


def _waiting(practice_id: int) -> QuerySet[Touch]:
    moved = Touch.objects.filter(practice=practice_id, state=Touch.State.PLANNED, due_at__gt=F("planned_at"))
    return moved.exclude(reason="")


def _release(waiting: QuerySet[Touch], now: datetime) -> None:
    waiting.update(due_at=Greatest(F("planned_at"), Value(now)))
