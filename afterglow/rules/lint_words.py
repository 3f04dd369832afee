"""The words of one reading, in the shape that patterns are written for, and the patterns of the library."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from afterglow.rules.lint_readings import CLOSE, OPEN, Reading
from afterglow.rules.lint_template import Spot
from afterglow.rules.typography import repair


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Text in small letters, without accents and typographic signs; a token stands there as "⟦client.first_name⟧".

    `raw` is the same text as it was written, character by character; `spots` says where each character comes from.
    """

    text: str
    raw: str
    spots: tuple[Spot, ...]
    filled: frozenset[str]
    asked: frozenset[str]
    tokens: frozenset[str]  # that this reading prints

    def spot(self, start: int, end: int) -> Spot:
        """Where in the source these characters stand, without the signs before the first word."""
        if said := self.raw[start:end].lstrip(" \n.!?:,;"):
            start = end - len(said)
        within = self.spots[start:end] or self.spots[-1:] or (Spot(0, 0),)
        return Spot(within[0].start, within[-1].end)

    def find(self, pattern: re.Pattern[str]) -> Spot | None:
        found = pattern.search(self.text)
        return self.spot(found.start(), found.end()) if found else None

    def sentences(self) -> Iterator[re.Match[str]]:
        return _SENTENCE.finditer(self.text)

    def without(self, gaps: Iterable[tuple[int, int]]) -> str:
        """The text with these parts blanked out, everything else in its place."""
        text = self.text
        for start, end in gaps:
            text = text[:start] + " " * (end - start) + text[end:]
        return text

    def part(self, start: int, end: int) -> Words:
        return Words(
            self.text[start:end], self.raw[start:end], self.spots[start:end], self.filled, self.asked, self.tokens
        )


def words_of(reading: Reading, *, practice_name: str) -> Words:
    """The words of a reading. The practice's name written out counts as its token."""
    raw: list[str] = []
    spots: list[Spot] = []
    for piece in reading.pieces:
        if piece.token:
            shown = f"{OPEN}{piece.token}{CLOSE}"
            raw.append(shown)
            spots += [piece.spot] * len(shown)
        else:
            raw.append(piece.text.replace(OPEN, "[").replace(CLOSE, "]"))
            is_whole = len(piece.text) == piece.spot.end - piece.spot.start
            spots += [Spot(piece.spot.start + n, piece.spot.start + n + 1) if is_whole else piece.spot
                      for n in range(len(piece.text))]  # fmt: skip
    written, where = _with_token_for("".join(raw), spots, practice_name)
    tokens = frozenset(piece.token for piece in reading.pieces if piece.token)
    return Words("".join(map(_plain, written)), written, tuple(where), reading.filled, reading.asked, tokens)


def _with_token_for(text: str, spots: list[Spot], practice_name: str) -> tuple[str, list[Spot]]:
    name = " ".join(practice_name.split())
    if not name:
        return text, spots
    token = f"{OPEN}practice.name{CLOSE}"
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, name.split())) + r"(?!\w)", re.IGNORECASE)
    for found in reversed(list(pattern.finditer(text))):
        whole = Spot(spots[found.start()].start, spots[found.end() - 1].end)
        text = text[: found.start()] + token + text[found.end() :]
        spots = [*spots[: found.start()], *[whole] * len(token), *spots[found.end() :]]
    return text, spots


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """One character for one: small, without its accent, straight."""
    if character in (OPEN, CLOSE):
        return character
    straight = repair(character).text
    base = unicodedata.normalize("NFKD", straight if len(straight) == 1 else character)[:1].lower()
    return base if len(base) == 1 else character


@cache
def library() -> Mapping[str, Any]:
    """What ships in lint.toml: the codes, and the words by their lists."""
    return tomllib.loads((files("afterglow.library") / "lint.toml").read_text(encoding="utf-8"))


@cache
def any_of(*names: str) -> re.Pattern[str]:
    """A pattern for everything in these lists and patterns of the library, as whole words."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(group, names))})(?!\w)")


@cache
def as_is(name: str) -> re.Pattern[str]:
    """A pattern of the library that says itself where it begins and ends."""
    return re.compile(group(name))


@cache
def group(name: str) -> str:
    """A list or pattern of the library as one group, to build longer ones with."""
    entries = library()["words"].get(name) or library()["patterns"][name]
    return f"(?:{_NAMES.sub(lambda found: group(found[1]), _spaced('|'.join(entries)))})"


def _spaced(pattern: str) -> str:
    """Blanks as any white space; those of look-behinds and sets stay, since their width is fixed."""
    return _BLANKS.sub(lambda found: found["kept"] or (r"\s*" if found["few"] else r"\s+"), pattern)


_NAMES = re.compile(r"\{([a-z_]+)\}")
_BLANKS = re.compile(r"(?P<kept>\(\?<[!=][^)]*\)|\[(?:\\.|[^\]])*\])|(?P<few> \?)| ")
# A sentence ends at a mark with white space after it, or with its line; "3.5", "jss.example" and tokens go on.
_SENTENCE = re.compile(r"\S(?:[^\n.!?]|[.!?](?!\s|$))*[.!?]*")
