"""The watcher looks at every practice, goes on when one of them cannot be looked at, and pings while all is well."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings
from typer.testing import CliRunner

from afterglow.actions.beat import beat
from afterglow.actions.update_alarms import update_alarms
from afterglow.cli import watch as watch_command
from afterglow.cli import watch_loop
from afterglow.cli.watch_loop import Seen, look
from afterglow.models import Alarm, Heartbeat, Touch
from afterglow.models.scope import practice_scope
from tests.databases import LiveDatabase
from tests.world import NOW, World, build_world

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(db: None) -> World:
    """Two practices with nothing due, and a scheduler that has just been alive."""
    world = build_world()
    for practice_id in (world.practice_id, world.other_practice_id):
        with practice_scope(practice_id):
            Touch.objects.update(due_at=NOW + timedelta(days=1))
    beat(part="scheduler", now=NOW)
    return world


@pytest.fixture
def pings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The addresses that a service for heartbeats was called at."""
    called: list[str] = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return None

    with HTTPServer(("127.0.0.1", 0), Service) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(settings, "PING_URL", f"http://127.0.0.1:{server.server_port}/beat")
        yield called
        server.shutdown()


def once() -> tuple[int, str]:
    answer = CliRunner().invoke(watch_command.command, ["--once"])
    return answer.exit_code, answer.output


def at(monkeypatch: pytest.MonkeyPatch, moment: timedelta = timedelta()) -> None:
    monkeypatch.setattr(watch_command, "now", lambda: NOW + moment)


def test_all_is_well_and_the_service_outside_hears_it(
    world: World, pings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch)

    assert once() == (0, "All is well (2 practices).\n")
    assert pings == ["/beat"]
    assert Heartbeat.objects.get(part="watcher").at == NOW


def test_while_an_alarm_stands_nothing_is_pinged_and_the_exit_code_says_so(
    world: World, pings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, timedelta(minutes=16))

    assert once() == (1, "2 alarms standing. See: afterglow doctor\n")
    assert pings == []


def test_a_practice_that_cannot_be_looked_at_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_for_ours(*, practice_id: int, now: datetime) -> int:
        if practice_id == world.practice_id:
            raise RuntimeError("a bug")
        return update_alarms(practice_id=practice_id, now=now)

    monkeypatch.setattr(watch_loop, "update_alarms", broken_for_ours)

    assert look(clock=lambda: NOW + timedelta(minutes=16)) == Seen(2, 1, is_blind=True)
    with practice_scope(world.other_practice_id):
        assert Alarm.objects.count() == 1


def test_a_database_that_does_not_answer_is_an_alarm_and_no_traceback(tmp_path: Path) -> None:
    answer = watch(
        {
            **os.environ,
            "AFTERGLOW_DATA": str(tmp_path),
            "AFTERGLOW_APP_DATABASE_URL": f"host={tmp_path} dbname=x user=x",
        }
    )

    assert answer.returncode == 1
    assert "The database does not answer" in answer.stderr
    assert "watch.no_database" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_it_needs_no_worker_and_no_owner_of_the_database(live_database: LiveDatabase) -> None:
    build_world()
    answer = watch(live_database.environment)

    assert (answer.returncode, answer.stderr.splitlines()[-1]) == (0, "All is well (2 practices).")


def watch(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from afterglow.cli import main; main()", "watch", "--once"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
