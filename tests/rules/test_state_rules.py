"""The table of state rules as dated data, its version, and its words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pytest

from afterglow.rules import state_rules
from afterglow.rules.facts import Channel
from afterglow.rules.state_rule_words import spoken_hours, spoken_rules
from afterglow.rules.state_rules import TABLES, rules_by_state, rules_in_force, rules_version
from tests.rules.judge import LIBRARY, RULES


@pytest.fixture
def own_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the tables that a test may change."""
    for name in TABLES:
        shutil.copy(LIBRARY / name, tmp_path)
    monkeypatch.setattr(state_rules, "files", lambda _: tmp_path)
    for cached in (rules_version, rules_by_state):
        cached.cache_clear()
    yield tmp_path
    for cached in (rules_version, rules_by_state):
        cached.cache_clear()


@pytest.mark.parametrize("name", TABLES)
def test_the_version_changes_with_every_byte_of_a_table(own_tables: Path, name: str) -> None:
    before = rules_version()
    content = (own_tables / name).read_bytes()
    (own_tables / name).write_bytes(content.replace(b"FL", b"fL", 1))
    rules_version.cache_clear()
    assert rules_version() != before
    (own_tables / name).write_bytes(content)
    rules_version.cache_clear()
    assert rules_version() == before
    assert len(before) == 12


def test_a_row_binds_from_its_first_day_to_its_last(own_tables: Path) -> None:
    table = own_tables / "state_rules.csv"
    row = "GA,any,09:00,17:00,,,,,n,2,2026-10-18,2026-12-31,low,a bill,\n"
    table.write_text(table.read_text(encoding="utf-8").rstrip("\n") + "\n" + row, encoding="utf-8")
    rules_by_state.cache_clear()
    days = [date(2026, 10, 17), date(2026, 10, 18), date(2026, 12, 31), date(2027, 1, 1)]
    assert [len(rules_in_force(state="GA", channel=Channel.SMS, on=day)) for day in days] == [0, 1, 1, 0]
    [georgia] = [rule for rule in spoken_rules() if rule.state == "GA"]
    assert georgia.in_force == "from 2026-10-18 until 2026-12-31"


def test_every_row_is_told_in_words_the_federal_one_first() -> None:
    told = spoken_rules()
    assert len(told) == len(RULES)
    assert told[0].who == "Federal law"
    assert [rule.who for rule in told[1:]] == sorted(rule.who for rule in told[1:])
    assert all(rule.confidence and rule.source for rule in told)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ((time(9), time(20)), "9 am–8 pm"),
        ((time(12), time(21)), "noon–9 pm"),
        ((time(0), time(8, 30)), "midnight–8:30 am"),
        (None, "none"),
    ],
)
def test_hours_are_said_as_people_say_them(hours: tuple[time, time] | None, words: str) -> None:
    assert spoken_hours(hours) == words
