"""The rows of the table of state rules as people read them: on the screen, in the reference, in a proof."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from afterglow.rules.state_rules import FEDERAL, Hours, StateRule, rules_by_state
from afterglow.rules.zones import state_names


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenRule:
    """One row in words. `state` is empty for the federal one, which binds everywhere."""

    state: str
    who: str
    what: str  # texts and calls | texts | calls
    weekdays: str
    saturday: str
    sunday: str
    holidays: str
    cap: str  # in 24 hours
    in_force: str  # empty: always
    confidence: str
    source: str
    note: str


def spoken_rules() -> tuple[SpokenRule, ...]:
    """Every row of the table: the federal one first, then the states by name."""
    return tuple(sorted((_spoken(rule) for rule in _all(rules_by_state().values())), key=_by_name))


def _all(rules: Iterable[tuple[StateRule, ...]]) -> Iterable[StateRule]:
    return (rule for rows in rules for rule in rows)


def _by_name(rule: SpokenRule) -> tuple[bool, str, str]:
    return bool(rule.state), rule.who, "" if rule.what == "texts and calls" else rule.what


def _spoken(rule: StateRule) -> SpokenRule:
    is_federal = rule.state == FEDERAL
    return SpokenRule(
        state="" if is_federal else rule.state,
        who="Federal law" if is_federal else state_names()[rule.state],
        what={"any": "texts and calls", "sms": "texts", "voice": "calls"}[rule.channel],
        weekdays=spoken_hours(rule.hours[0]),
        saturday=spoken_hours(rule.hours[5]),
        sunday=spoken_hours(rule.hours[6]),
        holidays="as usual" if rule.is_open_on_holidays else "none",
        cap=str(rule.most_in_24_hours) if rule.most_in_24_hours is not None else "",
        in_force=_in_force(rule.from_on, rule.until_on),
        confidence=rule.confidence,
        source=rule.source,
        note=rule.note,
    )


def spoken_hours(hours: Hours | None) -> str:
    """ "9 am–8 pm", "noon–9 pm"; "none" when no message may go."""
    return f"{_clock(hours[0])}–{_clock(hours[1])}" if hours else "none"


def _clock(at: time) -> str:
    if at.minute == 0 and at.hour in (0, 12):
        return "noon" if at.hour else "midnight"
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'am' if at.hour < 12 else 'pm'}"


def _in_force(from_on: date | None, until_on: date | None) -> str:
    parts = (("from", from_on), ("until", until_on))
    return " ".join(f"{word} {day.isoformat()}" for word, day in parts if day is not None)
