"""`afterglow lint`: a file of texts, a protocol, or one text; what is broken is named and the rest is checked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from afterglow.cli.commands import main

GOOD = "{{ practice.name }}: how are you today?"
PROTOCOL = '''\
key = "glow"
title = "Glow"
class = "facial"
families = ["facial"]

[[steps]]
key = "day_1"
function = "check_in"
send_at = "24 hours"
valid_until = "48 hours"
channels = ["sms", "email"]
sms = """
{{ practice.name }}: how is
your filler?"""
email.subject = "How are you?"
email.text = """
{{ practice.name }} here. How are you?

Swelling is normal.
"""
'''


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    data: str
    words: str


Program = Callable[..., Answer]


@pytest.fixture
def lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["afterglow", "lint", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, " ".join(said.err.split()))

    return run


def row(name: str, template: str, **more: object) -> str:
    return json.dumps({"id": name, "function": "check_in", "channel": "sms", "template": template, **more})


def test_a_file_of_texts_becomes_one_object_a_line_with_its_codes(lint: Program) -> None:
    Path("texts.jsonl").write_text(f"{row('a', GOOD)}\n\n{row('b', 'Hello!!')}\n")
    answer = lint("--file", "texts.jsonl", "--format", "jsonl")

    assert [json.loads(line) for line in answer.data.splitlines()] == [
        {"id": "a", "codes": []},
        {"id": "b", "codes": ["missing_practice_name", "no_call_to_action", "shouting"]},
    ]
    assert answer.code == 1


def test_clean_texts_end_with_nothing_found(lint: Program) -> None:
    Path("texts.jsonl").write_text(row("a", GOOD))

    assert (lint("texts.jsonl").code, lint("--text", GOOD, "--function", "check_in").code) == (0, 0)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nope", "not valid JSON"),
        ("[1]", "not a JSON object"),
        ('{"id": "x"}', "“template” is missing"),
        (row("x", GOOD, function="hello"), "“function” must be one of check_in"),
        (row("x", GOOD, channel="fax"), "“channel” must be one of sms, email, voice"),
        (row("x", GOOD, meta="yes"), "“meta” must be an object"),
        ("[" * 50_000, "not valid JSON"),
    ],
)
def test_a_broken_line_is_named_and_the_rest_is_checked(lint: Program, line: str, says: str) -> None:
    Path("texts.jsonl").write_text(f"{row('a', GOOD)}\n{line}\n{row('c', GOOD)}\n")
    answer = lint("--file", "texts.jsonl", "--format", "jsonl")

    assert says in answer.words
    assert "texts.jsonl, line 2:" in answer.words
    assert [json.loads(each)["id"] for each in answer.data.splitlines()] == ["a", "c"]
    assert answer.code == 1


def test_the_findings_of_a_protocol_name_step_channel_and_line(lint: Program) -> None:
    Path("glow.toml").write_text(PROTOCOL)
    answer = lint("glow.toml")

    assert "glow.toml, day_1, sms, line 12: names_treatment_in_sms" in answer.data
    assert "glow.toml, day_1, email, line 19: reassurance_without_red_flag" in answer.data
    assert answer.code == 1
    rows = [json.loads(line) for line in lint("glow.toml", "--format", "jsonl").data.splitlines()]
    assert [r["id"] for r in rows] == ["glow/day_1/sms", "glow/day_1/email"]


def test_the_protocols_that_ship_are_clean(lint: Program) -> None:
    shipped = [str(file) for file in files("afterglow.library").joinpath("protocols").iterdir()]

    assert lint(*shipped, "--format", "jsonl").code == 0


def test_for_people_each_finding_comes_with_what_to_do(lint: Program) -> None:
    answer = lint("--text", "{{ practice.name }}: how is your filler?", "--function", "check_in")

    assert "names_treatment_in_sms" in answer.data
    assert "Use {{ treatment.alias }}" in answer.data
    allowed = lint("--text", "{{ practice.name }}: your filler?", "--function", "check_in", "--may-name-treatments")
    assert allowed.code == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("", "Give files"),
        ("--text Hello", "--function must be one of check_in"),
        ("--text Hello --function check_in --channel fax", "--channel must be one of sms"),
        ("gone.jsonl", "gone.jsonl: cannot be read"),
        ("broken.toml", "Correct the file first: afterglow check-protocol broken.toml"),
    ],
)
def test_wrong_use_is_answered_with_a_sentence(lint: Program, arguments: str, says: str) -> None:
    Path("broken.toml").write_text("key = ")
    answer = lint(*arguments.split())

    assert says in answer.words
    assert (answer.code, answer.data) == (2, "")
