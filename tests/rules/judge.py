"""A second reader of the law, for tests that judge the rules: the rows as text, the time from zoneinfo, nothing else.

It shares no line with the rules: it imports nothing of them.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays

LIBRARY = Path(__file__).parents[2] / "afterglow" / "library"
TERRITORIES = {"AS", "GU", "MP", "PR", "VI"}
UNDER_WAY = timedelta(minutes=15)  # a message may arrive this much later than it leaves


def rows(name: str) -> list[dict[str, str]]:
    with (LIBRARY / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


RULES = rows("state_rules.csv")
ZONES = {row["state"]: row["zones"].split("|") for row in rows("state_zones.csv")}
CODES = {row["npa"]: (row["state"], row["zones"].split("|")) for row in rows("area_codes.csv")}
STATES = sorted(ZONES.keys() - TERRITORIES)


@cache
def is_holiday(state: str, on: date) -> bool:
    return on in holidays.country_holidays("US") or on in holidays.country_holidays("US", subdiv=state)


def rows_of(state: str, channel: str, on: date) -> list[dict[str, str]]:
    return [
        row
        for row in RULES
        if row["state"] in ("US_DEFAULT", state)
        and row["channel"] in ("any", channel)
        and (not row["from"] or date.fromisoformat(row["from"]) <= on)
        and (not row["until"] or on <= date.fromisoformat(row["until"]))
    ]


def is_lawful(state: str, moment: datetime, zone: str, channel: str = "sms") -> bool:
    """Whether the rows of the state and of the nation leave that moment open in that zone."""
    there = moment.astimezone(UTC).astimezone(ZoneInfo(zone))
    day = {5: "sat", 6: "sun"}.get(there.weekday(), "wk")
    for row in rows_of(state, channel, there.date()):
        first, last = row[f"{day}_earliest"], row[f"{day}_latest"]
        if not first or not first <= f"{there:%H:%M}" < last:
            return False
        if row["holidays_ok"] == "n" and is_holiday(state, there.date()):
            return False
    return True


def places(area_code: str | None, address: str | None, clinic_zone: str, clinic_state: str) -> set[tuple[str, str]]:
    """Every (state, zone) whose law may count for somebody."""
    code_state, code_zones = CODES.get(area_code or "", ("", []))
    nation = [(state, zone) for state in STATES for zone in ZONES[state]]
    if not code_state and not address:
        everywhere = {zone for _, zone in nation} | {clinic_zone}
        return {*nation, *(("", zone) for zone in everywhere)} | (
            {(clinic_state, clinic_zone)} if clinic_zone in ZONES[clinic_state] else set()
        )
    zones = {clinic_zone, *(code_zones or {zone for _, zone in nation}), *(ZONES[address] if address else [])}
    return {(state, zone) for state in {code_state, address or "", clinic_state} for zone in zones}


def states_of(area_code: str | None, address: str | None, clinic_state: str) -> set[str]:
    return {state for state, _ in places(area_code, address, ZONES[clinic_state][0], clinic_state)} | {clinic_state}


def cap_of(states: set[str], channel: str, on: date) -> int:
    """The strictest number of messages in 24 hours, and never more than three."""
    return min([3, *(int(row["cap24"]) for s in states for row in rows_of(s, channel, on) if row["cap24"])])
