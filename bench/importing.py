"""How fast a file becomes visits, plans and touches."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from afterglow.models import Touch
from afterglow.models.scope import practice_scope
from bench.at_noon import NOON
from bench.files import imported, recent_visits, year_of_visits
from bench.rows import Row, say_progress

VISITS = 20_000
ROUNDS = 3
LEAST_RATE = 10_000


def measure(*, is_full: bool) -> None:
    """Two rows: visits that are planned at once, and the history that a practice brings along."""
    with tempfile.TemporaryDirectory() as folder:
        recent, year = Path(folder) / "recent.csv", Path(folder) / "year.csv"
        recent_visits(recent, visits=VISITS, now=NOON)
        rate, touches = _best(recent, "planned at once")
        Row(
            what="import: file → planned touches",
            figure=f"{rate:,.0f} visits/s",
            target=f"≥ {LEAST_RATE:,}/s",
            is_met=rate >= LEAST_RATE,
            how=f"CSV of {VISITS:,} visits of yesterday, each of a new client: read, checked, matched, stored, "
            f"planned; {touches / VISITS:.1f} touches a visit. Best of {ROUNDS}",
        ).say()
        year_of_visits(year, visits=VISITS, clients=VISITS // 4, until=NOON.date())
        rate, _ = _best(year, "a year of history")
        Row(
            what="import: a year of history",
            figure=f"{rate:,.0f} visits/s",
            how=f"CSV of {VISITS:,} visits of {VISITS // 4:,} clients: read, checked, matched, stored; silent until "
            f"somebody approves it. Best of {ROUNDS}",
        ).say()


def _best(path: Path, what: str) -> tuple[float, int]:
    """Visits a second of the best round, and how many touches a round planned."""
    rates, touches = [], 0
    for number in range(ROUNDS):
        started = time.perf_counter()
        practice_id, report = imported(path, now=NOON)
        rates.append(report.visits / (time.perf_counter() - started))
        say_progress(f"import, {what}, round {number + 1} of {ROUNDS}: {rates[-1]:,.0f}/s")
        with practice_scope(practice_id):
            touches = Touch.objects.filter(practice=practice_id).count()
    return max(rates), touches
