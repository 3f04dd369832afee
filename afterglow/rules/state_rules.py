"""The law's hours for automated messages: one federal rule, and each state's own on top."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from datetime import date, time
from functools import cache, lru_cache
from importlib.resources import files

import holidays

from afterglow.rules.facts import Channel

FEDERAL = "US_DEFAULT"
TABLES = ("state_rules.csv", "area_codes.csv", "state_zones.csv")

Hours = tuple[time, time]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRule:
    """One row of the table. Hours are half-open, in the time of the place they are judged for."""

    state: str  # two letters, or FEDERAL
    channel: str  # "any", or the only channel the row is about
    hours: tuple[Hours | None, ...]  # by weekday, Monday first; None: no message that day
    is_open_on_holidays: bool
    most_in_24_hours: int | None
    from_on: date | None  # first and last day in force; None: always
    until_on: date | None
    confidence: str
    source: str
    note: str

    def is_in_force(self, *, channel: Channel, on: date) -> bool:
        return (
            self.channel in ("any", channel)
            and (self.from_on is None or self.from_on <= on)
            and (self.until_on is None or on <= self.until_on)
        )


def rules_in_force(*, state: str, channel: Channel, on: date) -> tuple[StateRule, ...]:
    """Every row that binds this channel in this state on this day. All of them must allow the message."""
    return tuple(rule for rule in rules_by_state().get(state, ()) if rule.is_in_force(channel=channel, on=on))


def holiday_name(*, state: str, on: date) -> str:
    """The name of the federal or state holiday on that day, empty when it is none."""
    return _holidays(state, on.year).get(on, "")


@cache
def rules_version() -> str:
    """Twelve characters that change with every byte of the tables: the rules, and where an area code or a state is."""
    tables = (files("afterglow.library").joinpath(name).read_bytes() for name in TABLES)
    return hashlib.sha256(b"".join(hashlib.sha256(table).digest() for table in tables)).hexdigest()[:12]


@cache
def rules_by_state() -> dict[str, tuple[StateRule, ...]]:
    text = files("afterglow.library").joinpath("state_rules.csv").read_text(encoding="utf-8")
    found: dict[str, tuple[StateRule, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        found[row["state"]] = (*found.get(row["state"], ()), _rule(row))
    return found


def _rule(row: dict[str, str]) -> StateRule:
    return StateRule(
        state=row["state"],
        channel=row["channel"],
        hours=(_hours(row, "wk"),) * 5 + (_hours(row, "sat"), _hours(row, "sun")),
        is_open_on_holidays=row["holidays_ok"] == "y",
        most_in_24_hours=int(row["cap24"]) if row["cap24"] else None,
        from_on=_date(row["from"]),
        until_on=_date(row["until"]),
        confidence=row["confidence"],
        source=row["source"],
        note=row["note"],
    )


def _hours(row: dict[str, str], days: str) -> Hours | None:
    opens, closes = row[f"{days}_earliest"], row[f"{days}_latest"]
    return (time.fromisoformat(opens), time.fromisoformat(closes)) if opens and closes else None


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@lru_cache(maxsize=1024)
def _holidays(state: str, year: int) -> dict[date, str]:
    # A state's own calendar leaves out federal days it does not keep: both count.
    return {
        **holidays.country_holidays("US", years=year),
        **holidays.country_holidays("US", subdiv=state, years=year),
    }
