"""Calendar arithmetic in the practice's zone."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.facts import Offset
from afterglow.rules.timing import add_months, day_after, end_of_day, local_day, local_moment, moment_after, spoken_day

NEW_YORK = "America/New_York"
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-09-30", 5, "2027-02-28"),
        ("2027-09-30", 5, "2028-02-29"),
        ("2026-08-31", 5, "2027-01-31"),
        ("2026-03-31", 11, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
    ],
)
def test_months_clamp_to_the_end_of_a_shorter_month(day: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


@given(day=DAYS, months=st.integers(min_value=0, max_value=36))
def test_a_month_later_is_that_month_on_the_same_day_or_its_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or later.day == monthrange(later.year, later.month)[1] < day.day


@given(day=DAYS, hours=st.integers(min_value=1, max_value=72))
def test_hours_count_as_real_time_whatever_the_clocks_do(day: date, hours: int) -> None:
    ended_at = datetime.combine(day, time(15), tzinfo=ZoneInfo(NEW_YORK))
    due_at = moment_after(ended_at, day, Offset(amount=hours, unit="hours"), at=time(10), zone=NEW_YORK)
    assert due_at - ended_at.astimezone(UTC) == timedelta(hours=hours)


@given(day=DAYS, days=st.integers(min_value=0, max_value=400))
def test_days_arrive_at_the_same_wall_clock_hour(day: date, days: int) -> None:
    ended_at = datetime.combine(day, time(15), tzinfo=ZoneInfo(NEW_YORK))
    due_at = moment_after(ended_at, day, Offset(amount=days, unit="days"), at=time(10), zone=NEW_YORK)
    here = due_at.astimezone(ZoneInfo(NEW_YORK))
    assert (here.date(), here.time()) == (day + timedelta(days=days), time(10))


def test_an_hour_that_the_clocks_skip_becomes_the_one_after_the_jump() -> None:
    skipped = local_moment(date(2027, 3, 14), time(2, 30), NEW_YORK)
    assert skipped.astimezone(ZoneInfo(NEW_YORK)).time() == time(3, 30)


def test_a_day_ends_at_its_last_local_second() -> None:
    end = end_of_day(date(2026, 11, 1), NEW_YORK)
    assert local_day(end, NEW_YORK) == date(2026, 11, 1)
    assert local_day(end + timedelta(seconds=1), NEW_YORK) == date(2026, 11, 2)


def test_a_late_evening_belongs_to_the_local_day() -> None:
    assert local_day(datetime(2026, 5, 6, 3, 30, tzinfo=UTC), NEW_YORK) == date(2026, 5, 5)


def test_part_of_a_day_of_hours_reaches_into_the_next_day() -> None:
    assert day_after(date(2026, 5, 5), Offset(amount=25, unit="hours")) == date(2026, 5, 7)


def test_dates_are_spoken_without_leading_zeros() -> None:
    assert spoken_day(date(2027, 5, 3)) == "3 May 2027"
