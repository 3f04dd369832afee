"""How fast due messages leave: decided, worded, committed, accepted and written down, beside a bare HTTP loop."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from afterglow.actions.lane import CONCURRENCY
from afterglow.actions.open_senders import open_senders
from afterglow.actions.send_touches import send_touches
from afterglow.models import Touch
from afterglow.models.scope import practice_scope
from bench.at_noon import NOON
from bench.database import refresh_statistics
from bench.practices import practice_with_due_check_ins
from bench.provider import Provider, plain_rate, provider
from bench.rows import Row, say_progress

ROUNDS = 3
MESSAGES = 4_000
LEAST_RATIO = 0.60
SLOW_MS = 50
LEAST_SLOW_RATE = 800


def measure(*, is_full: bool) -> None:
    """Two rows: against a provider that answers at once, and one that takes its time as real ones do."""
    with tempfile.TemporaryDirectory() as folder:
        with provider(Path(folder), latency_ms=0) as fast:
            _beside_plain_loop(fast)
        with provider(Path(folder), latency_ms=SLOW_MS) as slow:
            _against_a_slow_one(slow)


def _beside_plain_loop(fast: Provider) -> None:
    ours, plain = [], []
    for number in range(ROUNDS):
        ours.append(_our_rate(fast))
        plain.append(plain_rate(fast, fast.accepted()[-MESSAGES:], concurrency=CONCURRENCY))
        say_progress(f"dispatch, round {number + 1} of {ROUNDS}: {ours[-1]:,.0f}/s beside {plain[-1]:,.0f}/s")
    ratio = max(ours) / max(plain)
    Row(
        what="dispatch, provider at 0 ms",
        figure=f"{max(ours):,.0f}/s = {ratio:.2f} of plain",
        target=f"≥ {LEAST_RATIO:.2f} of plain",
        is_met=ratio >= LEAST_RATIO,
        how=f"{MESSAGES:,} due check-ins, one worker loop, {CONCURRENCY} at once; due → decided, worded, committed, "
        f"HTTP 201, result committed. Plain: aiohttp posting the same bodies to the same process, {max(plain):,.0f}/s. "
        f"Best of {ROUNDS} each, in turn",
    ).say()


def _against_a_slow_one(slow: Provider) -> None:
    ours, plain = [], []
    for number in range(ROUNDS):
        ours.append(_our_rate(slow))
        plain.append(plain_rate(slow, slow.accepted()[-MESSAGES // 2 :], concurrency=CONCURRENCY))
        figures = f"{ours[-1]:,.0f}/s beside {plain[-1]:,.0f}/s"
        say_progress(f"dispatch at {SLOW_MS} ms, round {number + 1} of {ROUNDS}: {figures}")
    Row(
        what=f"dispatch, provider at {SLOW_MS} ms",
        figure=f"{max(ours):,.0f}/s = {max(ours) / max(plain):.2f} of plain",
        target=f"≥ {LEAST_SLOW_RATE}/s",
        is_met=max(ours) >= LEAST_SLOW_RATE,
        how=f"the same against a provider as slow as real ones; {CONCURRENCY} at once could do "
        f"{CONCURRENCY * 1000 // SLOW_MS:,}/s at most, plain does {max(plain):,.0f}/s. Best of {ROUNDS} each, in turn",
    ).say()


def _our_rate(to: Provider) -> float:
    before = len(to.accepted())
    practice_id = practice_with_due_check_ins(clients=MESSAGES, config=to.config, now=NOON)
    senders = open_senders(practice_id=practice_id)
    refresh_statistics()
    started = time.perf_counter()
    send_touches(practice_id=practice_id, senders=senders, clock=lambda: NOON)
    elapsed = time.perf_counter() - started
    with practice_scope(practice_id):
        sent = Touch.objects.filter(practice=practice_id, state=Touch.State.SENT).count()
    if not len(to.accepted()) - before == sent == MESSAGES:
        raise RuntimeError(f"{sent} touches sent, {len(to.accepted()) - before} accepted, {MESSAGES} expected")
    return MESSAGES / elapsed
