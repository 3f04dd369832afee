"""What each part of a service name says: the longest known phrases, typing errors mended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from afterglow.rules.catalog_lexicon import SHORTEST_TO_MEND, Meaning, lexicon
from afterglow.rules.catalog_words import SEPARATORS, Word

LONG = 9  # from this length on a word may hold two typing errors
_ENDING = re.compile(r"(cion|tion|ment|ing)$")  # long words that share it are not near for that
TITLE = "dr"
UNKNOWN = Meaning(kind="unknown")


@dataclass(frozen=True, slots=True)
class Finding:
    """One phrase of the name and one thing it means."""

    at: int  # index of the phrase's first word
    end: int  # index behind its last word
    part: int  # parts of a name are divided by "+", "with", "/" and commas
    written: str  # as the practice wrote it
    meaning: Meaning
    is_mended: bool = False
    is_apart: bool = False  # a dash, colon or bracket stands before it


def read(words: Sequence[Word]) -> tuple[Finding, ...]:
    """Every known phrase from left to right, the longest first, and every word that is not known."""
    return tuple(_findings(words))


def _findings(words: Sequence[Word]) -> Iterator[Finding]:
    mended = [_mended(w.plain) for w in words]
    at = part = 0
    while at < len(words):
        if at and mended[at - 1] == TITLE and mended[at] not in SEPARATORS:
            at += 1  # a provider's name
            continue
        if end := _end_of_longest(mended, at):
            written = " ".join(w.written for w in words[at:end])
            is_mended = any(m != w.plain for m, w in zip(mended[at:end], words[at:end], strict=True))
            meanings = lexicon().phrases["".join(mended[at:end])]
            is_apart = words[at].is_apart
            yield from (Finding(at, end, part, written, meaning, is_mended, is_apart) for meaning in meanings)
            if meanings[0].kind in ("treatment", "cue") and not any(m.area for m in meanings):
                yield from _areas_inside(mended, at, end, part)
            at = end
            continue
        if mended[at] in SEPARATORS:
            part += 1
        elif mended[at][0].isalpha():
            yield Finding(at, at + 1, part, words[at].written, UNKNOWN, is_apart=words[at].is_apart)
        at += 1


def _areas_inside(mended: Sequence[str], at: int, end: int, part: int) -> Iterator[Finding]:
    """The area that a treatment's own words name: the leg of "leg vein laser"."""
    for inner in range(at, end):
        if end - at > 1:
            meanings = lexicon().phrases.get(mended[inner], ())
            yield from (Finding(inner, inner + 1, part, mended[inner], m) for m in meanings if m.kind == "area")


def _end_of_longest(mended: Sequence[str], at: int) -> int | None:
    if mended[at] in SEPARATORS:
        return None
    phrases = lexicon().phrases
    for end in range(min(at + lexicon().longest, len(mended)), at, -1):
        if "".join(mended[at:end]) in phrases:
            return end
    return None


@lru_cache(maxsize=8192)
def _mended(word: str) -> str:
    """The word, or the one known word it is a typing error of."""
    if word in lexicon().words or len(word) < SHORTEST_TO_MEND or not word.isalpha():
        return word
    if word[-1] == "e" and word[:-1] in lexicon().words:
        return word[:-1]  # a Spanish plural: "vasculares"
    most = 2 if len(_ENDING.sub("", word)) >= LONG else 1
    near = extract(word, lexicon().telling, scorer=OSA.distance, score_cutoff=most, limit=3)
    nearest = [str(known) for known, distance, _ in near if distance == near[0][1]]
    meanings = {frozenset(lexicon().phrases.get(known, ())) for known in nearest}
    return nearest[0] if len(meanings) == 1 else word
