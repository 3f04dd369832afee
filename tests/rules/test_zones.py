"""Where a client may be, read from an area code and an address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from phonenumbers import timezone

from afterglow.rules.facts import Recipient
from afterglow.rules.zones import (
    TERRITORIES,
    area_code_of,
    area_codes,
    may_be_anywhere,
    state_names,
    states_of,
    zones_by_state,
    zones_of,
)

EASTERN, CENTRAL, MOUNTAIN = "America/New_York", "America/Chicago", "America/Denver"
ARIZONA, PACIFIC = "America/Phoenix", "America/Los_Angeles"
ALASKA, ALEUTIANS, HAWAII = "America/Anchorage", "America/Adak", "Pacific/Honolulu"
EVERYWHERE = {EASTERN, CENTRAL, MOUNTAIN, ARIZONA, PACIFIC, ALASKA, ALEUTIANS, HAWAII}


@pytest.mark.parametrize(
    ("area_code", "zones"),
    [
        ("850", {EASTERN, CENTRAL}),  # the Florida panhandle
        ("448", {EASTERN, CENTRAL}),  # laid over 850
        ("219", {EASTERN, CENTRAL}),  # Indiana's north-west corner
        ("574", {EASTERN, CENTRAL}),  # … and its neighbour: Starke County is Central
        ("812", {EASTERN, CENTRAL}),
        ("930", {EASTERN, CENTRAL}),
        ("270", {EASTERN, CENTRAL}),  # Kentucky
        ("364", {EASTERN, CENTRAL}),
        ("606", {EASTERN, CENTRAL}),  # … Clinton County is Central
        ("423", {EASTERN, CENTRAL}),  # Tennessee
        ("729", {EASTERN, CENTRAL}),
        ("931", {EASTERN, CENTRAL}),
        ("906", {EASTERN, CENTRAL}),  # Michigan's upper peninsula
        ("915", {CENTRAL, MOUNTAIN}),  # El Paso
        ("432", {CENTRAL, MOUNTAIN}),
        ("701", {CENTRAL, MOUNTAIN}),  # North Dakota
        ("605", {CENTRAL, MOUNTAIN}),  # South Dakota
        ("308", {CENTRAL, MOUNTAIN}),  # Nebraska
        ("620", {CENTRAL, MOUNTAIN}),  # Kansas
        ("785", {CENTRAL, MOUNTAIN}),
        ("208", {MOUNTAIN, PACIFIC}),  # Idaho
        ("986", {MOUNTAIN, PACIFIC}),
        ("541", {MOUNTAIN, PACIFIC}),  # Oregon
        ("458", {MOUNTAIN, PACIFIC}),
        ("775", {MOUNTAIN, PACIFIC}),  # Nevada: West Wendover
        ("928", {ARIZONA, MOUNTAIN}),  # the Navajo Nation keeps summer time
        ("907", {ALASKA, ALEUTIANS}),
    ],
)
def test_an_area_code_across_a_zone_line_gives_both_zones(area_code: str, zones: set[str]) -> None:
    assert set(area_codes()[area_code][1]) == zones


@pytest.mark.parametrize("area_code", ["480", "520", "602", "623"])
def test_arizona_outside_the_navajo_nation_keeps_no_summer_time(area_code: str) -> None:
    assert area_codes()[area_code] == ("AZ", (ARIZONA,))


def test_orlando_is_on_eastern_time_with_both_its_area_codes() -> None:
    assert area_codes()["407"] == area_codes()["689"] == ("FL", (EASTERN,))


def clocks(zones: Iterable[str]) -> set[tuple[object, ...]]:
    """Zones by what their clocks show in the middle of each month: names alone differ."""
    months = [datetime(2026, month, 15, 12, tzinfo=UTC) for month in range(1, 13)]
    return {tuple(month.astimezone(ZoneInfo(zone)).utcoffset() for month in months) for zone in zones}


def zones_by_the_phone_library(area_code: str) -> set[str]:
    number = phonenumbers.parse(f"+1{area_code}5550123")
    zones = {*timezone.time_zones_for_geographical_number(number)} - {"Etc/Unknown"}
    return zones if len(zones) < len(EVERYWHERE) else set()  # a code it has not heard of "is" in every zone there is


def test_the_phone_library_alone_would_text_the_west_of_the_panhandle_at_seven() -> None:
    assert clocks(zones_by_the_phone_library("850")) == clocks([EASTERN])
    assert clocks(area_codes()["850"][1]) == clocks([EASTERN, CENTRAL])


def test_no_area_code_is_placed_in_fewer_zones_than_the_phone_library_knows() -> None:
    narrower = {
        code
        for code, (_, zones) in area_codes().items()
        if not clocks(zones_by_the_phone_library(code)) <= clocks(zones)
    }
    assert narrower == {"689"}  # laid over Orlando's 407; the library puts it in Chicago's zone


def test_the_zones_of_number_address_and_clinic_are_put_together() -> None:
    rosa = Recipient(area_code="213", state="TX")
    assert set(zones_of(rosa, practice_zone=EASTERN)) == {PACIFIC, CENTRAL, MOUNTAIN, EASTERN}
    assert states_of(rosa, practice_state="NY") == {"CA", "TX", "NY"}


@pytest.mark.parametrize("area_code", [None, "", "800", "888", "416", "500", "999"])
def test_a_number_that_cannot_be_placed_may_ring_anywhere_in_the_fifty_states(area_code: str | None) -> None:
    rosa = Recipient(area_code=area_code, state=None)
    assert set(zones_of(rosa, practice_zone=EASTERN)) == EVERYWHERE
    assert states_of(rosa, practice_state="NY") == set(zones_by_state()) - TERRITORIES
    assert len(states_of(rosa, practice_state="NY")) == 51  # and the District of Columbia
    assert may_be_anywhere(rosa)


def test_an_address_names_the_state_when_the_number_cannot_be_placed_but_not_the_zone() -> None:
    rosa = Recipient(area_code=None, state="tx ")
    assert states_of(rosa, practice_state="NY") == {"TX", "NY"}
    assert set(zones_of(rosa, practice_zone=EASTERN)) == EVERYWHERE
    assert not may_be_anywhere(rosa)


def test_an_address_nobody_knows_adds_nothing() -> None:
    rosa = Recipient(area_code="512", state="ZZ")
    assert zones_of(rosa, practice_zone=CENTRAL) == (CENTRAL,)
    assert states_of(rosa, practice_state="") == {"TX"}


@pytest.mark.parametrize(
    ("phone", "area_code"),
    [
        ("+15125550143", "512"),
        ("+17875550143", "787"),  # Puerto Rico has its own place
        ("+18005550143", None),  # toll-free
        ("+14165550143", None),  # Toronto
        ("+442079460143", None),
        ("+1512555014", None),
        ("5125550143", None),
        ("", None),
    ],
)
def test_the_area_code_of_a_number_is_read_only_where_it_names_a_place(phone: str, area_code: str | None) -> None:
    assert area_code_of(phone) == area_code


def test_every_area_code_lies_in_zones_of_its_own_state() -> None:
    for area_code, (state, zones) in area_codes().items():
        assert set(zones) <= set(zones_by_state()[state]), area_code


def test_every_state_has_an_area_code_a_name_and_zones_that_exist() -> None:
    assert {state for state, _ in area_codes().values()} == set(zones_by_state()) == set(state_names())
    for zones in zones_by_state().values():
        assert all(ZoneInfo(zone).key == zone for zone in zones)
