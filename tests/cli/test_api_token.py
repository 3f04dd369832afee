"""`afterglow api-token` lets a program in, and shuts it out."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from afterglow.actions.api_tokens import program_of
from afterglow.actions.open_practice import open_practice
from afterglow.cli import api_token
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def practice_id(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(api_token, "ready", lambda: None)
    return open_practice(name="Glow", timezone="America/New_York", state="ME", now=NOW).practice_id


def test_a_token_is_shown_once_and_works_until_it_is_revoked(practice_id: int) -> None:
    made = CliRunner().invoke(api_token.command, ["create", "Intake form"])
    secret = made.stdout.strip()
    known = program_of(secret)
    assert known is not None
    assert known.practice_id == practice_id

    listed = CliRunner().invoke(api_token.command, ["list", "--format", "jsonl"]).stdout
    assert secret not in listed
    assert (json.loads(listed)["name"], json.loads(listed)["revoked_at"]) == ("Intake form", "")

    assert CliRunner().invoke(api_token.command, ["revoke", str(known.token_id)]).exit_code == 0
    assert program_of(secret) is None


def test_revoking_nothing_says_so() -> None:
    answer = CliRunner().invoke(api_token.command, ["revoke", "12"])
    assert answer.exit_code == 2
    assert "has no token 12 that works" in answer.stderr


def test_a_program_needs_a_name() -> None:
    assert CliRunner().invoke(api_token.command, ["create", " "]).exit_code == 2
