"""What the pages show as an example works as shown."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from afterglow.cli.commands import COMMANDS
from afterglow.cli.scenarios import read_scenarios, run_scenario
from afterglow.intake.columns import suggest_mapping
from afterglow.intake.contract import VisitReported
from afterglow.intake.rows import reports
from afterglow.intake.systems import generic
from afterglow.intake.systems.csv_file import read_table
from afterglow.rules.expectations import check
from afterglow.rules.protocol_book import load_library
from afterglow.rules.protocol_file import check_protocol
from afterglow.rules.scenario import read_scenario
from tests.docs.test_docs import markdown, options, page
from tools.house import ROOT

SHELL = re.compile(r"^ {4,}(?:\.venv/bin/|\$ )?afterglow (?P<rest>(?:.*\\\n)*.*)", re.MULTILINE)
EXAMPLES = ROOT / "docs" / "reference" / "example-scenarios.jsonl"


@pytest.mark.parametrize("path", markdown())
def test_every_command_that_a_page_shows_exists_with_the_options_it_is_given(path: str) -> None:
    for shown in SHELL.finditer((ROOT / path).read_text(encoding="utf-8")):
        command, *arguments = shlex.split(shown["rest"].replace("\\\n", " "))
        assert command in COMMANDS
        assert [word for word in arguments if word.startswith("--") and word not in options(command)] == []


@pytest.mark.parametrize("path", markdown())
def test_every_make_target_that_a_page_shows_exists(path: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = set(re.findall(r"(?:^ {4}|`)make ([a-z]+)", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE))

    assert shown <= targets


@pytest.mark.parametrize("path", ["CONTRIBUTING.md", "docs/reference/protocols.md"])
def test_the_protocol_on_the_page_is_one(path: str) -> None:
    [text] = re.findall(r"^```toml\n(.*?)^```", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

    assert [fault for fault in check_protocol(text) if not fault.is_warning] == []


def test_the_call_on_the_page_is_one_visit_without_a_fault() -> None:
    [body] = re.findall(r"^```json\n(.*?)^```", page("webhook.md"), re.MULTILINE | re.DOTALL)

    [visit] = generic.reports(body.encode(), timezone="America/New_York")

    assert isinstance(visit, VisitReported)
    assert visit.client.consents
    assert [service.code for service in visit.services] == ["J0585"]


def test_the_visit_file_on_the_page_is_two_visits_without_a_fault(tmp_path: Path) -> None:
    lines = re.findall(r"^ {4}((?:appointment_id|A-\d).*)$", page("visit-file.md"), re.MULTILINE)
    file = tmp_path / "visits.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    table = read_table(file)

    found = list(reports(table, mapping=suggest_mapping(table.header), timezone="America/New_York", source="csv"))

    assert [len(v.services) for v in found if isinstance(v, VisitReported)] == [2, 1]
    assert len(found) == 2


def test_the_scenario_on_the_page_can_be_read() -> None:
    [text] = re.findall(r"^```json\n(.*?)^```", page("scenarios.md"), re.MULTILINE | re.DOTALL)

    assert read_scenario(json.loads(text)).id == "booked-before-day-75"


def test_the_example_scenarios_pass() -> None:
    book = load_library(include_drafts=False)

    verdicts = [check(s.expectations, run_scenario(s, book)) for s in read_scenarios(EXAMPLES)]

    assert [(v.failures, v.unexplained) for v in verdicts] == [((), ())] * 2
