"""The wordings of library/optout.toml, ready to be looked for in plain words. Read once."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain, groupby
from typing import Any

_PLAIN_WORD = re.compile(r"[a-z0-9]+")
_GAP = r"(?: [^ .]+){0,3}?"
_START, _END = r"(?:^|(?<=[.,]))", r"(?= [.,]|$)"
_WORD_END = r"(?![^ ])"
_SAID = re.compile(r"[a-z0-9_]+")  # words of a wording that must be there as they are

_Phrases = Mapping[str, Sequence[tuple[list[str], list[str]]]]  # first word → (words, those for them), long ones first


class BadWording(Exception):
    """The list of wordings cannot be read; says where."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """Several ways to word one wish."""

    id: str
    wish: str  # stop | start | help
    scope: str  # empty: as the words say
    wordings: tuple[str, ...]  # each a regular expression over plain words
    unless_before: re.Pattern[str] | None  # just before the wording, it undoes it
    unless_after: re.Pattern[str] | None  # soon after
    unless_anywhere: re.Pattern[str] | None
    is_ambiguous: bool
    is_for_a_person: bool  # also a matter that somebody must see to
    is_spanish: bool
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    rules: tuple[Rule, ...]
    by_word: Mapping[str, frozenset[tuple[int, int]]]  # word → (rule, wording) that no text without it can match
    spelling: _Spelling
    mend: tuple[str, ...]
    ordinary: frozenset[str]
    about: Mapping[str, re.Pattern[str]]  # what a wording is about, by the words in it
    joined: re.Pattern[str]  # a channel that is named together with others
    tail: re.Pattern[str]  # "… and calling me too"
    harmless: frozenset[str]
    spanish: frozenset[str]


@cache
def compiled(wording: str) -> re.Pattern[str]:
    """The expression, made when the first text may need it: most texts need few of them."""
    return re.compile(wording)


@cache
def book() -> Book:
    """Everything the file says. BadWording when it cannot be read."""
    return read_book(files("afterglow.library").joinpath("optout.toml").read_text("utf-8"))


def read_book(source: str) -> Book:
    """The book that a TOML text describes. BadWording names the rule and the wording at fault."""
    data = tomllib.loads(source)
    fillers = dict.fromkeys(data["filler"]["words"], "")
    spelling = _Spelling(data["same"], _by_first_word(data["same"]), _by_first_word(fillers))
    groups = _Groups(data["groups"], spelling)
    rules: list[Rule] = []
    by_word: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for number, row in enumerate(data["rule"]):
        rules.append(_rule(row, groups, data["guards"]))
        for wording, said in enumerate(row["says"]):
            for word in groups.anchors(said, rule=row["id"]):
                by_word[word].add((number, wording))
    written = chain(*data["groups"].values(), *(row["says"] for row in data["rule"]))
    words = {word for phrase in written for word in _PLAIN_WORD.findall(phrase)}
    return Book(
        rules=tuple(rules),
        by_word={word: frozenset(places) for word, places in by_word.items()},
        spelling=spelling,
        mend=tuple(data["mend"]["words"]),
        ordinary=frozenset(data["mend"]["ordinary"]) | words | frozenset(data["mend"]["words"]),
        about={name: _whole(map(spelling.phrase, phrases)) for name, phrases in data["about"].items()},
        joined=re.compile("|".join(groups.regex(wording) for wording in data["joined"]["says"])),
        tail=re.compile(rf"(?: ,)?(?: (?:{'|'.join(_longest_first(groups.phrases('tail')))}){_WORD_END})*"),
        harmless=frozenset(data["harmless"]["words"]),
        spanish=frozenset(data["spanish"]["words"]),
    )


def _rule(row: Mapping[str, Any], groups: _Groups, guards: Mapping[str, Sequence[str]]) -> Rule:
    try:
        return Rule(
            id=row["id"],
            wish=row.get("wish", "stop"),
            scope=row.get("scope", ""),
            wordings=tuple(groups.regex(wording) for wording in row["says"]),
            unless_before=_guard(row.get("unless_before", ["negated"]), groups, guards, end="$"),
            unless_after=_guard(row.get("unless_after", []), groups, guards, start=_GAP),
            unless_anywhere=_guard(row.get("unless_anywhere", []), groups, guards),
            is_ambiguous=row.get("is_ambiguous", False),
            is_for_a_person=row.get("is_for_a_person", False),
            is_spanish=row.get("is_spanish", False),
            examples=tuple(row["examples"]),
            counter_examples=tuple(row["counter_examples"]),
        )
    except KeyError as fault:
        raise BadWording(f"rule {row.get('id')}: {fault}") from fault


def _guard(
    names: Sequence[str], groups: _Groups, guards: Mapping[str, Sequence[str]], *, start: str = "", end: str = ""
) -> re.Pattern[str] | None:
    wordings = [groups.regex(wording) for name in names for wording in guards[name]]
    return re.compile(f"{start}(?:{'|'.join(wordings)}){end}") if wordings else None


@dataclass(frozen=True, slots=True, eq=False)
class _Spelling:
    """One way to write what is written in many: for the words of a text, and for those of the wordings."""

    words: Mapping[str, str]
    phrases: _Phrases
    filler: _Phrases  # left out

    def plain(self, words: Sequence[str]) -> list[str]:
        """The words with every known phrase in its one spelling, without those that say nothing."""
        return _renamed(_renamed(words, self.phrases), self.filler)

    def phrase(self, said: str) -> str:
        return " ".join(self.plain(" ".join(self.words.get(word, word) for word in said.split()).split()))


def _renamed(words: Sequence[str], phrases: _Phrases) -> list[str]:
    renamed: list[str] = []
    at = 0
    while at < len(words):
        for phrase, same in phrases.get(words[at], ()):
            if words[at : at + len(phrase)] == phrase:
                renamed += same
                at += len(phrase)
                break
        else:
            renamed.append(words[at])
            at += 1
    return renamed


class _Groups:
    """Named lists of words that stand for each other, and the wordings made of them."""

    def __init__(self, groups: Mapping[str, Sequence[str]], spelling: _Spelling) -> None:
        self._groups = groups
        self._spelling = spelling

    def phrases(self, name: str) -> list[str]:
        """Every phrase of a group; a group may name others."""
        return [
            phrase
            for said in self._groups[name]
            for phrase in (self.phrases(said[1:-1]) if said.startswith("{") else [self._spelling.phrase(said)])
            if phrase
        ]

    def regex(self, wording: str) -> str:
        return "".join(self._element(element) for element in self._elements(wording))

    def anchors(self, wording: str, *, rule: str) -> set[str]:
        """First words of the rarest part that no text with this wording lacks."""
        needed = [self._first_words(e) for e in self._elements(wording) if e[0] not in "[<>" and e != ".."]
        if not needed:
            raise BadWording(f"rule {rule}: the wording {wording!r} needs a word that must be there")
        common = set(self._groups["common"])
        return min(needed, key=lambda words: (bool(words & common), len(words)))

    def _elements(self, wording: str) -> Iterator[str]:
        """The parts of a wording; words in a row are spelled together, because "i have" is one phrase."""
        for is_said, elements in groupby(wording.split(), key=lambda element: bool(_SAID.fullmatch(element))):
            row = list(elements)
            yield from self._plain(" ".join(row)).split() if is_said else row

    def _first_words(self, element: str) -> set[str]:
        return {phrase.split()[0] for phrase in self._alternatives(element)}

    def _element(self, element: str) -> str:
        match element:
            case "<":
                return _START
            case ">":
                return _END
            case "<<":
                return "^"
            case ">>":
                return "$"
            case "..":
                return _GAP
        is_optional = element.startswith("[")
        words = "|".join(_longest_first(self._alternatives(element.strip("[]"))))
        return f"(?: (?:{words}){_WORD_END}){'?' if is_optional else ''}" if words else ""

    def _alternatives(self, element: str) -> list[str]:
        return [
            phrase
            for part in element.split("/")
            for phrase in (self.phrases(part[1:-1]) if part.startswith("{") else [self._plain(part)])
            if phrase
        ]

    def _plain(self, part: str) -> str:
        return self._spelling.phrase(part.replace("_", " "))


def _by_first_word(phrases: Mapping[str, str]) -> _Phrases:
    found: dict[str, list[tuple[list[str], list[str]]]] = defaultdict(list)
    for phrase in sorted(phrases, key=lambda phrase: -len(phrase.split())):
        found[phrase.split()[0]].append((phrase.split(), phrases[phrase].split()))
    return dict(found)


def _whole(phrases: Iterator[str] | Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf" (?:{'|'.join(_longest_first(phrases))}){_WORD_END}")


def _longest_first(phrases: Iterator[str] | Sequence[str]) -> list[str]:
    return [re.escape(phrase) for phrase in sorted(set(phrases), key=len, reverse=True)]
