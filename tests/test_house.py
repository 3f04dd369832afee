"""What holds for the repository as a whole."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tools.house import ROOT, faults_in, tracked_files


def test_the_repository_keeps_its_own_house_rules() -> None:
    assert list(faults_in(ROOT, tracked_files(ROOT))) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements/app.txt", "--find-links wheels\n"),
        ("docs/story.md", "See .." + "/shared/plan.md\n"),
        ("tests/test_import.py", 'open("/home' + '/kit/visits.csv")\n'),
        ("afterglow/library/key.txt", "-----BEGIN RSA PRIVATE" + " KEY-----\n"),
        ("tests/world.py", 'phone = "+1617' + '5551234"\n'),
        ("afterglow/library/protocols/lips.toml", "title = \n"),
        ("afterglow/library/rules.csv", 'state,"hours\n'),
        ("uv.lock", "version = 1\n"),
    ],
)
def test_a_broken_house_rule_is_found_and_named(tmp_path: Path, path: str, text: str) -> None:
    _write(tmp_path, path, text)
    [fault] = faults_in(tmp_path, [path])
    assert fault.startswith(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements/app.in", "django~=5.2\n"),
        ("docs/howto/install.md", "Open https://afterglow.example.test/ and sign in.\n"),
        ("tests/world.py", 'phone = "+16175550123"\n'),
        ("afterglow/library/protocols/lips.toml", 'title = "Lips"\n'),
        ("afterglow/web/static/logo.png", "\x89PNG"),
    ],
)
def test_ordinary_files_pass(tmp_path: Path, path: str, text: str) -> None:
    _write(tmp_path, path, text)
    assert list(faults_in(tmp_path, [path])) == []


def test_the_fault_names_the_line(tmp_path: Path) -> None:
    _write(tmp_path, "tests/world.py", 'name = "Rosa"\nphone = "+1617' + '5551234"\n')
    [fault] = faults_in(tmp_path, ["tests/world.py"])
    assert fault.startswith("tests/world.py:2: ")


@pytest.mark.parametrize("name", ["app", "dev"])
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    requirements = re.split(r"\n(?=[a-z0-9])", _read(f"requirements/{name}.txt"))
    loose = [text for text in requirements if "==" not in text.split()[0] or "--hash=sha256:" not in text]
    assert len(requirements) > 20
    assert loose == []


@pytest.mark.parametrize("name", ["app", "dev"])
def test_what_is_asked_for_is_what_is_pinned(name: str) -> None:
    asked = re.findall(r"^[a-z0-9-]+", _read(f"requirements/{name}.in").replace("-r app.in", ""), re.MULTILINE)
    pinned = re.findall(r"^[a-z0-9-]+", _read(f"requirements/{name}.txt"), re.MULTILINE)
    assert set(asked) <= set(pinned)


def test_the_version_has_a_place_in_the_changelog() -> None:
    version = tomllib.loads(_read("pyproject.toml"))["project"]["version"]
    assert f"## [{version}]" in _read("CHANGELOG.md")


def test_make_alone_lists_every_target() -> None:
    makefile = _read("Makefile")
    listed = set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE))
    phony = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())
    assert listed == phony


def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
