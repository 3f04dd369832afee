"""The reference says everything there is: what is not documented fails here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import typer.main

from afterglow.actions.flag_client import FLAGS
from afterglow.channels.registry import HOOK_MEANINGS, PROVIDERS
from afterglow.cli.commands import COMMANDS
from afterglow.intake.columns import COLUMNS
from afterglow.rules import scenario_events
from afterglow.rules.facts import Channel
from afterglow.rules.lint import CODES
from afterglow.rules.lint_words import library
from afterglow.rules.protocol import Anchor, Late
from afterglow.rules.protocol_file import check_protocol
from afterglow.rules.table_reader import TableReader
from afterglow.rules.tokens import TOKENS
from afterglow.rules.vocabulary import AREAS, BRANDS, FAMILIES
from tools import providers, state_rules
from tools.house import ROOT, tracked_files

REFERENCE = ROOT / "docs" / "reference"
SETTING = re.compile(r"\b(?:AFTERGLOW_[A-Z_]+|DATABASE_URL)\b")
EVERYTHING = """
key = "x"
[[steps]]
key = "y"
function = "check_in"
when = { series = "none" }
email.text = "z"
"""


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """From a heading to the next one of its rank or higher."""
    rank = len(heading) - len(heading.lstrip("#"))
    found = re.search(rf"^{re.escape(heading)}\b.*?(?=^#{{1,{rank}}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading “{heading}”"
    return found[0]


@cache
def options(command: str) -> tuple[str, ...]:
    whole = typer.main.get_command(import_module(f"afterglow.cli.{COMMANDS[command].module}").command)
    parts = getattr(whole, "commands", {}).values()  # some commands have commands of their own
    return tuple(name for one in (whole, *parts) for parameter in one.params for name in parameter.opts if "--" in name)


def documented(words: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", words))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_each_of_its_options_is_documented(command: str) -> None:
    said = section(page("commands.md"), f"## afterglow {command}")

    assert [option for option in options(command) if f"`{option}`" not in said] == []


def test_no_option_is_documented_that_does_not_exist() -> None:
    for command in COMMANDS:
        table = "\n".join(re.findall(r"^\| .*", section(page("commands.md"), f"## afterglow {command}"), re.MULTILINE))
        invented = {word for word in documented(table) if word.startswith("--")} - {*options(command)}
        assert invented <= {"--phone"}, command


@pytest.mark.parametrize(("channel", "provider"), providers.ALL)
def test_every_provider_is_documented_with_its_abilities_its_settings_and_its_addresses(
    channel: Channel, provider: str
) -> None:
    """When this fails, `python -m tools.providers` prints what the page should say."""
    text = page("providers.md")
    said = section(text, f"## {channel} {provider}")

    assert f"\n{providers.overview_row(channel, provider)}\n" in text
    for table in (providers.settings_table(channel, provider), providers.hooks_table(channel, provider)):
        assert "\n".join(table) in said


def test_no_provider_is_documented_that_does_not_exist() -> None:
    headings = re.findall(r"^## (\w+) (\w+)$", page("providers.md"), re.MULTILINE)

    assert headings == [(channel.value, name) for channel, name in providers.ALL]


def test_everybody_who_may_call_us_says_what_for() -> None:
    names = {name for known in PROVIDERS.values() for provider in known.values() for name in provider.hooks}

    assert names == HOOK_MEANINGS.keys()


def test_the_table_of_state_rules_is_the_librarys() -> None:
    """When this fails, `python -m tools.state_rules` prints what the page should say."""
    assert "\n".join(state_rules.table()) in section(page("state-rules.md"), "## The table")


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    read = {
        name for file in (ROOT / "afterglow" / "config").rglob("*.py") for name in SETTING.findall(file.read_text())
    }
    rows = {row for row in re.findall(r"^\| `([A-Z_]+)`", page("settings.md"), re.MULTILINE) if SETTING.fullmatch(row)}

    assert rows == read


def test_every_column_is_documented() -> None:
    assert [column for column in COLUMNS if column not in documented(page("visit-file.md"))] == []


def test_every_key_of_a_protocol_is_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, set[str]] = {}

    def note(reader: TableReader) -> None:
        kind = next((str(part) for part in reversed(reader._path) if isinstance(part, str)), "protocol")
        asked.setdefault(kind, set()).update(reader._asked)

    monkeypatch.setattr(TableReader, "close", note)
    check_protocol(EVERYTHING)

    places = {"protocol": "## The protocol", "steps": "## A step", "email": "## A step", "when": "### Conditions"}
    assert asked.keys() == places.keys()
    for kind, heading in places.items():
        assert asked[kind] - documented(section(page("protocols.md"), heading)) == set()


@pytest.mark.parametrize("words", [TOKENS, FAMILIES, AREAS, BRANDS, list(Anchor), list(Late)])
def test_every_word_a_protocol_may_use_is_documented(words: list[str]) -> None:
    assert set(map(str, words)) - documented(page("protocols.md")) == set()


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_check_of_texts_is_documented_with_its_fix(code: str) -> None:
    said = section(page("lint.md"), f"### {code}")

    assert "**Fix:**" in said
    assert re.search(
        rf"\| \[`{code}`\].*\| {'error' if library()['codes'][code]['error'] else 'note'} \|", page("lint.md")
    )


def test_no_code_is_documented_that_does_not_exist() -> None:
    assert tuple(re.findall(r"^### (\w+)$", page("lint.md"), re.MULTILINE)) == CODES


def test_every_event_and_consent_of_a_scenario_is_documented() -> None:
    words = {*scenario_events._READERS, "outage", *scenario_events.CONSENTS, *FLAGS}

    assert words - documented(page("scenarios.md")) == set()


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "adr" / "0011-dependencies.md").read_text(encoding="utf-8")
    asked = {
        name
        for file in ("app.in", "dev.in")
        for name in re.findall(r"^[a-z][a-z0-9-]*", (ROOT / "requirements" / file).read_text(), re.MULTILINE)
    }

    assert set(re.findall(r"^\| ([a-z][a-z0-9-]*) \|", reasons, re.MULTILINE)) == asked


def markdown() -> list[str]:
    return [path for path in tracked_files(ROOT) if path.endswith(".md")]


@pytest.mark.parametrize("path", markdown())
def test_every_link_leads_somewhere(path: str) -> None:
    assert [link for link in links(ROOT / path) if not leads_somewhere(ROOT / path, link)] == []


def links(file: Path) -> Iterator[str]:
    """The relative links and pictures of a page, outside its code."""
    text = re.sub(r"^```.*?^```", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return (link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link)


def leads_somewhere(page_: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page_.parent / path).resolve() if path else page_
    if not target.exists():
        return False
    return not anchor or anchor in {slug(line) for line in re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)}


def slug(heading: str) -> str:
    """The anchor that a heading gets on the usual hosts."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
