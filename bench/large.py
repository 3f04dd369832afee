"""Whether a file of a million rows is imported in flat memory. A process of its own: its peak is the import's."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from bench.at_noon import NOON
from bench.files import imported, year_of_visits
from bench.rows import Row, say_progress

VISITS = 1_000_000
MOST_MEGABYTES = 600
WHAT = f"import: memory for {VISITS:,} visits"
TARGET = f"< {MOST_MEGABYTES} MB"


def measure(*, is_full: bool) -> None:
    """One row, measured only when asked for: it takes minutes."""
    if not is_full:
        Row(what=WHAT, figure="not run", target=TARGET, how="takes minutes: python -m bench large --full").say()
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.csv"
        say_progress(f"writing a file of {VISITS:,} visits …")
        year_of_visits(path, visits=VISITS, clients=VISITS // 4, until=NOON.date())
        started = time.perf_counter()
        _, report = imported(path, now=NOON)
        rate = report.visits / (time.perf_counter() - started)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Row(
        what=WHAT,
        figure=f"{megabytes:,.0f} MB at {rate:,.0f} visits/s",
        target=TARGET,
        is_met=megabytes < MOST_MEGABYTES,
        how=f"a year of history of {VISITS // 4:,} clients from one CSV; peak of the importing process. Once",
    ).say()
