"""The catalog's vocabulary: what every known phrase means. Read once, from library/catalog.toml."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from afterglow.rules.catalog_words import squashed, words_of

SHORTEST_TO_MEND = 5
_TELLING = frozenset({"treatment", "device", "area", "laser", "consult", "checkup", "money", "membership", "beauty"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One thing a phrase can say: a treatment, a device of several treatments, an area, a cue or an aside."""

    kind: str  # treatment | device | area | cue | aside | noise
    family: str = ""
    brand: str = ""
    area: str = ""
    cue: str = ""
    aside: str = ""
    is_loose: bool = False  # yields to a more exact word beside it
    why: str = ""  # what the rule says that found it


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A product name that several families share."""

    brand: str
    families: frozenset[str]
    alone: str  # its family when nothing else tells; empty: a question
    alternates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Words that are no treatment of ours, and how far they outweigh one."""

    key: str
    decision: str
    over: str  # always | apart | alone
    says: str
    alternates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What cues mean together."""

    when: tuple[str, ...]
    any_of: tuple[str, ...]
    unless: tuple[str, ...]
    family: str
    brand: str
    is_loose: bool
    area: str
    aside: str
    drops: tuple[str, ...]  # families and asides that the cues show not to be meant
    is_together: bool  # only where all of `when` stands in one part of the name
    alternates: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    phrases: Mapping[str, tuple[Meaning, ...]]  # by the phrase's words without gaps
    words: frozenset[str]  # every word of every phrase, and every phrase: what is never a typing error
    telling: tuple[str, ...]  # the words that typing errors are mended to
    longest: int  # words in the longest phrase
    devices: Mapping[str, tuple[Device, ...]]
    asides: Mapping[str, Aside]
    areas_within: Mapping[str, Mapping[str, str]]
    yields: Mapping[str, frozenset[str]]
    rules: tuple[Rule, ...]
    open_cues: Mapping[str, tuple[str, ...]]  # cues that alone are a question, and the families to offer
    add_ons: frozenset[str]  # open cues that ask nothing beside a treatment
    codes: Mapping[str, Mapping[str, str]]
    code_parts: Mapping[str, str]


@cache
def lexicon() -> Lexicon:
    """The vocabulary that ships with the product."""
    return _lexicon(tomllib.loads((files("afterglow.library") / "catalog.toml").read_text(encoding="utf-8")))


def _lexicon(data: Mapping[str, Any]) -> Lexicon:
    phrases: dict[str, list[Meaning]] = defaultdict(list)
    words: set[str] = {w.plain for word in data["ordinary"]["words"] for w in words_of(word)}
    telling: set[str] = set()
    longest = 1
    for phrase, meaning in _meanings(data):
        plain = [w.plain for w in words_of(phrase)]
        key = "".join(plain)
        words.update([*plain, key])
        if meaning.kind in _TELLING or meaning.aside in _TELLING:
            telling.update(w for w in (*plain, key) if len(w) >= SHORTEST_TO_MEND and w.isalpha())
        longest = max(longest, len(plain))
        if meaning not in phrases[key]:
            phrases[key].append(meaning)
    return Lexicon(
        phrases={key: tuple(meanings) for key, meanings in phrases.items()},
        words=frozenset(words),
        telling=tuple(sorted(telling)),
        longest=longest + 1,
        devices=_devices(data),
        asides={key: _aside(key, table) for key, table in data["asides"].items()},
        areas_within=data["areas_within"],
        yields={family: frozenset(others) for family, others in data["yields"].items()},
        rules=tuple(_rule(table) for table in data["rules"]),
        open_cues={cue: tuple(families) for cue, families in data["open_cues"].items()},
        add_ons=frozenset(data["add_ons"]["cues"]),
        codes=data["codes"],
        code_parts={squashed(part): says for part, says in data["code_parts"].items()},
    )


def _meanings(data: Mapping[str, Any]) -> Iterator[tuple[str, Meaning]]:
    for family, table in data["families"].items():
        yield from _of_family(family, table)
    for table in data["devices"]:
        yield from ((p, Meaning(kind="device", brand=table["brand"])) for p in table["words"])
    for area, phrases in data["areas"].items():
        yield from ((p, Meaning(kind="area", area=area)) for p in phrases)
    for cue, phrases in data["cues"].items():
        yield from ((p, Meaning(kind="cue", cue=cue)) for p in phrases)
    for key, table in data["asides"].items():
        yield from ((p, Meaning(kind="aside", aside=key)) for p in table["words"])
    yield from ((p, Meaning(kind="noise")) for p in data["noise"]["words"])


def _of_family(family: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Meaning]]:
    for phrase in table.get("words", ()):
        yield phrase, Meaning(kind="treatment", family=family)
    for phrase in table.get("loose", ()):
        yield phrase, Meaning(kind="treatment", family=family, is_loose=True)
    for brand, phrases in table.get("brands", {}).items():
        yield from ((p, Meaning(kind="treatment", family=family, brand=brand)) for p in phrases)
    for area, phrases in table.get("areas", {}).items():
        yield from ((p, Meaning(kind="treatment", family=family, area=area)) for p in phrases)


def _devices(data: Mapping[str, Any]) -> Mapping[str, tuple[Device, ...]]:
    devices: dict[str, list[Device]] = defaultdict(list)
    for table in data["devices"]:
        alternates = tuple(table.get("alternates", table["with"]))
        device = Device(
            brand=table["brand"], families=frozenset(table["with"]), alone=table.get("alone", ""), alternates=alternates
        )
        devices[table["brand"]].append(device)
    return {brand: tuple(of_brand) for brand, of_brand in devices.items()}


def _aside(key: str, table: Mapping[str, Any]) -> Aside:
    return Aside(
        key=key,
        decision=table["decision"],
        over=table["over"],
        says=table["says"],
        alternates=tuple(table.get("alternates", ())),
    )


def _rule(table: Mapping[str, Any]) -> Rule:
    return Rule(
        when=tuple(table.get("when", ())),
        any_of=tuple(table.get("any", ())),
        unless=tuple(table.get("unless", ())),
        family=table.get("family", ""),
        brand=table.get("brand", ""),
        is_loose=table.get("loose", False),
        area=table.get("area", ""),
        aside=table.get("aside", ""),
        drops=tuple(table.get("drops", ())),
        is_together=table.get("together", False),
        alternates=tuple(table.get("alternates", ())),
        why=table.get("why", ""),
    )
