"""Keep who looked at something private."""

from __future__ import annotations

from datetime import datetime

from afterglow.models import Look
from afterglow.models.scope import practice_scope


def note_look(
    *, practice_id: int, kind: str, by: str, now: datetime, object_id: int | None = None, client_id: int | None = None
) -> None:
    """From now on it can be read who saw this: `kind` is a word such as proof, evidence, export."""
    with practice_scope(practice_id):
        Look.objects.create(practice_id=practice_id, kind=kind, object_id=object_id, client_id=client_id, by=by, at=now)
