"""Lawful hours judged a second time, by a slow reader of the table that looks at every single minute."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterglow.rules.facts import Channel, PracticeFacts, Recipient, SendWindow
from afterglow.rules.hours import Open, Shut, closes_after, next_open
from afterglow.rules.zones import zones_by_state

MINUTE = timedelta(minutes=1)
LIBRARY = Path(__file__).parents[2] / "afterglow" / "library"


@cache
def table() -> list[dict[str, str]]:
    with (LIBRARY / "state_rules.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def is_holiday(state: str, on: date) -> bool:
    return on in holidays.country_holidays("US") or on in holidays.country_holidays("US", subdiv=state)


def is_lawful(state: str, there: datetime, channel: Channel) -> bool:
    days = {5: "sat", 6: "sun"}.get(there.weekday(), "wk")
    for row in table():
        if row["state"] not in ("US_DEFAULT", state) or row["channel"] not in ("any", channel.value):
            continue
        earliest, latest = row[f"{days}_earliest"], row[f"{days}_latest"]
        if not earliest or not earliest <= f"{there:%H:%M}" < latest:
            return False
        if row["holidays_ok"] == "n" and is_holiday(state, there.date()):
            return False
    return True


def is_allowed(moment: datetime, practice: PracticeFacts, zones: set[str], states: set[str], channel: Channel) -> bool:
    here = moment.astimezone(ZoneInfo(practice.timezone))
    window = practice.window
    if here.date() in practice.closed_on or here.weekday() not in window.weekdays:
        return False
    if not window.opens_at <= here.time() < window.closes_at:
        return False
    return all(is_lawful(state, moment.astimezone(ZoneInfo(zone)), channel) for zone in zones for state in states)


@pytest.mark.parametrize("state", sorted(zones_by_state()))
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICE])
def test_every_state_every_weekday_every_hour_follows_the_table(state: str, channel: Channel) -> None:
    area_code, zones = an_area_code_of(state)
    here = ZoneInfo(zones[0])
    practice = PracticeFacts(timezone=here.key, window=SendWindow(closes_at=time(23, 59), opens_at=time(0)))
    monday = datetime(2026, 8, 10, tzinfo=here)  # Victory Day in Rhode Island
    for hour in (monday + timedelta(days=day, hours=hour) for day in range(7) for hour in range(6, 23)):
        answer = next_open(
            at=hour,
            until=hour,
            practice=practice,
            recipient=Recipient(area_code=area_code, state=None),
            channel=channel,
        )
        everywhere = all(is_lawful(state, hour.astimezone(ZoneInfo(zone)), channel) for zone in zones)
        assert isinstance(answer, Open) == everywhere, hour


def an_area_code_of(state: str) -> tuple[str, list[str]]:
    """One of the state's area codes, in a single zone where there is such a one."""
    with (LIBRARY / "area_codes.csv").open(encoding="utf-8", newline="") as lines:
        codes = [(row["npa"], row["zones"].split("|")) for row in csv.DictReader(lines) if row["state"] == state]
    return min(codes, key=lambda code: len(code[1]))


PLACES = {  # recipient → the zones and states it stands for, told by hand
    "El Paso": (Recipient(area_code="915", state="TX"), {"America/Chicago", "America/Denver"}, {"TX"}),
    "Los Angeles": (Recipient(area_code="213", state="CA"), {"America/Los_Angeles"}, {"CA"}),
    "Providence": (Recipient(area_code="401", state="RI"), {"America/New_York"}, {"RI"}),
    "Utah": (Recipient(area_code="801", state="UT"), {"America/Denver"}, {"UT"}),
    "Phoenix with a Florida address": (
        Recipient(area_code="602", state="FL"),
        {"America/Phoenix", "America/New_York", "America/Chicago"},
        {"AZ", "FL"},
    ),
    "Honolulu": (Recipient(area_code="808", state="HI"), {"Pacific/Honolulu"}, {"HI"}),
    "Sioux Falls": (Recipient(area_code="605", state=None), {"America/Chicago", "America/Denver"}, {"SD"}),
}
CLINICS = {"America/New_York": "NY", "America/Chicago": "LA", "America/Denver": "CO", "America/Los_Angeles": "WA"}
STARTS = [  # ordinary weeks, both nights the clocks change, and holidays of a state and of the nation
    "2026-02-13T00:00",
    "2026-03-07T00:00",
    "2026-07-02T00:00",
    "2026-07-23T00:00",
    "2026-10-31T00:00",
    "2026-12-24T00:00",
]


@settings(max_examples=60, deadline=None)
@given(
    place=st.sampled_from(sorted(PLACES)),
    clinic=st.sampled_from(sorted(CLINICS)),
    channel=st.sampled_from([Channel.SMS, Channel.VOICE]),
    start=st.sampled_from(STARTS),
    minutes_in=st.integers(0, 3 * 24 * 60),
    within=st.integers(0, 2 * 24 * 60),
    opens=st.integers(0, 15),
    is_open_for=st.integers(1, 8),
    weekdays=st.frozensets(st.integers(0, 6), min_size=4),
)
def test_the_answer_is_the_one_a_look_at_every_minute_gives(
    place: str,
    clinic: str,
    channel: Channel,
    start: str,
    minutes_in: int,
    within: int,
    opens: int,
    is_open_for: int,
    weekdays: frozenset[int],
) -> None:
    recipient, zones, states = PLACES[place]
    practice = PracticeFacts(
        timezone=clinic,
        state=CLINICS[clinic],
        window=SendWindow(opens_at=time(opens), closes_at=time(opens + is_open_for), weekdays=weekdays),
        closed_on=frozenset({date(2026, 12, 26), date(2026, 7, 3)}),
    )
    at = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(clinic)).astimezone(UTC) + minutes_in * MINUTE
    until = at + within * MINUTE
    # Fifteen minutes before a closing edge counts as closed: all sixteen minutes from a moment on must be open.
    minutes = [
        is_allowed(at + n * MINUTE, practice, zones | {clinic}, states | {CLINICS[clinic]}, channel)
        for n in range(within + 16)
    ]
    open_at = [n for n in range(within + 1) if all(minutes[n : n + 16])]
    answer = next_open(at=at, until=until, practice=practice, recipient=recipient, channel=channel)
    if not open_at:
        assert isinstance(answer, Shut)
        assert answer.reason
    else:
        assert isinstance(answer, Open)
        assert answer.at == at + open_at[0] * MINUTE
        assert bool(answer.reason) == (answer.at != at)


@settings(max_examples=60, deadline=None)
@given(
    place=st.sampled_from(sorted(PLACES)),
    clinic=st.sampled_from(sorted(CLINICS)),
    start=st.sampled_from(STARTS),
    minutes_in=st.integers(0, 3 * 24 * 60),
    opens=st.integers(0, 15),
    is_open_for=st.integers(1, 8),
)
def test_a_message_that_is_taken_dies_a_minute_before_its_hours_end(
    place: str, clinic: str, start: str, minutes_in: int, opens: int, is_open_for: int
) -> None:
    recipient, zones, states = PLACES[place]
    zones, states = zones | {clinic}, states | {CLINICS[clinic]}
    window = SendWindow(opens_at=time(opens), closes_at=time(opens + is_open_for))
    practice = PracticeFacts(timezone=clinic, state=CLINICS[clinic], window=window)
    at = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(clinic)).astimezone(UTC) + minutes_in * MINUTE
    last = closes_after(at=at, practice=practice, recipient=recipient, channel=Channel.SMS)
    can_go = next_open(at=at, until=at, practice=practice, recipient=recipient, channel=Channel.SMS)
    assert (last is not None) == isinstance(can_go, Open)
    if last is None:
        return
    minutes = range(int((last - at) / MINUTE) + 1)
    assert len(minutes) >= 15, "what leaves at the last moment has no time to arrive"
    assert all(is_allowed(at + n * MINUTE, practice, zones, states, Channel.SMS) for n in minutes)
    assert not is_allowed(last + MINUTE, practice, zones, states, Channel.SMS)
