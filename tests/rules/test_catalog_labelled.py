"""The catalog against a thousand labelled service names: nothing unsafe, and hardly anything missed.

`note` may allow a second answer: also=family, also_brand= ("none" is empty), also_area=, also_decision=;
"area_implied" means that the area follows from the product only.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest

from afterglow.rules.catalog import Match, match_service

ROWS = Path(__file__).with_name("service_names.csv")
Row = dict[str, str]


def test_no_name_starts_a_plan_that_it_must_not_start() -> None:
    assert [row["name"] for row, match in _matched() if _is_unsafe(row, match)] == []


@pytest.mark.parametrize(
    ("what", "least"), [("decision", 0.97), ("family", 0.97), ("brand", 0.97), ("area", 0.95)]
)  # decisions over all rows, the others over the rows that enrol
def test_nearly_every_name_is_read_right(what: str, least: float) -> None:
    judged = [(row, match) for row, match in _matched() if what == "decision" or row["decision"] == "enrol"]
    missed = [row["name"] for row, match in judged if not _is_right(what, row, match)]

    assert len(missed) <= (1 - least) * len(judged), missed


def test_the_labelled_names_cover_every_decision_and_are_told_apart() -> None:
    rows = [row for row, _ in _matched()]

    assert {row["decision"] for row in rows} == {"enrol", "ask", "no_follow_up"}
    assert len({(row["name"], row["code"]) for row in rows}) == len(rows)


@cache
def _matched() -> list[tuple[Row, Match]]:
    with ROWS.open(encoding="utf-8", newline="") as file:
        return [(row, match_service(row["name"], row["code"])) for row in csv.DictReader(file)]


def _is_unsafe(row: Row, match: Match) -> bool:
    if match.decision != "enrol":
        return False
    fitting = _parts(row["family"]) | _parts(_also(row, "also") or "")
    return row["decision"] != "enrol" or not fitting & _parts(match.family)


def _is_right(what: str, row: Row, match: Match) -> bool:
    if what == "decision":
        return match.decision in (row["decision"], _also(row, "also_decision"))
    told = _parts(getattr(match, what))
    also = _also(row, "also" if what == "family" else f"also_{what}")
    is_implied = what == "area" and "area_implied" in row["note"] and not told
    return told == _parts(row[what]) or (also is not None and told == _parts(also)) or is_implied


def _also(row: Row, key: str) -> str | None:
    found = re.search(rf"\b{key}=([a-z0-9_+]*)", row["note"])
    return found.group(1).replace("none", "") if found else None


def _parts(joined: str) -> set[str]:
    return {part for part in joined.split("+") if part}
