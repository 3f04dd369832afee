"""Practices whose accounts are slow do not keep a worker from the others, nor from looking at the clock."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from afterglow.jobs import wake
from afterglow.models import Heartbeat, Touch
from afterglow.models.scope import practice_scope
from bench.at_noon import NOON
from bench.practices import practice_with_due_check_ins
from bench.provider import Provider
from tests.databases import LiveDatabase
from tests.jobs.clinic import ROOT, wait_until
from tests.jobs.hurried_worker import HANDS

PRACTICES = 3 * HANDS
CLIENTS = 60  # a minute's work for each of them


def test_more_slow_practices_than_hands_all_get_their_turn_and_the_clock_is_heard(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    environment = {**live_database.environment, "SHIFT_SECONDS": str((NOON - datetime.now(UTC)).total_seconds())}
    with _provider(environment, tmp_path / "gateway.jsonl") as provider:
        config = {**provider.config, "segments_per_second": "1"}
        practices = [
            practice_with_due_check_ins(clients=CLIENTS, config=config, now=NOON, skip=number * CLIENTS)
            for number in range(PRACTICES)
        ]
        for practice_id in practices:
            wake(practice_id)
        with _worker(environment):
            wait_until(lambda: _has_ticked(since=NOON))
            wait_until(lambda: all(_sent(practice_id) for practice_id in practices))
            busy_at = _last_tick()
            wait_until(lambda: _has_ticked(since=busy_at))
            left = sum(CLIENTS - _sent(practice_id) for practice_id in practices)
            assert left > PRACTICES * CLIENTS / 2, "they had little to do any more: this test shows nothing"


def _sent(practice_id: int) -> int:
    with practice_scope(practice_id):
        return Touch.objects.filter(practice=practice_id, state=Touch.State.SENT).count()


def _last_tick() -> datetime:
    return Heartbeat.objects.get(part="scheduler").at


def _has_ticked(*, since: datetime) -> bool:
    return Heartbeat.objects.filter(part="scheduler", at__gt=since).exists()


@contextmanager
def _provider(environment: dict[str, str], log: Path) -> Iterator[Provider]:
    command = [sys.executable, "-m", "bench.at_noon", "gateway", "--log", str(log)]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as gateway:
        assert gateway.stdout is not None
        try:
            yield Provider(json.loads(gateway.stdout.readline())["address"], log)
        finally:
            gateway.terminate()


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.jobs.hurried_worker"]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE) as worker:
        try:
            yield
        finally:
            worker.kill()
