"""A message text taken apart: its tokens, and every way it can come out.

A text with conditions is several texts. What must be in it must be in each of them, and what must not be there in none;
so every finding is made on the readings, never on the source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from afterglow.rules.tokens import TOKENS

OPEN, CLOSE = "\u27e6", "\u27e7"  # around a token's name in the words of a reading


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
        asked = {name for condition, _ in self.conditions for name in _NAME.findall(_unquoted(condition))}
        printed = {name for output in self.outputs for name in (output.name, output.fallback_token) if name}
        return frozenset(printed | {name for name in asked if "." in name})


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of one reading, and where in the source they stand. A token's piece carries its name."""

    text: str
    spot: Spot
    token: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way the text can come out. `filled` are the tokens that have a value in it."""

    pieces: tuple[Piece, ...]
    filled: frozenset[str]
    asked: frozenset[str]  # tokens whose value was asked for and is there, where these words stand


def parse(source: str) -> Parsed:
    """The parts of a text. Never fails: what is broken is read as far as it goes."""
    reader = _Reader(source)
    nodes = reader.block(guards=frozenset())
    return Parsed(nodes, tuple(reader.outputs), tuple(reader.conditions))


def readings(parsed: Parsed) -> tuple[Reading, ...]:
    """Every different way it can come out, the one with all values first."""
    optional = sorted(name for name in parsed.names if name not in TOKENS or TOKENS[name].may_be_empty)
    found: dict[tuple[Piece, ...], Reading] = {}
    for filled in _assignments(optional):
        always = frozenset(name for name in parsed.names if name not in optional)
        asked: set[str] = set()
        pieces = tuple(_read(parsed.nodes, filled | always, asked))
        found.setdefault(pieces, Reading(pieces, filled | always, frozenset(asked)))
    return tuple(found.values())


def sample(parsed: Parsed, samples: Mapping[str, str]) -> str:
    """The text with every value filled in. What is no token at all gives its fallback, or nothing."""
    [full, *_] = readings(parsed)
    return "".join(samples.get(piece.token, "") if piece.token else piece.text for piece in full.pieces)


_MOST_TOKENS_TO_COMBINE = 5


def _assignments(names: list[str]) -> Iterator[frozenset[str]]:
    """Which of the tokens have a value: every combination, or with many tokens every single one alone."""
    if len(names) <= _MOST_TOKENS_TO_COMBINE:
        for given in product((True, False), repeat=len(names)):
            yield frozenset(name for name, is_given in zip(names, given, strict=True) if is_given)
        return
    yield frozenset(names)
    yield frozenset()
    for name in names:
        yield frozenset(names) - {name}
        yield frozenset({name})


def _read(nodes: Iterable[Node], filled: frozenset[str], asked: set[str]) -> Iterator[Piece]:
    for node in nodes:
        if isinstance(node, Literal):
            yield Piece(node.text, node.spot)
        elif isinstance(node, Output):
            yield from _read_output(node, filled)
        else:
            for condition, inner in node.branches:
                if _holds(condition, filled):
                    asked.update(name for name in _NAME.findall(_unquoted(condition)) if name in filled)
                    yield from _read(inner, filled, asked)
                    break


def _read_output(output: Output, filled: frozenset[str]) -> Iterator[Piece]:
    if output.name in filled and (output.name in TOKENS or not (output.fallback or output.fallback_token)):
        yield Piece(output.name, output.spot, token=output.name)
    elif output.fallback_token:
        yield Piece(output.fallback_token, output.spot, token=output.fallback_token)
    elif output.fallback:
        yield Piece(_CASES[output.case](output.fallback), output.spot)


_CASES: Mapping[str, Callable[[str], str]] = {
    "": str,
    "upcase": str.upper,
    "downcase": str.lower,
    "capitalize": str.capitalize,
}


def _holds(condition: str, filled: frozenset[str]) -> bool:
    """Whether a branch is taken. A comparison that only a real value can answer counts as whether there is one."""
    if not condition:
        return True
    if condition.startswith("unless "):
        return not _holds(condition.removeprefix("unless "), filled)
    if alternatives := re.split(r"\s+or\s+", condition)[1:]:
        return any(_holds(part, filled) for part in (re.split(r"\s+or\s+", condition)[0], *alternatives))
    return all(_is_true(part, filled) for part in re.split(r"\s+and\s+", condition))


def _is_true(part: str, filled: frozenset[str]) -> bool:
    names = _NAME.findall(_unquoted(part))
    has_value = bool(names) and names[0] in filled
    return not has_value if _IS_EMPTY.search(part) else has_value


def _unquoted(text: str) -> str:
    return re.sub(r"\"[^\"]*\"|'[^']*'", " ", text)


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
            elif word in _CASES:
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
    parts = [part for part in re.split(r"\s+and\s+", condition) if not _IS_EMPTY.search(part)]
    return frozenset(name for part in parts for name in _NAME.findall(_unquoted(part))[:1])


def _guarded_otherwise(condition: str) -> frozenset[str]:
    """The tokens that have a value wherever this condition does not hold."""
    if condition.startswith("unless "):
        return _guarded(condition.removeprefix("unless "))
    if " and " in condition or not _IS_EMPTY.search(condition):
        return frozenset()
    return frozenset(_NAME.findall(_unquoted(condition))[:1])


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
