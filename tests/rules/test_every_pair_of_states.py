"""A text to every pair of area code and address, at every hour of a week, against a table worked out another way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache, reduce
from operator import and_
from zoneinfo import ZoneInfo

import pytest

from afterglow.rules.decisions import Send
from afterglow.rules.facts import PracticeFacts, Recipient, SendWindow
from afterglow.rules.permission import choose_channels
from tests.rules.judge import CODES, RULES, STATES, UNDER_WAY, ZONES, is_holiday, is_lawful
from tests.rules.people import BOOK, rosa

REMINDER = BOOK.get("neuromodulator").step("rebook")
# The clocks go back on Sunday 1 November; Tuesday 3 November is election day, a holiday in some states.
HOURS = [datetime(2026, 10, 28, 5, tzinfo=UTC) + timedelta(hours=hour) for hour in range(7 * 24)]
CLINIC_ZONE, CLINIC_STATE = "America/Chicago", "MO"  # a state without a rule of its own


def widest_code(state: str) -> tuple[str, list[str]]:
    """The area code of the state that lies in most zones."""
    codes = ((code, zones) for code, (code_state, zones) in CODES.items() if code_state == state)
    return max(codes, key=lambda code: len(code[1]))


@cache
def lawful_hours(state: str, zone: str) -> int:
    """One bit for each hour at which a text may leave, and still arrive a quarter of an hour later."""
    return sum(
        1 << n
        for n, hour in enumerate(HOURS)
        if is_lawful(state, hour, zone) and is_lawful(state, hour + UNDER_WAY, zone)
    )


def allowed_hours(code_zones: list[str], code_state: str, address: str) -> int:
    zones = {*code_zones, *ZONES[address], CLINIC_ZONE}
    states = {code_state, address, CLINIC_STATE}
    return reduce(and_, (lawful_hours(state, zone) for state in states for zone in zones))


def sent_hours(area_code: str, address: str) -> int:
    practice = PracticeFacts(
        timezone=CLINIC_ZONE, state=CLINIC_STATE, window=SendWindow(opens_at=time(0), closes_at=time(0))
    )
    client = rosa(has_email=False, recipient=Recipient(area_code=area_code, state=address))
    return sum(
        1 << n
        for n, now in enumerate(HOURS)
        if isinstance(
            choose_channels(REMINDER, client=client, practice=practice, now=now, valid_until=now, because=""), Send
        )
    )


def spelled(hours: int) -> Iterator[str]:
    return (f"{moment:%a %d %b %H:%M}Z" for n, moment in enumerate(HOURS) if hours >> n & 1)


@pytest.mark.parametrize("state", STATES)
def test_a_text_goes_to_every_address_exactly_in_the_hours_of_the_independent_table(state: str) -> None:
    area_code, zones = widest_code(state)
    for address in STATES:
        sent, allowed = sent_hours(area_code, address), allowed_hours(zones, state, address)
        assert sent == allowed, (
            f"{area_code} with an address in {address}: sent against the law {list(spelled(sent & ~allowed))}, "
            f"held without need {list(spelled(allowed & ~sent))}"
        )


def test_the_week_of_the_table_holds_all_that_makes_weeks_hard() -> None:
    new_york = [hour.astimezone(ZoneInfo("America/New_York")) for hour in HOURS]
    assert len({hour.utcoffset() for hour in new_york}) == 2
    assert {hour.weekday() for hour in new_york} == set(range(7))
    closed = {row["state"] for row in RULES if row["holidays_ok"] == "n"}
    assert any(is_holiday(state, hour.date()) for state in closed for hour in new_york)
    assert len(STATES) ** 2 * len(HOURS) == 436_968
