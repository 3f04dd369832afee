"""`afterglow check-numbers` and `afterglow blackout`, as somebody at the command line meets them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from afterglow.cli import blackout, check_numbers
from afterglow.models import NumberCheck
from afterglow.models.scope import practice_scope
from tests.actions.providers import practice_with_check_ins

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def practice_id(monkeypatch: pytest.MonkeyPatch) -> int:
    for module in (blackout, check_numbers):
        monkeypatch.setattr(module, "ready", lambda: None)
    return practice_with_check_ins()


def check(*arguments: object) -> Result:
    return CliRunner().invoke(check_numbers.command, [str(argument) for argument in arguments])


def bans(*arguments: str) -> Result:
    return CliRunner().invoke(blackout.command, list(arguments))


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    file = tmp_path / "maine.txt"
    file.write_text("2075550100\nnonsense\n2075550101\n", encoding="utf-8")
    return file


def test_broken_lines_are_named_as_rows_and_the_rest_counts(practice_id: int, listed: Path) -> None:
    answer = check("--do-not-call", listed, "--as-of", "2026-09-01", "--format", "jsonl")
    assert answer.exit_code == 1
    assert [json.loads(line)["line"] for line in answer.stdout.splitlines()] == [2]
    with practice_scope(practice_id):
        assert NumberCheck.objects.filter(practice=practice_id).count() == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Give one file"),
        (("--do-not-call", "a", "--reassigned", "b"), "Give one file"),
        (("--do-not-call", "a"), "Say which day the list speaks of"),
        (("--do-not-call", "no-such-file", "--as-of", "2026-09-01"), "cannot be read"),
        (("--reassigned", "a", "--as-of", "2199-01-01"), "lies in the future"),
        (("--reassigned", "a", "--as-of", "today"), "Write it like 2026-12-31"),
    ],
)
def test_wrong_use_says_what_to_do(arguments: Sequence[str], says: str) -> None:
    answer = check(*arguments)
    assert answer.exit_code == 2
    assert says in answer.stderr


def test_a_ban_is_added_listed_and_ended() -> None:
    assert bans("add", "state of emergency", "--state", "la", "--until", "2199-01-01").exit_code == 0
    [row] = [json.loads(line) for line in bans("list", "--format", "jsonl").stdout.splitlines()]
    assert (row["state"], row["scope"], row["standing"]) == ("LA", "marketing", "in force")
    assert bans("end", str(row["id"])).exit_code == 0
    assert bans("end", str(row["id"])).exit_code == 1
    assert json.loads(bans("list", "--format", "jsonl").stdout)["standing"] == "over"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "x", "--state", "ZZ"), "is no state"),
        (("add", " "), "Say why"),
        (("add", "x", "--until", "2001-01-01"), "must lie after"),
        (("add", "x", "--from", "soon"), "is no moment"),
        (("add", "x", "--until", "9999-12-31T23:59"), "Write a year between 2000 and 2199"),
        (("add", "x", "--from", "0001-01-01"), "Write a year between 2000 and 2199"),
    ],
)
def test_a_ban_that_makes_no_sense_is_refused(arguments: Sequence[str], says: str) -> None:
    answer = bans(*arguments)
    assert answer.exit_code == 2
    assert says in answer.stderr
