"""A practice with messages due, a provider and workers: all real processes on a real database."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from afterglow.jobs import wake
from afterglow.models import Attempt, Message, Touch
from afterglow.models.scope import practice_scope
from bench.at_noon import NOON
from bench.practices import practice_with_due_check_ins
from bench.provider import Provider
from tests.databases import LiveDatabase

GRACE_SECONDS = 6
ROOT = Path(__file__).resolve().parents[2]


class Clinic:
    """What tests do to it, and what they can see: the provider's own log and our own rows."""

    def __init__(self, provider: Provider, environment: dict[str, str], *, clients: int) -> None:
        self.practice_id = practice_with_due_check_ins(clients=clients, config=provider.config, now=NOON)
        self.clients = clients
        self._provider = provider
        self._environment = environment
        self._workers: list[subprocess.Popen[bytes]] = []

    def start_worker(self) -> subprocess.Popen[bytes]:
        """A worker that has something to do at once."""
        wake(self.practice_id)
        worker = subprocess.Popen(
            [sys.executable, "-m", "bench.at_noon", "worker"],
            env=self._environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,  # it ends when we do
        )
        self._workers.append(worker)
        return worker

    def end_workers(self) -> None:
        for worker in self._workers:
            worker.kill()
            worker.communicate()

    def accepted(self) -> list[dict[str, Any]]:
        """What the provider took, by its own log."""
        return self._provider.accepted()

    def now(self) -> float:
        """What the provider's log would say that it is now, in seconds."""
        return time.time() + float(self._environment["SHIFT_SECONDS"])

    def has_accepted(self, count: int) -> Callable[[], bool]:
        return lambda: len(self.accepted()) >= count

    def is_done(self) -> bool:
        """Nothing is due, under way or in doubt."""
        with practice_scope(self.practice_id):
            return not self._open_touches().exists() and not self._open_attempts().exists()

    def in_doubt(self) -> int:
        """Attempts without an outcome."""
        with practice_scope(self.practice_id):
            return self._open_attempts().count()

    def texted_twice(self) -> list[str]:
        """Numbers that the provider has more than one message for: every client here is due exactly one."""
        return [number for number, count in Counter(m["to"] for m in self.accepted()).items() if count > 1]

    def check_ins(self) -> Counter[str]:
        """How many check-ins ended in which state."""
        with practice_scope(self.practice_id):
            return Counter(self._check_ins().values_list("state", flat=True))

    def differences(self) -> list[str]:
        """Where our rows and the provider's log say different things about who was texted, and under which id."""
        with practice_scope(self.practice_id):
            ours = Message.objects.filter(practice=self.practice_id, status=Message.Status.ACCEPTED)
            known = dict(ours.values_list("address", "provider_id"))
        theirs = {m["to"]: m["sid"] for m in self.accepted()}
        return sorted(number for number in known.keys() | theirs.keys() if known.get(number) != theirs.get(number))

    def _check_ins(self) -> QuerySet[Touch]:
        return Touch.objects.filter(practice=self.practice_id, function="check_in").exclude(state=Touch.State.CANCELLED)

    def _open_touches(self) -> QuerySet[Touch]:
        return self._check_ins().filter(state__in=[Touch.State.PLANNED, Touch.State.SENDING])

    def _open_attempts(self) -> QuerySet[Attempt]:
        return Attempt.objects.filter(practice=self.practice_id, state__in=["intent", "unknown"])


@contextmanager
def clinic(live: LiveDatabase, folder: Path, *, clients: int, latency_ms: float) -> Iterator[Clinic]:
    """A practice whose clients each have one check-in due now, and a provider that takes its time."""
    environment = {
        **live.environment,
        "SHIFT_SECONDS": str((NOON - datetime.now(UTC)).total_seconds()),
        "AFTERGLOW_RESOLVE_GRACE": str(GRACE_SECONDS),
    }
    log = folder / "gateway.jsonl"
    options = ["--log", str(log), "--latency-ms", str(latency_ms)]
    command = [sys.executable, "-m", "bench.at_noon", "gateway", *options]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as gateway:
        assert gateway.stdout is not None
        address = json.loads(gateway.stdout.readline())["address"]
        found = Clinic(Provider(address, log), environment, clients=clients)
        try:
            yield found
        finally:
            found.end_workers()
            gateway.terminate()


def wait_until(is_so: Callable[[], bool], *, within: float = 60) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
