"""The bench's database as one finds it a minute after it was filled."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import make_conninfo

from afterglow.config.database import owner_address


def refresh_statistics() -> None:
    """What autovacuum does by itself within a minute: without it, PostgreSQL plans for tables it believes empty."""
    with psycopg.connect(make_conninfo(**owner_address()), autocommit=True) as connection:
        connection.execute("ANALYZE")
