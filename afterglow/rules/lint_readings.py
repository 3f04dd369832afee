"""Every way a message text can come out.

A text with conditions is several texts. What must be in it must be in each of them, and what must not be there in none;
so every finding is made on the readings, never on the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from afterglow.rules.lint_template import CASES, Literal, Node, Output, Parsed, Spot, asks_whether_empty, names_in
from afterglow.rules.tokens import TOKENS

OPEN, CLOSE = "\u27e6", "\u27e7"  # around a token's name in the words of a reading
_MOST_TOKENS_TO_COMBINE = 5


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
                    asked.update(name for name in names_in(condition) if name in filled)
                    yield from _read(inner, filled, asked)
                    break


def _read_output(output: Output, filled: frozenset[str]) -> Iterator[Piece]:
    if output.name in filled and (output.name in TOKENS or not (output.fallback or output.fallback_token)):
        yield Piece(output.name, output.spot, token=output.name)
    elif output.fallback_token:
        yield Piece(output.fallback_token, output.spot, token=output.fallback_token)
    elif output.fallback:
        yield Piece(CASES[output.case](output.fallback), output.spot)


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
    names = names_in(part)
    has_value = bool(names) and names[0] in filled
    return not has_value if asks_whether_empty(part) else has_value
