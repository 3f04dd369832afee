"""Calendar arithmetic in the practice's zone. Every moment that leaves here is in UTC."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from afterglow.rules.facts import Offset

LAST_SECOND = time(23, 59, 59)


def moment_after(ended_at: datetime, visit_on: date, offset: Offset, *, at: time, zone: str) -> datetime:
    """The moment an offset points to: exact hours from the visit's end, or `at` o'clock on a later local date."""
    if offset.unit == "hours":
        return ended_at.astimezone(UTC) + timedelta(hours=offset.amount)
    return local_moment(day_after(visit_on, offset), at, zone)


def day_after(day: date, offset: Offset) -> date:
    """The local date an offset of days or months points to; months clamp to the month's end."""
    if offset.unit == "days":
        return day + timedelta(days=offset.amount)
    if offset.unit == "months":
        return add_months(day, offset.amount)
    return day + timedelta(days=-(-offset.amount // 24))


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day: 30 September + 5 months is 28 February."""
    years, month0 = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month0 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@lru_cache(maxsize=65536)
def local_moment(day: date, at: time, zone: str) -> datetime:
    """That wall-clock time in UTC. A time the clocks skip becomes the moment after the jump."""
    local = datetime.combine(day, at, tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def end_of_day(day: date, zone: str) -> datetime:
    """The last second of a local day, in UTC."""
    return local_moment(day, LAST_SECOND, zone)


def local_day(moment: datetime, zone: str) -> date:
    """The local date of a moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=4096)
def spoken_day(day: date) -> str:
    """A date as staff say it: 3 May 2027."""
    return f"{day.day} {day:%B %Y}"
