"""Once a year: who earns the invitation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from afterglow.rules.facts import BookingFacts, Channel, Purpose, SeasonalRule
from afterglow.rules.seasonal import seasonal_protocol, seasonal_visit
from tests.rules.people import HYDRAFACIAL, PEEL, local, visit

RULE = SeasonalRule(
    id="autumn", family="chemical_peel", month=10, day=15, lookback_years=2, window_days=21, channel=Channel.SMS
)
TODAY = date(2026, 10, 15)


@pytest.mark.parametrize(
    ("visited", "is_invited"),
    [
        (["2025-10-15"], True),
        (["2025-09-24"], True),
        (["2025-09-23"], False),
        (["2025-11-05"], True),
        (["2025-11-06"], False),
        (["2024-10-20"], True),
        (["2023-10-15"], False),
        (["2024-10-20", "2025-10-10"], True),
        (["2025-10-15", "2026-02-01"], False),
        ([], False),
    ],
)
def test_a_visit_of_the_same_season_earns_it_unless_there_was_one_since(visited: list[str], is_invited: bool) -> None:
    visits = [visit(f"{day}T10:00", PEEL) for day in visited]
    assert (seasonal_visit(RULE, on=TODAY, visits=visits, bookings=()) is not None) is is_invited


def test_a_visit_of_another_family_earns_nothing() -> None:
    assert seasonal_visit(RULE, on=TODAY, visits=[visit("2025-10-15T10:00", HYDRAFACIAL)], bookings=()) is None


@pytest.mark.parametrize(
    ("family", "is_invited"), [("chemical_peel", False), ("facial+chemical_peel", False), ("facial", True)]
)
def test_whoever_has_booked_it_needs_no_invitation(family: str, is_invited: bool) -> None:
    booking = BookingFacts(id="b1", starts_at=local("2026-11-01T10:00"), family=family)
    found = seasonal_visit(RULE, on=TODAY, visits=[visit("2025-10-15T10:00", PEEL)], bookings=[booking])
    assert (found is not None) is is_invited


def test_a_leap_day_rule_looks_back_to_the_28th() -> None:
    leap = replace(RULE, month=2, day=29, window_days=0)
    found = seasonal_visit(leap, on=date(2028, 2, 29), visits=[visit("2027-02-28T10:00", PEEL)], bookings=())
    assert found is not None


def test_the_invitation_is_one_marketing_message_with_a_second_channel() -> None:
    (step,) = seasonal_protocol(RULE).steps
    assert step.purpose is Purpose.MARKETING
    assert step.channels == (Channel.SMS, Channel.EMAIL)
