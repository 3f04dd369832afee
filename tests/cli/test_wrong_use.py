"""Wrong use ends with 2 and a sentence that says what to do, never with a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from afterglow.cli import practice
from afterglow.cli.commands import main
from afterglow.models.across import all_practices
from tests.world import build_world

Program = Callable[..., "Answer"]
VISITS = "status,start,end,client_id,phone,service\ncompleted,2026-03-03 14:00,2026-03-03 15:00,rosa,2075550134,Botox\n"


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    data: str
    words: str


@pytest.fixture
def afterglow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    (tmp_path / "visits.csv").write_text(VISITS)
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "picture").write_bytes(bytes(range(256)))
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["afterglow", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, " ".join(said.err.split()))

    return run


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("simulate visits.csv --until tomorrow", "“tomorrow” is not a day. Write it like 2026-12-31."),
        ("simulate visits.csv --state ZZ", "“ZZ” is no state. Use two letters such as TX."),
        ("simulate visits.csv --timezone Mars", "“Mars” is not a time zone."),
        ("simulate visits.csv --date-order upside-down", "The date order is not known."),
        ("simulate gone.csv", "gone.csv: The file cannot be opened: No such file or directory."),
        ("simulate folder", "folder: The file cannot be opened: Is a directory."),
        ("test-protocols gone", "gone: cannot be read: No such file or directory."),
        ("test-protocols folder", "folder: cannot be read: Is a directory."),
        ("test-protocols picture", "picture: is not a text file in UTF-8."),
        ("test-protocols empty", "empty: there is no scenario in it."),
        ("test-protocols visits.csv", "visits.csv, line 1: not valid JSON"),
        ("check-protocol gone", "gone: cannot be read: No such file or directory."),
        ("check-protocol picture", "picture: is not a text file in UTF-8."),
        ("match --file folder", "folder: cannot be read: Is a directory."),
        ("match", "Give service names"),
        ("imprt visits.csv", "there is no command “imprt”. Did you mean “import”? See: afterglow --help"),
    ],
)
def test_a_wrong_use_is_answered_with_a_sentence(afterglow: Program, arguments: str, sentence: str) -> None:
    answer = afterglow(*arguments.split())

    assert sentence in answer.words
    assert (answer.code, answer.data) == (2, "")


@pytest.mark.django_db
def test_a_second_practice_does_not_take_over_the_account_of_somebody_else(
    afterglow: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_world()
    monkeypatch.setattr(practice, "ready", lambda: None)
    before = get_user_model().objects.get(username="hale").password

    answer = afterglow(
        "open-practice", "--name", "Vic", "--timezone", "America/Chicago", "--state", "IL", "--owner", "hale"
    )

    assert answer.code == 2
    assert "The user name “hale” is taken." in answer.words
    assert get_user_model().objects.get(username="hale").password == before
    assert len(all_practices()) == 2
