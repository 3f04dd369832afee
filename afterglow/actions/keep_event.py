"""Keep what arrived, as bytes, before anybody reads it."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

_INSERT = (
    "INSERT INTO afterglow_rawevent "
    "(practice_id, source_id, kind, event_id, query, content_type, body, received_at, fault) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '') ON CONFLICT (practice_id, kind, event_id) DO NOTHING"
)


def keep_event(
    *,
    practice_id: int,
    source_id: int | None = None,  # the booking system it came from; a provider's call comes from none
    kind: str,
    event_id: str,
    body: bytes,
    query: str = "",
    content_type: str = "",
    now: datetime,
) -> bool:
    """Whether this is the first call with its id. Inside a practice scope.

    The database decides, however many arrive at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [practice_id, source_id, kind, event_id, query, content_type, body, now])
        return bool(cursor.rowcount == 1)
