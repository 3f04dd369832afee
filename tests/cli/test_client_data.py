"""Handing over, erasing and letting go from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from afterglow.cli import erasing, export, retention
from afterglow.models import Client, Look
from afterglow.models.scope import practice_scope
from afterglow.queries.ledger import verify_ledger
from tests.world import World, build_world


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    for command in (erasing, export, retention):
        monkeypatch.setattr(command, "ready", lambda: None)  # the database is there already
    return build_world()


def run(command: Typer, world: World, *arguments: object) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments), "--practice", str(world.practice_id)])


def test_the_archive_is_written_and_that_is_kept(world: World, tmp_path: Path) -> None:
    file = tmp_path / "rosa.zip"
    assert run(export.command, world, world.rosa_id, "--out", file, "--by", "Hale").exit_code == 0
    told = json.loads(ZipFile(file).read("client.json"))
    assert told["client"]["first_name"] == "Rosa"
    assert [path.name for path in tmp_path.iterdir()] == ["rosa.zip"]
    with practice_scope(world.practice_id):
        assert Look.objects.get().by == "Hale"


def test_a_client_who_does_not_exist_leaves_no_file(world: World, tmp_path: Path) -> None:
    assert run(export.command, world, 9_999, "--out", tmp_path / "x.zip").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_without_yes_nothing_is_erased(world: World) -> None:
    assert run(erasing.command, world, world.rosa_id).exit_code == 2
    with practice_scope(world.practice_id):
        assert Client.objects.get(pk=world.rosa_id).erased_at is None


def test_erasing_says_what_went_and_the_ledger_is_whole(world: World) -> None:
    done = run(erasing.command, world, world.rosa_id, "--yes", "--format", "jsonl")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["client"] == world.rosa_id
    assert "Rosa" not in done.output
    with practice_scope(world.practice_id):
        assert list(verify_ledger(world.practice_id)) == []
    again = run(erasing.command, world, world.rosa_id, "--yes")
    assert again.exit_code == 2
    assert "erased before" in again.output


def test_times_are_listed_chosen_and_refused(world: World) -> None:
    assert run(retention.command, world, "set", "raw_events", 30).exit_code == 0
    rows = [json.loads(line) for line in run(retention.command, world, "list", "--format", "jsonl").stdout.splitlines()]
    assert {row["kind"]: row["days"] for row in rows}["raw_events"] == 30
    refused = run(retention.command, world, "set", "looks", 10)
    assert refused.exit_code == 2
    assert "at least 6 years" in refused.output


def test_a_trial_says_what_would_go(world: World) -> None:
    done = run(retention.command, world, "purge", "--dry-run", "--format", "jsonl")
    assert done.exit_code == 0
    assert {json.loads(line)["kind"] for line in done.stdout.splitlines()} >= {"raw_events", "messages"}
    assert "trial" in done.stderr
