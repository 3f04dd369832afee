"""Keep what arrived, as bytes, before anybody reads it."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from afterglow.models.scope import practice_scope

_INSERT = (
    "INSERT INTO afterglow_rawevent (practice_id, source_id, kind, event_id, body, received_at, fault) "
    "VALUES (%s, %s, %s, %s, %s, %s, '') ON CONFLICT (practice_id, kind, event_id) DO NOTHING"
)


def keep_event(*, practice_id: int, source_id: int, kind: str, event_id: str, body: bytes, now: datetime) -> bool:
    """Whether this is the first call with its id. The database decides, however many arrive at once."""
    with practice_scope(practice_id), connection.cursor() as cursor:
        cursor.execute(_INSERT, [practice_id, source_id, kind, event_id, body, now])
        return bool(cursor.rowcount == 1)
