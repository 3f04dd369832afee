"""The watcher: looks at every practice's alarms and tells the owner, apart from the workers and their queue."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Event

import aiohttp
import psycopg
from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import connection, connections

from afterglow.actions.beat import beat
from afterglow.actions.tell_owner import tell_owner
from afterglow.actions.update_alarms import update_alarms
from afterglow.cli.edge import now
from afterglow.config.logs import log
from afterglow.models.across import all_practices

EVERY_SECONDS = 30.0
FIRST_AFTER_SECONDS = 45.0  # the scheduler and the workers are given time to start
ASLEEP_SECONDS = 120.0  # between two looks: the computer slept, and everybody's last sign of life is old
PING_SECONDS = 60.0
PING_WITHIN = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found. `is_blind`: the database did not answer, or a practice could not be looked at."""

    practices: int
    standing: int
    is_blind: bool = False

    @property
    def is_well(self) -> bool:
        return not self.standing and not self.is_blind


def look(*, clock: Callable[[], datetime]) -> Seen:
    """Update the alarms of every practice and tell owners what is new. A practice in trouble stops no other."""
    try:
        ids = all_practices()
        counts = [_look_at(practice_id, clock) for practice_id in ids]
        beat(part="watcher", now=clock())
    except (DatabaseFault, psycopg.Error) as error:
        log("watch.no_database", level=logging.ERROR, error=error)
        return Seen(0, 0, is_blind=True)
    return Seen(len(ids), sum(n for n in counts if n), is_blind=None in counts)


def watch_until_told() -> None:
    """Look every 30 seconds until SIGTERM or SIGINT, and ping while all is well."""
    told = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    told.wait(FIRST_AFTER_SECONDS)
    pinged_at = -PING_SECONDS
    looked_at = now()
    while not told.is_set():
        is_just_awake = (now() - looked_at).total_seconds() > ASLEEP_SECONDS
        looked_at = now()
        if not is_just_awake and _seen().is_well and time.monotonic() - pinged_at >= PING_SECONDS:
            pinged_at = time.monotonic()
            ping()
        connection.close()
        told.wait(EVERY_SECONDS)


def ping() -> None:
    """Tell the service at AFTERGLOW_PING_URL that all is well. It raises the alarm when it hears nothing any more."""
    if settings.PING_URL:
        asyncio.run(_get(settings.PING_URL))


def _seen() -> Seen:
    """A database that was started again leaves dead connections behind: then a second look, with fresh ones."""
    seen = look(clock=now)
    if seen.is_blind:
        connection.close()
        connections["default"].close_pool()  # type: ignore[attr-defined]
        seen = look(clock=now)
    return seen


def _look_at(practice_id: int, clock: Callable[[], datetime]) -> int | None:
    """How many alarms stand; none when that could not be found out."""
    try:
        standing = update_alarms(practice_id=practice_id, now=clock())
        tell_owner(practice_id=practice_id, public_url=settings.SITE_URL, now=clock())
    except (DatabaseFault, psycopg.Error):
        raise
    except Exception as error:
        log("watch.failed", level=logging.ERROR, error=error, practice=practice_id)
        return None
    return standing


async def _get(url: str) -> None:
    try:
        async with aiohttp.ClientSession(timeout=PING_WITHIN, trust_env=True) as session, session.get(url) as answer:
            if answer.status >= 400:
                log("watch.ping_refused", level=logging.ERROR, status=answer.status)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        log("watch.no_ping", level=logging.ERROR, error=error)
