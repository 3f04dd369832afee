"""Workers are killed, stopped, frozen and doubled in the middle of sending: nobody is texted twice, nobody is left out.

The judge is the provider's own log, which survives them all.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from django.db import connections

from tests.databases import LiveDatabase
from tests.jobs.clinic import GRACE_SECONDS, Clinic, clinic, wait_until

KILLS = 10


def test_ten_kills_in_the_middle_of_sending_double_nothing_and_lose_nothing(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    chance = random.Random(20261122)
    with clinic(live_database, tmp_path, clients=800, latency_ms=300) as here:
        for _ in range(KILLS):
            before = len(here.accepted())
            worker = here.start_worker()
            wait_until(here.has_accepted(before + 1))
            time.sleep(chance.uniform(0, 0.4))
            worker.kill()
            worker.wait()
        assert here.in_doubt(), "no kill came between a message and its outcome: this test shows nothing"
        here.start_worker()
        wait_until(here.is_done)
        _everybody_has_one_message(here)


def test_a_worker_told_to_stop_leaves_nothing_in_doubt(live_database: LiveDatabase, tmp_path: Path) -> None:
    with clinic(live_database, tmp_path, clients=400, latency_ms=200) as here:
        worker = here.start_worker()
        wait_until(here.has_accepted(1))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
        assert here.in_doubt() == 0
        assert here.differences() == []
        assert len(here.accepted()) < here.clients, "it had finished before it was told: this test shows nothing"
        here.start_worker()
        wait_until(here.is_done)
        _everybody_has_one_message(here)


def test_two_workers_at_once_send_one_message_each(live_database: LiveDatabase, tmp_path: Path) -> None:
    with clinic(live_database, tmp_path, clients=400, latency_ms=50) as here:
        here.start_worker()
        here.start_worker()
        wait_until(here.is_done)
        _everybody_has_one_message(here)


def test_a_frozen_worker_keeps_its_practice_and_finishes_when_it_wakes(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    with clinic(live_database, tmp_path, clients=300, latency_ms=300) as here:
        worker = here.start_worker()
        _freeze(worker, here)
        frozen_at = len(here.accepted())
        here.start_worker()
        time.sleep(GRACE_SECONDS + 2)
        assert len(here.accepted()) == frozen_at, "somebody else took over from a worker that was alive"
        worker.send_signal(signal.SIGCONT)
        wait_until(here.is_done, within=200)
        _everybody_has_one_message(here)


def test_a_frozen_worker_that_lost_its_turn_wakes_up_and_sends_nothing(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    with clinic(live_database, tmp_path, clients=300, latency_ms=300) as here:
        worker = here.start_worker()
        _freeze(worker, here)
        _cut_all_connections(live_database)
        here.start_worker()
        wait_until(here.is_done)
        worker.send_signal(signal.SIGCONT)
        time.sleep(2)
        _everybody_has_one_message(here)


def test_a_database_that_goes_away_for_a_moment_costs_time_only(live_database: LiveDatabase, tmp_path: Path) -> None:
    with clinic(live_database, tmp_path, clients=300, latency_ms=300) as here:
        worker = here.start_worker()
        wait_until(here.has_accepted(20))
        _cut_all_connections(live_database)
        time.sleep(1)
        worker.kill()
        worker.wait()
        here.start_worker()
        wait_until(here.is_done)
        _everybody_has_one_message(here)


def _everybody_has_one_message(here: Clinic) -> None:
    assert here.texted_twice() == []
    assert here.check_ins() == {"sent": here.clients}
    assert len(here.accepted()) == here.clients
    assert here.differences() == []


def _freeze(worker: subprocess.Popen[bytes], here: Clinic) -> None:
    """Stop the process in the middle of a batch, as a paused virtual machine would."""
    wait_until(here.has_accepted(20))
    worker.send_signal(signal.SIGSTOP)
    time.sleep(0.5)  # what was on its way arrives


def _cut_all_connections(live: LiveDatabase) -> None:
    """What a restart of PostgreSQL does to those who use it."""
    connections.close_all()
    with psycopg.connect(live.owner_dsn, autocommit=True) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = %s",
            [live.app["user"]],
        )
