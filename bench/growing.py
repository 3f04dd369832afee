"""Whether messages leave as fast when a million others are planned for later."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from afterglow.models import Touch
from afterglow.models.scope import practice_scope
from bench.at_noon import moved_clock
from bench.crew import idle_workers
from bench.crowd import Crowd, gather, join
from bench.picture import Point, draw_curve
from bench.practices import add_later_plans, open_clinic
from bench.provider import ROOT, Provider, provider
from bench.rows import Block, Row, say_progress
from bench.workers import sending_rate

MESSAGES = 4_000
ROUNDS = 2
PLANNED = (1_000, 10_000, 100_000)
MILLION = 1_000_000
WARM_UP = 400
TOUCHES_A_VISIT = 3
LEAST_SHARE = 0.80
PICTURE = ROOT / "docs" / "pictures" / "dispatch-rate.svg"
WORDS = {1_000: "1k", 10_000: "10k", 100_000: "100k", MILLION: "1M"}


def measure(*, is_full: bool) -> None:
    """One row; with the million, the picture in the documentation is drawn anew."""
    sizes = (*PLANNED, MILLION) if is_full else PLANNED
    with tempfile.TemporaryDirectory() as folder, provider(Path(folder), latency_ms=0) as gateway, idle_workers(1):
        _warm_up(gateway)
        points = [Point(size, WORDS[size], _best_rate(gateway, planned=size)) for size in sizes]
    share = min(point.rate for point in points) / points[0].rate
    Row(
        what=f"dispatch, 1k to {points[-1].word} planned for later",
        figure=f"never below {share:.2f} of the rate at 1k",
        target=f"≥ {LEAST_SHARE:.2f}",
        is_met=share >= LEAST_SHARE,
        how=f"one worker process, {MESSAGES:,} due in a practice with so many other planned touches; provider at 0 ms. "
        f"Best of {ROUNDS} each" + ("" if is_full else "; a million only with --full"),
    ).say()
    Block(
        title="Messages a second by the number of touches planned for later",
        lines=[f"{point.word:>5}  {point.rate:6,.0f}/s" for point in points],
    ).say()
    if is_full:
        PICTURE.write_text(draw_curve(points), encoding="utf-8")


def _best_rate(gateway: Provider, *, planned: int) -> float:
    practice_id = open_clinic(config=gateway.config, now=moved_clock())
    rounds = [join(practice_id, clients=MESSAGES, skip=number * MESSAGES) for number in range(ROUNDS)]
    _drop_later_steps(practice_id, rounds)
    add_later_plans(practice_id, visits=-(-planned // TOUCHES_A_VISIT), now=moved_clock())
    _drop_surplus(practice_id, rounds, planned)
    rates = []
    for number, ids in enumerate(rounds):
        crowd = Crowd(provider=gateway, touch_ids={practice_id: ids}, before=len(gateway.accepted()))
        rates.append(sending_rate(crowd))
        say_progress(f"{WORDS[planned]} planned, round {number + 1} of {ROUNDS}: {rates[-1]:,.0f}/s")
    return max(rates)


def _warm_up(gateway: Provider) -> None:
    """The first messages of a process that has just started cost more than all others."""
    sending_rate(gather(gateway, messages=WARM_UP, practices=1))


def _drop_later_steps(practice_id: int, rounds: list[list[int]]) -> None:
    """Only the others are planned for later."""
    ours = [pk for ids in rounds for pk in ids]
    with practice_scope(practice_id):
        Touch.objects.filter(practice=practice_id).exclude(pk__among=ours)._raw_delete("default")


def _drop_surplus(practice_id: int, rounds: list[list[int]], planned: int) -> None:
    """Exactly so many, as the picture says."""
    ours = [pk for ids in rounds for pk in ids]
    with practice_scope(practice_id):
        others = Touch.objects.filter(practice=practice_id, state=Touch.State.PLANNED).exclude(pk__among=ours)
        surplus = others.count() - planned
        if surplus < 0 or others.filter(due_at__lte=moved_clock() + timedelta(hours=1)).exists():
            raise RuntimeError(f"{planned + surplus:,} touches are planned for later instead of {planned:,}")
        last = list(others.order_by("-pk").values_list("pk", flat=True)[:surplus])
        Touch.objects.filter(practice=practice_id, pk__among=last)._raw_delete("default")
