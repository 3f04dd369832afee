"""One worker: it takes jobs until it is told to stop, finishes what it began, and takes over from workers that died."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import django
import procrastinate
from django.conf import settings
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector

from afterglow.config.lifeline import stop_with_parent
from afterglow.config.logs import log
from afterglow.config.memory import settle_memory, take_short_turns
from afterglow.config.queues import CLOCK, HEARING, PRACTICES
from afterglow.config.stopping import stop_soon

HEARTBEAT_SECONDS = 2.0
STALLED_SECONDS = 10.0
LOOK_SECONDS = 3.0
POLL_SECONDS = 2.0  # a freed job sends no notification
DRAIN_SECONDS = 25.0


def run_worker(*, concurrency: int = 4) -> int:
    """Work until SIGTERM or SIGINT, then let running jobs end for up to 25 s. 0, or 1 when something broke."""
    take_short_turns()
    _make_room(concurrency)
    connector = PsycopgConnector(kwargs=connector_params("default"), min_size=2, max_size=concurrency + 8)
    with django_app.replace_connector(connector):
        return asyncio.run(_until_told(concurrency=concurrency))


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


async def _until_told(*, concurrency: int) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # Jobs run on its threads: without one for each of them, the clock would wait on a machine with few cores.
    loop.set_default_executor(ThreadPoolExecutor(concurrency + 2, thread_name_prefix="job"))
    return await _work(concurrency=concurrency, stop=stop)


async def _work(*, concurrency: int, stop: asyncio.Event) -> int:
    async with django_app.open_async():
        take_over = asyncio.create_task(_take_over_forever())
        told = asyncio.create_task(stop.wait())
        queues = ((PRACTICES, concurrency), (CLOCK, 1), (HEARING, 1))
        work = [asyncio.create_task(_worker(queue, concurrency=number)) for queue, number in queues]
        ended, _ = await asyncio.wait({*work, told}, return_when=asyncio.FIRST_COMPLETED)
        is_told = stop.is_set()
        stop_soon()
        for worker in work:
            worker.cancel()  # it lets its jobs end first
        await asyncio.gather(*work, return_exceptions=True)
        for task in (take_over, told):
            task.cancel()
    if is_told:
        return 0
    log("worker.broke", level=logging.ERROR, error=next(iter(ended)).exception())
    return 1


async def _worker(queue: str, *, concurrency: int) -> None:
    await django_app.run_worker_async(
        concurrency=concurrency,
        queues=[queue],
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        fetch_job_polling_interval=POLL_SECONDS,
        stalled_worker_timeout=STALLED_SECONDS,
        shutdown_graceful_timeout=DRAIN_SECONDS,
        delete_jobs="successful",
        install_signal_handlers=False,
    )


def _make_room(concurrency: int) -> None:
    """A connection for each job, one for what it writes down meanwhile; for the clock, for hearing, for revocations."""
    pool = settings.DATABASES["default"]["OPTIONS"].get("pool")
    if pool:
        pool["max_size"] = max(pool["max_size"], 2 * concurrency + 3)


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
