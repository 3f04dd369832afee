"""How fast real worker processes send for several practices, beside a bare HTTP loop against the same provider."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from afterglow.actions.lane import CONCURRENCY
from bench.crew import idle_workers, keep_clear_of_tick
from bench.crowd import Crowd, gather
from bench.database import refresh_statistics
from bench.provider import Provider, plain_rate, provider
from bench.rows import Block, Row, say_progress

MESSAGES = 2_400
ROUNDS = 2
CREWS = ((1, 1), (1, 4), (2, 4), (4, 4))  # workers and practices
LATENCIES = (0, 50)  # milliseconds
LEAST_RATIO = 0.60
LEAST_SLOW_RATE = 800
WITHIN = 60.0
COMPARED = (
    f"Plain: aiohttp on asyncio, with as many requests under way as ours, {CONCURRENCY} for each practice.",
    "The best comparable systems we measured: 346 to 396/s at 0 ms, 68 to 78/s at 50 ms.",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Messages a second: ours, and the bare loop's with as many under way at once."""

    ours: float
    plain: float

    @property
    def ratio(self) -> float:
        return self.ours / self.plain


def measure(*, is_full: bool) -> None:
    """Two rows and the table of workers against latencies."""
    found: dict[tuple[tuple[int, int], int], Measured] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_gateways:
        gateways = {ms: open_gateways.enter_context(provider(Path(folder), latency_ms=ms)) for ms in LATENCIES}
        for workers, practices in CREWS:
            with idle_workers(workers):
                for latency, gateway in gateways.items():
                    say_progress(f"{workers} workers, {practices} practices, {latency} ms …")
                    found[(workers, practices), latency] = _measured(gateway, practices)
    at_once = [found[crew, 0] for crew in CREWS]
    lowest = min(measured.ratio for measured in at_once)
    Row(
        what="worker processes, provider at 0 ms",
        figure=f"{max(m.ours for m in at_once):,.0f}/s; ≥ {lowest:.2f} of plain",
        target=f"≥ {LEAST_RATIO:.2f} of plain",
        is_met=lowest >= LEAST_RATIO,
        how=f"{MESSAGES:,} due check-ins, 1, 2 and 4 idle workers are woken; until the last is sent in our rows. The "
        f"lowest ratio of the table below. Best of {ROUNDS} each, the bare loop in turn",
    ).say()
    slow = found[CREWS[0], LATENCIES[1]]
    Row(
        what=f"one worker process, provider at {LATENCIES[1]} ms",
        figure=f"{slow.ours:,.0f}/s = {slow.ratio:.2f} of plain",
        target=f"≥ {LEAST_SLOW_RATE}/s",
        is_met=slow.ours >= LEAST_SLOW_RATE,
        how=f"the same with one practice, so {CONCURRENCY} messages under way at once; plain does {slow.plain:,.0f}/s",
    ).say()
    Block(title="Messages a second by worker processes, and their share of a bare loop", lines=_table(found)).say()
    Block(title="For comparison", lines=COMPARED).say()


def _measured(gateway: Provider, practices: int) -> Measured:
    ours, plain = [], []
    for number in range(ROUNDS):
        crowd = gather(gateway, messages=MESSAGES, practices=practices)
        ours.append(sending_rate(crowd))
        plain.append(plain_rate(gateway, crowd.accepted(), concurrency=CONCURRENCY * practices))
        say_progress(f"  round {number + 1} of {ROUNDS}: {ours[-1]:,.0f}/s beside {plain[-1]:,.0f}/s")
    return Measured(max(ours), max(plain))


def sending_rate(crowd: Crowd) -> float:
    """Messages a second from the moment idle workers are woken until our rows say that the last one was sent."""
    keep_clear_of_tick()
    crowd.fall_due()
    refresh_statistics()
    started = time.perf_counter()
    crowd.wake()
    crowd.wait_until(crowd.size, within=WITHIN)
    crowd.wait_until_settled(within=WITHIN)
    elapsed = time.perf_counter() - started
    crowd.check_all_sent()
    return crowd.size / elapsed


def _table(found: dict[tuple[tuple[int, int], int], Measured]) -> Sequence[str]:
    lines = [
        "                    provider at 0 ms          provider at 50 ms",
        "workers  practices      ours    plain  share      ours    plain  share",
    ]
    for workers, practices in CREWS:
        cells = (found[(workers, practices), latency] for latency in LATENCIES)
        figures = "".join(f"  {m.ours:8,.0f} {m.plain:8,.0f}   {m.ratio:4.2f}" for m in cells)
        lines.append(f"{workers:7}  {practices:9}{figures}")
    return lines
