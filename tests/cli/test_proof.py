"""`afterglow proof`, used wrongly: a sentence that says what to do, and no traceback."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from afterglow.cli import proof
from tests.actions.providers import practice_with_check_ins

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Give the number of a message, or a period"),
        (("1", "--from", "2026-01-01"), "Give the number of a message, or a period"),
        (("99999999999999999999999",), "has sent no message"),
        (("--from", "soon"), "is not a day"),
        (("--from", "2026-02-01", "--until", "2026-01-01"), "before it begins"),
        (("--from", "9999-12-31"), "Write a year between 2000 and 2199"),
        (("--from", "0001-01-01", "--until", "2026-01-01"), "Write a year between 2000 and 2199"),
        (("--from", "2026-01-01", "--out", "no/such/folder.zip"), "cannot be written: No such file or directory"),
    ],
)
def test_wrong_use_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(proof, "ready", lambda: None)
    practice_with_check_ins()
    answer = CliRunner().invoke(proof.command, list(arguments))
    assert answer.exit_code == 2
    assert says in " ".join(answer.stderr.split())
