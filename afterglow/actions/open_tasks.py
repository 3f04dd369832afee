"""Put work before a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from afterglow.models import Task
from afterglow.models.bulk import insert_rows

COLUMNS = ("practice", "client", "visit", "touch", "message", "kind", "is_urgent", "reason", "opened_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """What to do, and for whom. `kind` is a word the screens group by."""

    kind: str
    reason: str
    is_urgent: bool = False
    client_id: int | None = None
    visit_id: int | None = None
    touch_id: int | None = None
    message_id: int | None = None


def open_tasks(*, practice_id: int, tasks: Iterable[NewTask], now: datetime) -> None:
    """Every task as a row. Inside a practice scope."""
    rows = [
        (practice_id, t.client_id, t.visit_id, t.touch_id, t.message_id, t.kind, t.is_urgent, t.reason, now)
        for t in tasks
    ]
    insert_rows(Task, COLUMNS, rows)
