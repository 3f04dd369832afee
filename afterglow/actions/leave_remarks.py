"""Leave a line of why on a client's line of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from afterglow.models import Remark
from afterglow.models.bulk import insert_rows

COLUMNS = ("practice", "client", "plan", "at", "text", "by")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRemark:
    """What changed for a client. `by` is empty when nobody of staff did it."""

    client_id: int
    text: str
    plan_id: int | None = None
    by: str = ""


def leave_remarks(*, practice_id: int, remarks: Iterable[NewRemark], now: datetime) -> None:
    """Every remark as a row. Inside a practice scope."""
    insert_rows(Remark, COLUMNS, [(practice_id, r.client_id, r.plan_id, now, r.text, r.by) for r in remarks])
