"""The shipped file seen from any day: what the booking system would have exported at that moment."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from importlib.resources import files

MADE_FOR = date(2026, 11, 22)  # the day of the export that ships
_MOMENTS = ("start", "end", "completed_at", "booked_at", "updated_at")
_DAYS = ("consent_care_sms", "consent_marketing_sms", "consent_marketing_email", "consent_voice")

Row = dict[str, str]


def shipped_rows(*, until: date) -> list[Row]:
    """The synthetic practice moved by whole weeks, so that it reaches `until` and weekdays stay what they are."""
    text = files("afterglow.library").joinpath("demo", "visits.csv").read_text(encoding="utf-8")
    weeks = -(-(until - MADE_FOR).days // 7)
    shift = timedelta(weeks=weeks)
    return [_moved(row, shift) for row in csv.DictReader(text.splitlines(keepends=True))]


def export_at(rows: Iterable[Row], moment: datetime) -> Iterator[Row]:
    """What was known at that local moment: performed visits, bookings already made, cancellations already told."""
    now = moment.replace(tzinfo=None).isoformat(timespec="seconds")
    for row in rows:
        known_at = row["completed_at"] if row["status"] == "completed" else row["updated_at"] or row["start"]
        if row["status"] != "booked" and known_at <= now:
            yield row
        elif row["booked_at"] and row["booked_at"] <= now:
            yield {**row, "status": "booked", "completed_at": "", "updated_at": row["booked_at"]}


def _moved(row: Row, shift: timedelta) -> Row:
    """Wall-clock times without an offset: a week later may lie on the other side of a change of clocks."""
    moved = dict(row)
    for column in _MOMENTS:
        if row[column]:
            moved[column] = (datetime.fromisoformat(row[column][:19]) + shift).isoformat()
    for column in _DAYS:
        if row[column]:
            moved[column] = (date.fromisoformat(row[column]) + shift).isoformat()
    return moved
