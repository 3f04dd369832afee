"""A message text taken apart: its words, its tokens and its conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from afterglow.rules.tokens import TOKENS

CASES: Mapping[str, Callable[[str], str]] = {  # what a filter makes of a fallback
    "": str,
    "upcase": str.upper,
    "downcase": str.lower,
    "capitalize": str.capitalize,
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the source: from `start` up to `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Literal:
    text: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Output:
    """A token that is printed. `fallback` is what its filter `default` gives: words, or another token's name."""

    name: str
    spot: Spot
    fallback: str
    fallback_token: str
    case: str  # upcase | downcase | capitalize | nothing
    guards: frozenset[str]  # tokens that a condition around it has asked for


@dataclass(frozen=True, slots=True)
class Choice:
    """An "if" or "unless": each branch with the condition it needs, in their order; "" is the "else"."""

    branches: tuple[tuple[str, tuple[Node, ...]], ...]


Node = Literal | Output | Choice


@dataclass(frozen=True, slots=True)
class Parsed:
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...]
    conditions: tuple[tuple[str, Spot], ...]

    @property
    def names(self) -> frozenset[str]:
        """Every token that is printed, asked for, or stands in for another."""
        asked = {name for condition, _ in self.conditions for name in names_in(condition)}
        printed = {name for output in self.outputs for name in (output.name, output.fallback_token) if name}
        return frozenset(printed | {name for name in asked if "." in name})


def parse(source: str) -> Parsed:
    """The parts of a text. Never fails: what is broken is read as far as it goes."""
    reader = _Reader(source)
    nodes = reader.block(guards=frozenset())
    return Parsed(nodes, tuple(reader.outputs), tuple(reader.conditions))


def names_in(condition: str) -> list[str]:
    """The tokens that a condition speaks of, in their order."""
    return _NAME.findall(unquoted(condition))


def unquoted(condition: str) -> str:
    """The condition without the words it compares with."""
    return re.sub(r"\"[^\"]*\"|'[^']*'", " ", condition)


def asks_whether_empty(part: str) -> bool:
    """Whether a part of a condition holds when its token has no value."""
    return bool(_IS_EMPTY.search(part))


class _Reader:
    """Reads tags in their order; an "end" without its beginning is passed over."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tags = list(_TAG.finditer(source))
        self._next = 0
        self._at = 0
        self._stopped_by = ""
        self.outputs: list[Output] = []
        self.conditions: list[tuple[str, Spot]] = []

    def block(self, *, guards: frozenset[str], until: tuple[str, ...] = ()) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while self._next < len(self._tags):
            tag = self._tags[self._next]
            self._next += 1
            nodes += self._literal(tag.start())
            self._at = tag.end()
            if tag["output"] is not None:
                nodes.append(self._output(tag, guards))
                continue
            word, _, rest = tag["tag"].strip().partition(" ")
            if word in until:
                self._stopped_by = tag["tag"].strip()
                return tuple(nodes)
            if word in ("if", "unless"):
                nodes.append(self._choice(word, rest.strip(), guards, tag))
            elif word == "comment":
                self._skip_comment()
        nodes += self._literal(len(self._source))
        self._stopped_by = ""
        return tuple(nodes)

    def _literal(self, end: int) -> list[Node]:
        if end <= self._at:
            return []
        return [Literal(self._source[self._at : end], Spot(self._at, end))]

    def _output(self, tag: re.Match[str], guards: frozenset[str]) -> Output:
        name, *filters = _split_filters(tag["output"])
        fallback, fallback_token, case = "", "", ""
        for each in filters:
            word, _, value = (part.strip() for part in each.partition(":"))
            if word == "default":
                fallback, fallback_token = _fallback(value)
            elif word in CASES:
                case = word
        output = Output(name, Spot(tag.start(), tag.end()), fallback, fallback_token, case, guards)
        self.outputs.append(output)
        return output

    def _choice(self, word: str, condition: str, guards: frozenset[str], tag: re.Match[str]) -> Choice:
        self.conditions.append((condition, Spot(tag.start(), tag.end())))
        branches: list[tuple[str, tuple[Node, ...]]] = []
        needed = f"unless {condition}" if word == "unless" else condition
        seen: frozenset[str] = frozenset()  # what the branches passed over so far say is there
        while True:
            inner = self.block(guards=guards | seen | _guarded(needed), until=_ENDS)
            branches.append((needed, inner))
            seen |= _guarded_otherwise(needed)
            stop, _, rest = self._stopped_by.partition(" ")
            if stop not in ("else", "elsif"):
                return Choice(tuple(branches))
            needed = rest.strip() if stop == "elsif" else ""
            if stop == "elsif":
                self.conditions.append((needed, Spot(self._at, self._at)))

    def _skip_comment(self) -> None:
        while self._next < len(self._tags):
            tag = self._tags[self._next]
            self._next += 1
            self._at = tag.end()
            if (tag["tag"] or "").strip() == "endcomment":
                return


def _guarded(condition: str) -> frozenset[str]:
    """The tokens that have a value wherever this condition holds."""
    if not condition or " or " in condition:
        return frozenset()
    if condition.startswith("unless "):
        return _guarded_otherwise(condition.removeprefix("unless "))
    parts = [part for part in re.split(r"\s+and\s+", condition) if not asks_whether_empty(part)]
    return frozenset(name for part in parts for name in names_in(part)[:1])


def _guarded_otherwise(condition: str) -> frozenset[str]:
    """The tokens that have a value wherever this condition does not hold."""
    if condition.startswith("unless "):
        return _guarded(condition.removeprefix("unless "))
    if " and " in condition or not asks_whether_empty(condition):
        return frozenset()
    return frozenset(names_in(condition)[:1])


def _split_filters(expression: str) -> list[str]:
    return [part.strip() for part in re.split(r"\|(?=(?:[^\"']|\"[^\"]*\"|'[^']*')*$)", expression)]


def _fallback(value: str) -> tuple[str, str]:
    if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0]:
        return (value[1:-1], "") if value[1:-1].strip() else ("", "")
    return ("", value) if value in TOKENS and not TOKENS[value].may_be_empty else ("", "")


_TAG = re.compile(r"\{\{-?(?P<output>[^{}]*?)-?\}\}|\{%-?(?P<tag>.*?)-?%\}", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)+")
_IS_EMPTY = re.compile(r"==\s*(?:\"\s*\"|'\s*'|blank\b|empty\b|nil\b|null\b|false\b)")
_ENDS = ("else", "elsif", "endif", "endunless")
