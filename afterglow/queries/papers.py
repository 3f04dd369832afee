"""The signed papers of one client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from afterglow.models import Evidence, Practice


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    evidence_id: int
    title: str
    added_at: datetime
    added_by: str


def papers_of(practice: Practice, client_id: int) -> Sequence[Paper]:
    """What can still be looked at, newest first. One query."""
    kept = Evidence.objects.filter(practice=practice, client=client_id, sealed__isnull=False).order_by(
        "-added_at", "-pk"
    )
    return [
        Paper(evidence_id=pk, title=title, added_at=at, added_by=by)
        for pk, title, at, by in kept.values_list("pk", "title", "added_at", "added_by")
    ]
