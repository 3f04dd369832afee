"""Texts of clients with what each asks for, from optout_cases.tsv."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Case:
    wish: str
    scope: str  # empty: not judged
    text: str


def _read(path: Path) -> list[Case]:
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [Case(*label.partition(":")[::2], text.replace("\\n", "\n")) for _, label, text in rows]


CASES = _read(Path(__file__).with_name("optout_cases.tsv"))
