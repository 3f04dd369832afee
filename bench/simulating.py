"""How fast a year is played through the rules: no database, one core."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from afterglow.cli.backtest import Backtest
from afterglow.intake.columns import suggest_mapping
from afterglow.intake.contract import VisitReported
from afterglow.intake.rows import reports
from afterglow.intake.systems.csv_file import read_table
from afterglow.rules.facts import PracticeFacts
from afterglow.rules.protocol_book import load_library
from afterglow.rules.simulation import simulate
from bench.at_noon import NOON
from bench.files import year_of_visits
from bench.practices import ZONE
from bench.rows import Row, say_progress

VISITS = 10_000
ROUNDS = 3
LEAST_RATE = 5_000


def measure(*, is_full: bool) -> None:
    """One row: a year of visits already read, every touch it would lead to."""
    year = _year_of_visits()
    book = load_library(include_drafts=False)
    rates, touches = [], 0
    for number in range(ROUNDS):
        started = time.perf_counter()
        touches = len(
            simulate(year.happenings(), clients=year.clients(), practice=year.practice, book=book, until=year.last_day)
        )
        rates.append(len(year.visits) / (time.perf_counter() - started))
        say_progress(f"simulate, round {number + 1} of {ROUNDS}: {rates[-1]:,.0f}/s")
    Row(
        what="simulate a year",
        figure=f"{max(rates):,.0f} visits/s",
        target=f"≥ {LEAST_RATE:,}/s",
        is_met=max(rates) >= LEAST_RATE,
        how=f"{len(year.visits):,} visits and bookings of a year → {touches:,} touches with their texts; pure Python, "
        f"one core. Best of {ROUNDS}",
    ).say()


def _year_of_visits() -> Backtest:
    year = Backtest(practice=PracticeFacts(name="Glow Clinic", timezone=ZONE.key, state="ME", phone="(207) 555-0134"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "year.csv"
        year_of_visits(path, visits=VISITS, clients=VISITS // 4, until=NOON.date())
        table = read_table(path, filename=path.name)
        mapping = suggest_mapping(table.header)
        for item in reports(table, mapping=mapping, timezone=ZONE.key, source="file"):
            if isinstance(item, VisitReported):
                year.add(item)
    return year
