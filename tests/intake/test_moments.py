"""Dates and times, read on the practice's wall clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from afterglow.intake.cells import Unusable
from afterglow.intake.moments import Calendar, OrderNeeded

NEW_YORK = Calendar(timezone="America/New_York", date_order="mdy")


@pytest.mark.parametrize(
    "written",
    [
        "2026-05-06T18:30:00Z",
        "2026-05-06T14:30:00-04:00",
        "2026-05-06 14:30",
        "2026-05-06 2:30 PM",
        "20260506T1430",
        "2026/05/06 14:30",
        "5/6/2026 2:30 pm",
        "05/06/26 14:30",
        "05-06-2026, 2:30 P.M.",
        "May 6, 2026 2:30 PM",
        "Wed, May 6, 2026 at 2:30 PM",
        "6 May 2026 14:30",
        "06-May-2026 14:30:00",
        "  5/6/2026   14:30:00.000 ",
    ],
)
def test_one_moment_is_written_in_many_ways(written: str) -> None:
    assert NEW_YORK.moment(written) == (datetime(2026, 5, 6, 18, 30, tzinfo=UTC), True)


@pytest.mark.parametrize("written", ["2026-05-06", "20260506", "5/6/2026", "May 6, 2026", "6-May-2026"])
def test_a_date_alone_has_no_time(written: str) -> None:
    at, has_time = NEW_YORK.moment(written)
    assert (at.date().isoformat(), has_time) == ("2026-05-06", False)


def test_an_hour_that_the_clocks_skip_moves_forward() -> None:
    at, _ = NEW_YORK.moment("2026-03-08 02:30")
    assert at.isoformat() == "2026-03-08T03:30:00-04:00"


def test_an_hour_that_comes_twice_is_its_first() -> None:
    at, _ = NEW_YORK.moment("2026-11-01 01:30")
    assert at.isoformat() == "2026-11-01T01:30:00-04:00"


@pytest.mark.parametrize("written", ["5/6/2026", "05.06.2026", "05-06-2026 10:00"])
def test_an_order_is_never_guessed(written: str) -> None:
    with pytest.raises(OrderNeeded, match="--date-order"):
        Calendar(timezone="America/New_York").moment(written)


@pytest.mark.parametrize(
    "written",
    ["2026-05-06 14:30 PM", "5/6/2026 0:30 am", "Foo 6, 2026", "2026-05-06 noon", "5/6", "1/2/3", "9999-12-31"],
)
def test_what_is_no_moment_is_refused(written: str) -> None:
    with pytest.raises(Unusable):
        NEW_YORK.moment(written)


def test_a_year_of_birth_with_two_digits_is_refused() -> None:
    with pytest.raises(Unusable, match="four digits"):
        NEW_YORK.day("4/30/26")
