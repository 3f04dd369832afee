"""Workers, web, provider and database as real processes, and the hand that kills them."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import psutil

from afterglow.config import embedded
from afterglow.config.cluster import cluster_of
from torture.plan import Plan
from torture.points import POINTS

ROOT = Path(__file__).resolve().parents[1]
Process = subprocess.Popen[bytes]
TARGETS = {"worker": 60, "gateway": 18, "PostgreSQL": 14, "web": 8}  # and how often each is chosen
MOST_PASSES = 12  # a worker dies at one of its first passes of a point
START_WITHIN = 30.0


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything that runs, each kept alive until it is killed and started again after."""

    plan: Plan
    environment: Mapping[str, str]
    data_dir: Path
    log: Path
    said: IO[bytes]  # what the processes write while they are being killed
    gateway_port: int
    web_port: int
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    _workers: dict[int, tuple[Process, str]] = field(default_factory=dict)
    _gateway: Process | None = None
    _web: Process | None = None

    @property
    def total_kills(self) -> int:
        return self.kills.total()

    def look_after(self) -> None:
        """Start again what has died; a worker that died where it was told to counts as a kill."""
        if not embedded.is_running(self.data_dir):
            embedded.start(self.data_dir)
        if self._gateway is None or self._gateway.poll() is not None:
            self._gateway = self._start_gateway()
        if self._web is None or self._web.poll() is not None:
            self._web = self._start("bench.at_noon", "web", str(self.web_port))
        for number in range(self.plan.workers):
            worker, point = self._workers.get(number, (None, ""))
            if worker is not None and worker.poll() is None:
                continue
            if worker is not None and worker.returncode == -signal.SIGKILL and point:
                self.kills[point] += 1
            self._workers[number] = self._start_worker()

    def kill_something(self) -> None:
        """End a process at a moment of its own choosing: mostly a worker, now and then something all depend on."""
        target = self.chance.choices(list(TARGETS), weights=list(TARGETS.values()))[0]
        victim = self._victim(target)
        if victim is not None and psutil.pid_exists(victim):
            os.kill(victim, signal.SIGKILL)
            self.kills[f"{target}, at any moment"] += 1

    def _victim(self, target: str) -> int | None:
        if target == "PostgreSQL":
            return cluster_of(self.data_dir).pid
        if target == "worker":
            number = self.chance.randrange(self.plan.workers)
            worker, _ = self._workers[number]
            self._workers[number] = (worker, "")  # this death is not that of its point
            return worker.pid
        process = self._gateway if target == "gateway" else self._web
        return process.pid if process is not None else None

    def calm_down(self) -> None:
        """From now on nobody dies and the provider behaves: what is left is worked off."""
        self.end()
        self.plan = replace(self.plan, chaos=0.0, kills=0)
        self.look_after()

    def end(self) -> None:
        """End every process, the database excepted."""
        for process in (self._gateway, self._web, *(worker for worker, _ in self._workers.values())):
            if process is not None:
                process.kill()
                process.wait()
        self._workers, self._gateway, self._web = {}, None, None

    def _start_worker(self) -> tuple[Process, str]:
        is_rigged = self.total_kills < self.plan.kills and self.chance.random() < 0.7
        if not is_rigged:
            return self._start("bench.at_noon", "worker"), ""
        least = min(self.kills[point] for point in POINTS)
        point = self.chance.choice([p for p in POINTS if self.kills[p] <= least + 1])
        passes = str(self.chance.randint(1, MOST_PASSES if point.startswith("send") else 2))
        return self._start("bench.at_noon", "worker", point, passes), point

    def _start_gateway(self) -> Process:
        options = {
            "--port": self.gateway_port,
            "--log": self.log,
            "--latency-ms": self.plan.latency_ms,
            "--chaos": self.plan.chaos,
            "--seed": self.chance.randrange(10**6),
        }
        arguments = [str(word) for pair in options.items() for word in pair]
        started = self._start("bench.at_noon", "gateway", *arguments)
        _wait_for_port(self.gateway_port)
        return started

    def _start(self, module: str, *arguments: str) -> Process:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self.said,
        )


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing answers on port {port}")
