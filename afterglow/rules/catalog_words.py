"""A service name as plain words that can be compared: no case, no accents, no signs, no plural."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

PLUS, WITH, SLASH, COMMA = "+", "~", "/", ","
SEPARATORS = frozenset({PLUS, WITH, SLASH, COMMA})

_PIECE = re.compile(r"[^\W\d_]+|\d*\.\d+|\d+|[+&/,;#$%|?]|[–—:()\[\]!•·]|(?<=\s)-+(?=\s)")
_BREAKS = frozenset("–—:()[]!•·-")
_SIGNS = str.maketrans(dict.fromkeys("™®©℠'’‘`\u00b4\u02bc", None))
_SPELLED = {
    **dict.fromkeys(("&", "and", "y", "plus", "then", "mas"), PLUS),
    **dict.fromkeys(("w", "with", "con", "incl", "including", "includes", "incluye"), WITH),
    **dict.fromkeys((";", "|"), COMMA),
}
_SLASHED = {("w",): WITH, ("w", "o"): "without", ("t", "u"): "tu", ("f", "u"): "fu", ("u", "a"): "ua"}
_KEPT_PLURALS = ("ss", "us", "is")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name: how it compares, and how it was written."""

    plain: str
    written: str
    is_apart: bool = False  # a dash, colon or bracket stands before it


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[Word, ...]:
    """The comparable words of a text, in order. Joining words and signs become one of SEPARATORS."""
    return tuple(_with_slashes_read(list(_pieces(text))))


def service_key(name: str, code: str = "") -> str:
    """The key under which staff's answer for a name and code is remembered; the same for any case and spacing."""
    spelled = " ".join(w.plain for w in words_of(name)) or " ".join(name.casefold().split())
    coded = "".join(re.findall(r"\w", code.casefold()))
    return f"{spelled}|{coded}" if coded else spelled


def squashed(text: str) -> str:
    """A phrase in the one form that phrases are compared in: its plain words without a gap."""
    return "".join(w.plain for w in words_of(text))


def _pieces(text: str) -> Iterator[Word]:
    is_apart = False
    for piece in _PIECE.findall(_without_signs(text)):
        if piece[0] in _BREAKS:
            is_apart = True
        elif plain := _plain(piece):
            yield Word(plain, piece, is_apart)
            is_apart = False


def _without_signs(text: str) -> str:
    undotted = re.sub(r"\b(\w)\.(?=\w\b)", r"\1", unicodedata.normalize("NFC", text))
    return undotted.translate(_SIGNS).replace("½", " 1/2")


def _plain(piece: str) -> str:
    folded = unicodedata.normalize("NFKD", piece.lower())
    letters = "".join(c for c in folded if c.isascii() and (c.isalnum() or c in "+&/,;#$%|?."))
    return _SPELLED.get(letters, _singular(letters))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == "s" and not word.endswith(_KEPT_PLURALS) else word


def _with_slashes_read(pieces: list[Word]) -> list[Word]:
    """ "w/", "w/o", "t/u", "f/u" and "u/a" are words; any other slash lists two things."""
    read: list[Word] = []
    at = 0
    while at < len(pieces):
        before, after = pieces[at].written.lower(), tuple(p.plain for p in pieces[at + 1 : at + 3])
        if after[:1] == (SLASH,) and (known := _SLASHED.get((before, *after[1:]))):
            read.append(replace(pieces[at], plain=known, written="".join(p.written for p in pieces[at : at + 3])))
            at += 3
        elif after[:1] == (SLASH,) and before == "w":
            read.append(replace(pieces[at], plain=WITH, written="w/"))
            at += 2
        else:
            read.append(pieces[at])
            at += 1
    return read
