"""Workers as programs of their own, in front of practices that have nothing to do yet."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from bench.provider import ROOT

QUEUES = 2  # each worker process signs on once for each of its queues
TICK_SECONDS = 5
READY_WITHIN = 60.0


@contextmanager
def workers(number: int) -> Iterator[None]:
    """So many workers, all started at the same instant; at the end each finishes what it began."""
    environment = {**os.environ, "AFTERGLOW_APP_DATABASE_URL": make_conninfo(**settings.APP_DATABASE)}
    command = [sys.executable, "-m", "bench.at_noon", "worker"]
    started = [subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE) for _ in range(number)]
    try:
        yield
    finally:
        for worker in started:
            worker.terminate()
        for worker in started:
            worker.wait()


@contextmanager
def idle_workers(number: int) -> Iterator[None]:
    """So many workers that are awake and wait for work."""
    with workers(number):
        deadline = time.monotonic() + READY_WITHIN
        while _signed_on() < number:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{_signed_on()} of {number} workers are ready")
            time.sleep(0.1)
        yield


def wait_for_tick() -> None:
    """Return just after a tick."""
    now = time.time()
    time.sleep(TICK_SECONDS - now % TICK_SECONDS + 0.5)


def keep_clear_of_tick() -> None:
    """Return when the next tick is far enough away: until then, nobody is woken but by us."""
    if not TICK_SECONDS * 0.05 < time.time() % TICK_SECONDS < TICK_SECONDS * 0.6:
        wait_for_tick()


def _signed_on() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_workers")
        return int(cursor.fetchone()[0]) // QUEUES
