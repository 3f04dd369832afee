"""The same text in the characters every phone has: one click instead of looking for a curly quote."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from afterglow.rules.segments import wide_characters


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of replacement, and how often it was made. `instead` is empty where a character was taken out."""

    found: str
    instead: str
    count: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """The repaired text, what changed, and the wide characters left for a person to decide (emoji, accents)."""

    text: str
    changes: tuple[Change, ...]
    left: tuple[str, ...]


def repair(text: str, *, has_plain_accents: bool = False) -> Repaired:
    """The text with curly quotes, dashes, ellipses and odd spaces made plain; accents only when asked ("á" → "a").

    What GSM-7 has stays as it is (é, ñ, ü, ¿), and so does what has no plain twin. A template stays a template: inside
    a quoted fallback a curly quote becomes an apostrophe.
    """
    counts: Counter[tuple[str, str]] = Counter()

    def replaced(found: re.Match[str]) -> str:
        character = found[0].strip(" ") or found[0]
        counts[character, _PLAIN[character]] += 1
        return " - " if found["pause"] else _PLAIN[character]

    whole = _IN_QUOTES.sub(lambda quoted: _DOUBLE_QUOTES.sub("'", quoted[0]), text)
    counts.update((c, "'") for before, after in zip(text, whole, strict=True) if (c := before) != after)
    plain = _TYPOGRAPHIC.sub(replaced, whole)
    if has_plain_accents:
        plain = "".join(_without_accent(c, counts) for c in plain)
    changes = tuple(Change(found, instead, count) for (found, instead), count in counts.items())
    return Repaired(plain, changes, wide_characters(plain))


def _without_accent(character: str, counts: Counter[tuple[str, str]]) -> str:
    if not wide_characters(character):
        return character
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    if not plain or plain == character or wide_characters(plain):
        return character
    counts[character, plain] += 1
    return plain


_PLAIN = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u00b7", "-"),
    **dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "
    ),
    **dict.fromkeys("\u200b\u2060\ufeff\u00ad\u2122\u00ae", ""),
    "\u2026": "...",
    "\u00d7": "x",
    "\u00a9": "(c)",
    "\u00bd": "1/2",
    "\u00bc": "1/4",
    "\u2192": "->",
}
# A long dash between words is a pause and gets room on both sides; "10\u201312" and the start of a line stay tight.
_TYPOGRAPHIC = re.compile(rf"(?P<pause>(?<=[^\s\d]) *[\u2014\u2015] *(?=\S))|[{re.escape(''.join(_PLAIN))}]")
_DOUBLE_QUOTES = re.compile("[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]")
_IN_QUOTES = re.compile(r'(?<=default: )"[^"{}]*"|(?<=default:)"[^"{}]*"')
