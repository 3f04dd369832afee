"""`afterglow ledger` says whether the proof is whole, prints its end, and shows what it holds about somebody."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from typer.testing import CliRunner, Result

from afterglow.cli import ledger
from tests.world import DANA_PHONE, World, build_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def the_database_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "ready", lambda: None)


@pytest.fixture
def world() -> World:
    return build_world()


def run(*words: object) -> Result:
    return CliRunner().invoke(ledger.command, [str(word) for word in words])


def test_a_whole_ledger_is_said_to_be_whole_with_its_last_entry(world: World) -> None:
    answer = run("verify")
    assert answer.exit_code == 0
    assert answer.stdout == ""
    assert f"Practice {world.practice_id}: 10 entries, whole." in answer.stderr
    assert f"Practice {world.other_practice_id}: 2 entries, whole." in answer.stderr


def test_a_fault_is_a_row_with_its_number_and_exit_code_1(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('afterglow.practice_id', %s, false)", [str(world.practice_id)])
        cursor.execute("DELETE FROM afterglow_consent WHERE address = %s", [DANA_PHONE])
        cursor.execute("SELECT set_config('afterglow.practice_id', '', false)")
    answer = run("verify", "--practice", world.practice_id, "--format", "jsonl")
    assert answer.exit_code == 1
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    assert {row["practice"] for row in rows} == {world.practice_id}
    assert all("is gone" in row["finding"] for row in rows)
    assert len({row["number"] for row in rows}) == len(rows) == 6


def test_the_end_that_was_noted_is_compared(world: World) -> None:
    noted = run("head", "--practice", world.practice_id).stdout.strip()
    number, _, digest = noted.partition(":")
    assert run("verify", "--practice", world.practice_id, "--head", noted).exit_code == 0
    other = f"{number}:{digest[::-1]}"
    answer = run("verify", "--practice", world.practice_id, "--head", other, "--format", "jsonl")
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["number"] == int(number)


@pytest.mark.parametrize("noted", ["", "12", "12:xyz", "0:" + "0" * 64])
def test_an_end_that_is_none_is_refused(world: World, noted: str) -> None:
    answer = run("verify", "--practice", world.practice_id, "--head", noted or "-")
    assert answer.exit_code == 2
    assert "is no place in a ledger" in answer.stderr


def test_what_it_holds_about_somebody_is_shown_with_its_numbers(world: World) -> None:
    answer = run("show", "--client", world.dana_id, "--practice", world.practice_id, "--format", "jsonl")
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [row["said"] for row in rows] == ["granted"] * 2 + ["revoked"] * 4
    assert all(row["number"] and row["address"] == DANA_PHONE for row in rows)
    assert run("show", "--client", 10**6, "--practice", world.practice_id).exit_code == 2
