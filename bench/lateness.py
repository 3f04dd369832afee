"""When ten thousand fall due in the same minute and the provider takes two hundred a second, nobody is texted late."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from afterglow.models import Touch
from afterglow.models.bulk import update_rows
from afterglow.models.scope import practice_scope
from bench.at_noon import moved_clock
from bench.crew import idle_workers
from bench.crowd import Crowd, gather
from bench.provider import provider
from bench.rows import Block, Row, say_progress

MESSAGES = 10_000
PRACTICES = 4
WORKERS = 2
RATE = 200
SPAN = timedelta(seconds=10)  # over which they fall due: five times faster than they can leave
SHORT = 0.1  # of them may leave for 20 to 30 s only
WITHIN = 240.0
BAR = 60  # characters
STEP = 5  # seconds a bar


@dataclass(frozen=True, slots=True)
class Window:
    """Between these two moments a message may be sent."""

    due_at: datetime
    valid_until: datetime


def measure(*, is_full: bool) -> None:
    """One row and the histogram."""
    options = ["--rate", str(RATE)]
    with tempfile.TemporaryDirectory() as folder, provider(Path(folder), latency_ms=0, options=options) as gateway:
        crowd = gather(gateway, messages=MESSAGES, practices=PRACTICES)
        with idle_workers(WORKERS):
            windows = _fall_due(crowd)
            say_progress(f"{MESSAGES:,} fall due; at {RATE}/s that takes about {MESSAGES // RATE} s …")
            crowd.wait_until_settled(within=WITHIN)
        accepted_at = _accepted_at(crowd)
        expired = _expired(crowd)
        faults = [*crowd.faults(), *_outside(accepted_at, windows), *_unexplained(accepted_at, windows, expired)]
    for fault in faults[:10]:
        say_progress(f"✗ {fault}")
    late = [(at - windows[pk].valid_until).total_seconds() for pk, at in accepted_at.items()]
    late = sorted(seconds for seconds in late if seconds > 0)
    early = sum(at < windows[pk].due_at for pk, at in accepted_at.items())
    say_progress(f"{early:,} early, {len(late):,} after their window, by up to {max(late, default=0):.1f} s")
    say_progress(f"{len(faults):,} faults of any kind")
    delays = sorted((at - windows[pk].due_at).total_seconds() for pk, at in accepted_at.items())
    _say(delays, expired=len(expired), faults=len(faults), short=sum(map(_is_short, windows.values())))


def _fall_due(crowd: Crowd) -> dict[int, Window]:
    """The window of each touch, in no order that their rows could tell; a share of them is given little time."""
    chance = random.Random(1)
    begins_at = moved_clock() + timedelta(seconds=2)
    windows: dict[int, Window] = {}
    for practice_id, ids in crowd.touch_ids.items():
        own = {pk: _window(begins_at, chance) for pk in ids}
        rows = [(pk, window.due_at, window.valid_until) for pk, window in own.items()]
        with practice_scope(practice_id):
            update_rows(Touch, ("id", "due_at", "valid_until"), rows)
        windows |= own
    return windows


def _window(begins_at: datetime, chance: random.Random) -> Window:
    due_at = begins_at + chance.random() * SPAN
    is_short = chance.random() < SHORT
    return Window(due_at, due_at + (timedelta(seconds=chance.uniform(20, 30)) if is_short else timedelta(hours=4)))


def _is_short(window: Window) -> bool:
    return window.valid_until - window.due_at < timedelta(minutes=1)


def _accepted_at(crowd: Crowd) -> dict[int, datetime]:
    """When the provider took each touch, by its own log."""
    touch_of, zone = crowd.touch_of_token(), moved_clock().tzinfo
    return {touch_of[r["token"]]: datetime.fromtimestamp(r["at"], zone) for r in crowd.accepted()}


def _expired(crowd: Crowd) -> dict[int, str]:
    """Touches that were given up in time, with the reason that staff read."""
    found: dict[int, str] = {}
    for practice_id, ids in crowd.touch_ids.items():
        with practice_scope(practice_id):
            touches = Touch.objects.filter(practice=practice_id, pk__among=ids, state=Touch.State.EXPIRED)
            found |= dict(touches.values_list("pk", "reason"))
    return found


def _outside(accepted_at: Mapping[int, datetime], windows: Mapping[int, Window]) -> Iterator[str]:
    for pk, at in accepted_at.items():
        due_at, valid_until = windows[pk].due_at, windows[pk].valid_until
        if at < due_at:
            yield f"touch {pk} was sent {(due_at - at).total_seconds():.3f} s early"
        if at > valid_until:
            yield f"touch {pk} was sent {(at - valid_until).total_seconds():.3f} s after its window"


def _unexplained(
    accepted_at: Mapping[int, datetime], windows: Mapping[int, Window], expired: Mapping[int, str]
) -> Iterator[str]:
    for pk in windows.keys() - accepted_at.keys():
        if not expired.get(pk):
            yield f"touch {pk} was neither sent nor given up with a reason"
    for pk in expired:
        if not _is_short(windows[pk]):
            yield f"touch {pk} was given up although it had hours left"


def _say(delays: Sequence[float], *, expired: int, faults: int, short: int) -> None:
    longest = max(delays)
    Row(
        what=f"{MESSAGES:,} due in one minute, provider at {RATE}/s",
        figure=f"{len(delays):,} sent after {delays[len(delays) // 2]:.0f} s (half), {longest:.0f} s (all)",
        target="none early, none after its window",
        is_met=not faults,
        how=f"{PRACTICES} practices, {WORKERS} workers, all due within {SPAN.seconds} s; {short:,} of them may leave "
        f"within 20 to 30 s only: {expired:,} ended as expired, with a reason and a task. {faults:,} faults",
    ).say()
    Block(title="Accepted so many seconds after it was due", lines=histogram(delays)).say()


def histogram(delays: Sequence[float]) -> list[str]:
    """A bar for every five seconds."""
    counts = Counter(int(delay // STEP) for delay in delays)
    most = max(counts.values())
    return [
        f"{number * STEP:3}–{(number + 1) * STEP:<3} s  {counts[number]:6,}  {'█' * round(counts[number] / most * BAR)}"
        for number in range(min(counts), max(counts) + 1)
    ]
