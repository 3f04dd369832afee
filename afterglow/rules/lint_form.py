"""The form of a text: placeholders, fallbacks, capitals, short links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from afterglow.rules.lint_template import Output, Parsed, Spot, unquoted
from afterglow.rules.lint_words import Words, as_is, group, library
from afterglow.rules.tokens import TOKENS
from afterglow.rules.vocabulary import did_you_mean
from afterglow.rules.wording import faults_of


def unknown_tokens(source: str, parsed: Parsed) -> Iterator[tuple[Spot, str]]:
    """Every placeholder that cannot be filled in, with what is wrong about it."""
    seen = False
    for output in parsed.outputs:
        if output.name not in TOKENS and not _is_quoted(output.name):
            seen = True
            yield output.spot, f"There is no token “{output.name}”{did_you_mean(output.name, TOKENS)}."
    for condition, spot in parsed.conditions:
        for name in _CONDITION_NAME.findall(unquoted(condition)):
            if name not in TOKENS and name not in _WORDS_OF_CONDITIONS:
                seen = True
                yield spot, f"There is no token “{name}”{did_you_mean(name, TOKENS)}."
    for found in as_is("foreign").finditer(source):
        if not _is_ordinary(found[0]):
            seen = True
            yield Spot(found.start(), found.end()), f"“{found[0]}” is a placeholder of another program."
    if not seen:
        for fault in faults_of(source):
            start = _line_start(source, fault.line)
            yield Spot(start, start), f"{fault.message[:1].upper()}{fault.message[1:]}."


def without_fallback(parsed: Parsed) -> Iterator[Output]:
    for output in parsed.outputs:
        token = TOKENS.get(output.name)
        has_words = output.fallback or output.fallback_token
        if token and token.may_be_empty and not has_words and output.name not in output.guards:
            yield output


def shouting(words: Words) -> Spot | None:
    if found := _MARKS.search(words.raw):
        return words.spot(found.start(), found.end())
    if words.raw.count("!") >= _MOST_MARKS:
        last = words.raw.rindex("!")
        return words.spot(last, last + 1)
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(re.sub(r"\u27e6[^\u27e7]*\u27e7", _lower_case, words.raw)):
        text = word[0].strip("'")
        is_loud = text.isupper() and text.replace("'", "") not in library()["words"]["capitals"]
        if is_loud and len(text) >= 3:
            run.append(word)
            if len(run) >= 2:
                return words.spot(run[0].start(), word.end())
        elif not (text.isupper() and len(text) < 3 and text.isalpha()):
            run = []
    return None


def shortener(words: Words) -> Spot | None:
    return words.find(_shorteners())


def _lower_case(found: re.Match[str]) -> str:
    return found[0].lower()


@cache
def _shorteners() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\w@-])(?<!\w\.){group('shorteners')}(?![\w-])(?!\.[a-z])|//(?:www\.)?{group('shorteners')}(?![\w-])"
    )


def _is_quoted(name: str) -> bool:
    return len(name) > 1 and name[0] in "\"'" and name[-1] == name[0]


def _is_ordinary(placeholder: str) -> bool:
    """Brackets around a keyword or a number, and the tags of HTML, are no placeholders."""
    inner = placeholder.strip("[]<>{}%*|#_ ").lower()
    if placeholder.startswith("<") and not placeholder.startswith("<<"):
        return inner.split(" ")[0].strip("/") in _HTML
    return placeholder.startswith("[") and inner in _BRACKETED


def _line_start(source: str, line: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = source.find("\n", start) + 1
    return start


_MOST_MARKS = 3
_MARKS = re.compile(r"!\s?!|\$\$\$|!{2,}")
_WORD = re.compile(r"[^\W_][^\W_'’]*(?:['’][^\W_]+)*")
_CONDITION_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*")
_WORDS_OF_CONDITIONS = frozenset({"and", "or", "not", "contains", "blank", "empty", "nil", "null", "true", "false"})
_HTML = frozenset(
    ("a", "b", "i", "u", "p", "br", "hr", "em", "strong", "span", "div", "ul", "ol", "li", "img", "table")
)
_BRACKETED = frozenset(
    ("stop", "help", "yes", "no", "ok", "y", "n", "end", "quit", "cancel", "unsubscribe", "sic", "alto")
)
