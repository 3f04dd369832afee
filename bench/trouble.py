"""What goes wrong in a real clinic: two schedulers at once, a provider out of order, two thousand due in one second."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bench.at_noon import moved_clock
from bench.crew import idle_workers, wait_for_tick, workers
from bench.crowd import Crowd, gather
from bench.provider import Provider, provider
from bench.rows import Row, say_progress

LATENCY_MS = 50
PRACTICES = 4
MESSAGES = 2_000
OUTAGE_SECONDS = 60
BEFORE_OUTAGE = 300  # messages that are through when it begins
WITHIN = 240.0
CLEAN = "nothing twice, nothing lost"


def measure(*, is_full: bool) -> None:
    """Three rows, each judged by the provider's own log."""
    with tempfile.TemporaryDirectory() as folder:
        for experiment in (_two_schedulers, _burst, _outage):
            with provider(Path(folder), latency_ms=LATENCY_MS) as gateway:
                experiment(gateway)


def _two_schedulers(gateway: Provider) -> None:
    crowd = _gathered(gateway)
    crowd.fall_due()
    with workers(2):
        started = time.perf_counter()
        _work_off(crowd)
        seconds = time.perf_counter() - started
    _row(
        crowd,
        what="two schedulers at the same instant",
        figure=f"all sent after {seconds:.1f} s",
        how=f"{MESSAGES:,} due in {PRACTICES} practices; two workers, each with its own scheduler, start together. "
        "From the start of the programs",
    )


def _burst(gateway: Provider) -> None:
    crowd = _gathered(gateway)
    with idle_workers(2):
        wait_for_tick()  # the worst moment: the next look at what is due is almost five seconds away
        begins_at = moved_clock() + timedelta(seconds=1)
        crowd.fall_due(lambda n: begins_at + timedelta(seconds=n / crowd.size))
        _work_off(crowd)
    seconds = _last_accepted(crowd) - begins_at.timestamp()
    _row(
        crowd,
        what="2,000 due in one second",
        figure=f"all accepted after {seconds:.1f} s",
        how=f"{PRACTICES} practices, two idle workers that nobody wakes: up to 5 s are the scheduler's own. From the "
        "moment the first is due",
    )


def _outage(gateway: Provider) -> None:
    crowd = _gathered(gateway)
    with idle_workers(2):
        wait_for_tick()
        crowd.fall_due()
        crowd.wake()
        crowd.wait_until(BEFORE_OUTAGE, within=WITHIN)
        gateway.fail_for(OUTAGE_SECONDS)
        ends_at = moved_clock().timestamp() + OUTAGE_SECONDS
        say_progress(f"the provider is out of order for {OUTAGE_SECONDS} s …")
        _work_off(crowd)
    rows = crowd.message_rows() / crowd.size
    _row(
        crowd,
        what=f"{OUTAGE_SECONDS} s without the provider",
        figure=f"all sent {_last_accepted(crowd) - ends_at:.0f} s after its end",
        how=f"503 to everything after {BEFORE_OUTAGE} of {MESSAGES:,}; {rows:.3f} message rows a touch, "
        f"{crowd.tasks()} tasks left to people",
    )


def _gathered(gateway: Provider) -> Crowd:
    return gather(gateway, messages=MESSAGES, practices=PRACTICES)


def _work_off(crowd: Crowd) -> None:
    crowd.wait_until(crowd.size, within=WITHIN)
    crowd.wait_until_settled(within=WITHIN)


def _last_accepted(crowd: Crowd) -> float:
    return max(float(record["at"]) for record in crowd.accepted())


def _row(crowd: Crowd, *, what: str, figure: str, how: str) -> None:
    faults: Sequence[str] = crowd.faults()
    for fault in faults[:10]:
        say_progress(f"✗ {fault}")
    say_progress(f"{what}: {figure}; {len(faults)} faults")
    Row(what=what, figure=figure, target=CLEAN, is_met=not faults, how=how).say()
