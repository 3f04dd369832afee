"""A job whose worker died is taken over; a job whose worker was only late is not."""

from __future__ import annotations

import asyncio

import procrastinate
import psycopg
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg.conninfo import make_conninfo

from afterglow.config.worker import retry_stalled
from tests.databases import LiveDatabase


def test_the_job_of_a_dead_worker_is_freed_at_the_second_look(live_database: LiveDatabase) -> None:
    asyncio.run(_look_twice(live_database, comes_back=False))
    assert _states(live_database) == [("todo", 1)]


def test_a_worker_that_was_late_once_keeps_its_job(live_database: LiveDatabase) -> None:
    asyncio.run(_look_twice(live_database, comes_back=True))
    assert _states(live_database) == [("doing", 0)]


async def _look_twice(live: LiveDatabase, *, comes_back: bool) -> None:
    app = procrastinate.App(connector=PsycopgConnector(conninfo=make_conninfo(**live.app), min_size=1))
    async with app.open_async():
        await app.configure_task("serve", lock="practice 7").defer_async(practice_id=7)
        worker_id = await app.job_manager.register_worker()
        await app.job_manager.fetch_job(queues=None, worker_id=worker_id)
        _make_old(live)
        suspects = await retry_stalled(app)
        assert _states(live) == [("doing", 0)]
        if comes_back:
            await app.job_manager.update_heartbeat(worker_id)
        assert await retry_stalled(app, suspects=suspects) == frozenset()


def _make_old(live: LiveDatabase) -> None:
    with psycopg.connect(live.owner_dsn) as connection:
        connection.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")


def _states(live: LiveDatabase) -> list[tuple[str, int]]:
    with psycopg.connect(live.owner_dsn) as connection:
        return connection.execute("SELECT status::text, attempts FROM procrastinate_jobs").fetchall()
