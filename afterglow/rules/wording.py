"""From a reviewed text to the words one client reads, or the reason why the message is held."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from liquid import BoundTemplate, Environment, Undefined
from liquid.builtin.filters.misc import default as liquid_default
from liquid.exceptions import LiquidError

from afterglow.rules.protocol import Template
from afterglow.rules.tokens import TOKENS
from afterglow.rules.vocabulary import did_you_mean


@dataclass(frozen=True, slots=True)
class Rendered:
    """The finished words. `subject` is empty for everything but e-mail."""

    text: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """The message must not go out like this. The reason is a sentence staff can act on."""

    reason: str


@dataclass(frozen=True, slots=True)
class TextFault:
    """Something wrong in a text; `line` counts from 1 within that text."""

    line: int
    message: str


def render(template: Template, tokens: Mapping[str, str]) -> Rendered | Held:
    """The text with every token filled in, or why it is held. Never raises for a text or a value.

    A token without a value needs a fallback in the text. Values are inserted literally: Liquid inside them stays text.
    """
    text = _fill(template.body, tokens)
    subject = _fill(template.subject, tokens) if template.subject else ""
    if isinstance(text, Held):
        return text
    return subject if isinstance(subject, Held) else Rendered(text, " ".join(subject.split()))


def faults_of(source: str) -> tuple[TextFault, ...]:
    """Everything that keeps a text from being filled in: unknown tokens, unknown filters, broken Liquid."""
    compiled = _compile(source)
    return () if isinstance(compiled, _Compiled) else compiled


def _fill(source: str, tokens: Mapping[str, str]) -> str | Held:
    compiled = _compile(source)
    if not isinstance(compiled, _Compiled):
        return Held(compiled[0].message)
    return _render(compiled, tuple(tokens.get(name, "") for name in compiled.names))


@lru_cache(maxsize=8192)
def _render(compiled: _Compiled, values: tuple[str, ...]) -> str | Held:
    """Keyed by the values that the text really uses: in a batch most are shared, and the rest cost one rendering."""
    try:
        return tidy(compiled.template.render(_context(compiled.names, values)))
    except MissingValue as missing:
        return Held(missing.reason)
    except LiquidError as error:
        return Held(f"the text cannot be filled in: {error.message}")


@dataclass(frozen=True, slots=True, eq=False)  # itself and no other: that is what makes it a cheap key
class _Compiled:
    template: BoundTemplate
    names: tuple[str, ...]


@lru_cache(maxsize=1024)
def _compile(source: str) -> _Compiled | tuple[TextFault, ...]:
    try:
        template = _LIQUID.from_string(source)
        found = template.analyze()
    except LiquidError as error:
        return (TextFault(_line_of(error, source), _in_plain_words(str(error.message))),)
    used = [(str(token), token.span.index) for tokens in found.globals.values() for token in tokens]
    faults = [(index, _unknown_token(name)) for name, index in used if name not in TOKENS]
    faults += [
        (span.index, _unknown_filter(name))
        for name, spans in found.filters.items()
        for span in spans
        if name not in _FILTERS
    ]
    if faults:
        return tuple(TextFault(source.count("\n", 0, index) + 1, message) for index, message in sorted(faults))
    return _Compiled(template, tuple(sorted({name for name, _ in used})))


def _line_of(error: LiquidError, source: str) -> int:
    """Liquid finds out only at the end that something was never closed: then the last tag is the best guess."""
    where = error.context()
    return where[0] if where else source.count("\n", 0, max(source.rfind("{%"), 0)) + 1


def _in_plain_words(message: str) -> str:
    if unclosed := re.search(r"expected tag end(\w+)", message):
        return f'an "{unclosed[1]}" is never closed: add {{% end{unclosed[1]} %}}'
    if stray := re.search(r"unexpected tag '(?:end)?(else|elsif|if|unless|comment)'", message):
        return f'there is an "else" or "end" without its "if" or "unless" ("{stray[1]}")'
    if unknown := re.search(r"unexpected tag '(\w+)'", message):
        return f'texts know only "if", "unless" and "comment", not "{unknown[1]}"'
    return f"this is not valid Liquid: {message}"


def _unknown_token(name: str) -> str:
    return f'there is no token "{name}"{did_you_mean(name, TOKENS)}'


def _unknown_filter(name: str) -> str:
    return f'there is no filter "{name}"{did_you_mean(name, _FILTERS)}'


def tidy(text: str) -> str:
    """No gaps where a condition left nothing."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" +(?=\n|$)|(?<= ) +", "", text)).strip()


class MissingValue(Exception):
    """A text needs a value that is missing, and gives no words to use instead."""

    def __init__(self, name: str) -> None:
        self.reason = f"{TOKENS[name].label} is missing and the text has no fallback"
        super().__init__(self.reason)


class _Missing(Undefined):
    """A token without a value: false in a condition, replaced by `default`, an error when it would be printed."""

    __slots__ = ()

    def __str__(self) -> str:
        raise MissingValue(self.name)


def _context(names: tuple[str, ...], values: tuple[str, ...]) -> dict[str, dict[str, object]]:
    context: dict[str, dict[str, object]] = {}
    for name, value in zip(names, values, strict=True):
        group, leaf = name.split(".")
        context.setdefault(group, {})[leaf] = _one_line(value) or _Missing(name)
    return context


def _one_line(value: str) -> str:
    return " ".join(_CONTROL.sub(" ", value).split())


def _default(value: object, fallback: object = "") -> object:
    """Liquid's `default`, except that an empty fallback counts as none."""
    if isinstance(value, _Missing) and not str(fallback).strip():
        raise MissingValue(value.name)
    return liquid_default(value, fallback)


def _environment() -> Environment:
    """Liquid without loops, assignments and includes: a text stays as simple as what it says."""
    environment = Environment()
    environment.tags = {name: tag for name, tag in environment.tags.items() if name in _TAGS}
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.add_filter("default", _default)
    return environment


# Control characters, and the invisible ones that reorder or hide text.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_TAGS = frozenset({"content", "output", "illegal", "if", "unless", "comment", "#"})
_FILTERS = ("capitalize", "default", "downcase", "strip", "upcase")
_LIQUID = _environment()
