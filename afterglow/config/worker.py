"""One worker: it takes jobs until it is told to stop, finishes what it began, and takes over from workers that died."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress

import django
import procrastinate
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector

from afterglow.config.lifeline import stop_with_parent
from afterglow.config.logs import log
from afterglow.config.memory import settle_memory
from afterglow.config.stopping import stop_soon

HEARTBEAT_SECONDS = 2.0
STALLED_SECONDS = 10.0
LOOK_SECONDS = 3.0
POLL_SECONDS = 2.0  # a freed job sends no notification
DRAIN_SECONDS = 25.0


def run_worker(*, concurrency: int = 4, queues: list[str] | None = None) -> int:
    """Work until SIGTERM or SIGINT, then let running jobs end for up to 25 s. 0, or 1 when something broke."""
    connector = PsycopgConnector(kwargs=connector_params("default"), min_size=2, max_size=concurrency + 4)
    with django_app.replace_connector(connector):
        return asyncio.run(_until_told(concurrency=concurrency, queues=queues))


async def retry_stalled(app: procrastinate.App, *, suspects: frozenset[int] = frozenset()) -> frozenset[int]:
    """Free the jobs of workers without a heartbeat, if they were `suspects` already; the suspects of the next look.

    Twice, because after an outage of the database or the sleep of a computer every heartbeat is old once.
    """
    stalled = {
        job.id: job
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS)
        if job.id is not None
    }
    for job_id in stalled.keys() & suspects:
        with suppress(ConnectorException):  # another worker freed it first
            await app.job_manager.retry_job(stalled[job_id])
            log("job.taken_over", job=job_id, task=stalled[job_id].task_name)
    return frozenset(stalled.keys() - suspects)


async def _until_told(*, concurrency: int, queues: list[str] | None) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return await _work(concurrency=concurrency, queues=queues, stop=stop)


async def _work(*, concurrency: int, queues: list[str] | None, stop: asyncio.Event) -> int:
    async with django_app.open_async():
        take_over = asyncio.create_task(_take_over_forever())
        work = asyncio.create_task(_worker(concurrency=concurrency, queues=queues))
        told = asyncio.create_task(stop.wait())
        await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
        is_told = stop.is_set()
        stop_soon()
        work.cancel()  # it lets its jobs end first
        ended = (await asyncio.gather(work, return_exceptions=True))[0]
        for task in (take_over, told):
            task.cancel()
    if is_told:
        return 0
    log("worker.broke", level=logging.ERROR, error=ended)
    return 1


async def _worker(*, concurrency: int, queues: list[str] | None) -> None:
    await django_app.run_worker_async(
        concurrency=concurrency,
        queues=queues,  # type: ignore[arg-type]  # None is every queue
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        fetch_job_polling_interval=POLL_SECONDS,
        stalled_worker_timeout=STALLED_SECONDS,
        shutdown_graceful_timeout=DRAIN_SECONDS,
        delete_jobs="successful",
        install_signal_handlers=False,
    )


async def _take_over_forever() -> None:
    suspects: frozenset[int] = frozenset()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            suspects = await retry_stalled(django_app, suspects=suspects)
        except ConnectorException as error:  # the worker itself notices and stops; until then, look again
            log("worker.cannot_look", error=error)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "afterglow.config.settings")
    django.setup()
    settle_memory()
    stop_with_parent()
    sys.exit(run_worker(concurrency=int(sys.argv[1])))
