"""Put work before a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    is_once: bool = False  # a client is asked about in these words one time only


def open_tasks(*, practice_id: int, tasks: Iterable[NewTask], now: datetime) -> None:
    """Every task as a row. Inside a practice scope."""
    rows = [
        (practice_id, t.client_id, t.visit_id, t.touch_id, t.message_id, t.kind, t.is_urgent, t.reason, now)
        for t in tasks
    ]
    insert_rows(Task, COLUMNS, rows)


def not_asked_before(*, practice_id: int, tasks: Sequence[NewTask]) -> list[NewTask]:
    """These tasks without those that a client has, or had, in the same words and needs only once."""
    once = {(t.client_id, t.reason): t for t in tasks if t.is_once}
    if not once:
        return list(tasks)
    clients, reasons = {client_id for client_id, _ in once}, {reason for _, reason in once}
    known = Task.objects.filter(practice=practice_id, client_id__among=clients, reason__in=reasons)
    asked = set(known.values_list("client_id", "reason"))
    first = {id(task) for words, task in once.items() if words not in asked}
    return [t for t in tasks if not t.is_once or id(t) in first]
