"""Whose turn it is to serve a practice: a lock that lives as long as the process that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection

_KEY = "hashtextextended('afterglow serves practice ' || %s, 0)"
# A machine that vanished from the network lets go within a minute; on a Unix socket these mean nothing.
_LET_GO = "set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_count', '3', false)"


@contextmanager
def own_turn(practice_id: int) -> Iterator[bool]:
    """Whether this process alone serves the practice until the end of the block.

    PostgreSQL holds the lock for our connection: a killed process lets go at once, one that is merely frozen does not.
    So nobody takes over a practice from a worker that may yet wake up and send. Keep to this thread, and give the
    process a connection of its own to PostgreSQL (no pooler that shares sessions).
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({_KEY}), {_LET_GO}", [str(practice_id)])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with suppress(DatabaseError), connection.cursor() as cursor:  # a lost connection has let go already
                cursor.execute(f"SELECT pg_advisory_unlock({_KEY})", [str(practice_id)])
