"""The house rules no linter knows: what must never be in the repository, found by reading every file of it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A text that must not appear in the files that `where` admits."""

    pattern: re.Pattern[str]
    advice: str
    where: Callable[[str], bool] = lambda _: True


# Patterns are put together from pieces, so that this file keeps the rules it states.
RULES = (
    Rule(
        pattern=re.compile(r"https?://|file://|--(?:extra-)?index-url|--find-links|--trusted-host"),
        advice="requirements pin and hash packages; where they come from is the installer's business",
        where=lambda path: path.startswith("requirements/"),
    ),
    Rule(
        pattern=re.compile(r"\.\./" + r"shared|\bdev" + r"set\b|(?<!\w)/work" + r"/\w+|/opt/" + r"(?:pypi|wheels)"),
        advice="the product names no place outside itself",
    ),
    Rule(
        pattern=re.compile(r"/(?:home|Users)/(?!you\b)[a-z]\w*/"),
        advice="no path of somebody's own machine",
    ),
    Rule(
        pattern=re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE" + r" KEY-----"),
        advice="a private key belongs in no repository, not even a pretend one",
    ),
    Rule(
        pattern=re.compile(r"\+1(?!\d{3}555" + r"01\d\d\b)(?!50055500\d\d\b)[2-9]\d{9}\b"),
        advice="people here are synthetic: write numbers as +1 area 555-01xx",
    ),
)
FORBIDDEN_FILES = {
    "uv.lock": "requirements/*.txt are the only pins",
    ".env": "settings of one installation stay on its machine",
}
PARSERS: dict[str, Callable[[str], object]] = {
    ".toml": tomllib.loads,
    ".json": json.loads,
    ".csv": lambda text: list(csv.reader(text.splitlines(), strict=True)),
}


def main() -> int:
    """Prints every broken house rule, one per line; the exit code is 1 when there is one."""
    faults = list(faults_in(ROOT, tracked_files(ROOT)))
    for fault in faults:
        print(fault)
    print(f"{len(faults)} house rules broken." if faults else "The house is in order.")
    return 1 if faults else 0


def tracked_files(root: Path) -> list[str]:
    """Paths of everything that is, or is about to be, in the repository; all files where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        paths = [path for path in listing.stdout.split("\0") if path]
    else:
        paths = [str(path.relative_to(root)) for path in root.rglob("*") if not _is_hidden(path.relative_to(root))]
    return sorted(path for path in set(paths) if (root / path).is_file())


def faults_in(root: Path, paths: list[str]) -> Iterator[str]:
    """One sentence for each broken rule: `path:line: what to do about it`."""
    for path in paths:
        if Path(path).name in FORBIDDEN_FILES:
            yield f"{path}: {FORBIDDEN_FILES[Path(path).name]}"
        text = _text_of(root / path)
        if text is not None:
            yield from _forbidden_words(path, text)
            yield from _unreadable_data(path, text)


def _forbidden_words(path: str, text: str) -> Iterator[str]:
    for rule in RULES:
        if rule.where(path):
            for found in rule.pattern.finditer(text):
                yield f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {rule.advice}"


def _unreadable_data(path: str, text: str) -> Iterator[str]:
    parse = PARSERS.get(Path(path).suffix) if "library/" in path else None
    if parse is None:
        return
    try:
        parse(text)
    except (ValueError, csv.Error) as error:
        yield f"{path}: cannot be read: {error}"


def _text_of(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None  # a picture or a font


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


if __name__ == "__main__":
    sys.exit(main())
