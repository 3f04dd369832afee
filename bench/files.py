"""Files of visits as a booking system exports them, all of invented clients."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from afterglow.actions.import_file import Imported, import_file
from afterglow.actions.open_practice import open_practice
from afterglow.intake.columns import header_fingerprint, suggest_mapping
from afterglow.intake.synthetic import generate, write_csv
from afterglow.intake.systems.csv_file import read_table
from bench.practices import ZONE

SEED = 7


def recent_visits(path: Path, *, visits: int, now: datetime) -> None:
    """Every visit took place yesterday, each of another client: none is history, so all of them are planned."""
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(_yesterdays(visits, now), file)


def year_of_visits(path: Path, *, visits: int, clients: int, until: date) -> None:
    """A year of visits, written by a process of its own so that its memory is not counted here."""
    module = "afterglow.intake.synthetic"
    command = [sys.executable, "-m", module, "--seed", str(SEED), "--until", str(until)]
    with path.open("wb") as file:
        subprocess.run([*command, "--clients", str(clients), "--visits", str(visits)], stdout=file, check=True)


def imported(path: Path, *, now: datetime) -> tuple[int, Imported]:
    """A practice opened for this file, and the report of importing it there as the command line does."""
    practice_id = open_practice(name="Glow Clinic", timezone=ZONE.key, state="ME", now=now).practice_id
    table = read_table(path, filename=path.name)
    report = import_file(
        practice_id=practice_id,
        timezone=ZONE.key,
        path=path,
        table=table,
        mapping=suggest_mapping(table.header),
        fingerprint=header_fingerprint(table.header),
        now=now,
    )
    return practice_id, report


def _yesterdays(visits: int, now: datetime) -> Iterator[dict[str, str]]:
    ended_at = (now - timedelta(days=1)).astimezone(ZONE)
    times = {
        "start": (ended_at - timedelta(minutes=45)).isoformat(),
        "end": ended_at.isoformat(),
        "completed_at": ended_at.isoformat(),
        "booked_at": (ended_at - timedelta(days=9)).isoformat(),
        "updated_at": ended_at.isoformat(),
        "status": "completed",
    }
    for row in generate(seed=SEED, until=ended_at.date(), clients=visits, visits=visits):
        yield {**row, **times}
