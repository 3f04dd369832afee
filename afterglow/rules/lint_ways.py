"""Ways out of a message: how to stop it, how to reach a person, what to do next, and who is writing."""

from __future__ import annotations

import re

from afterglow.rules.facts import Channel
from afterglow.rules.lint_words import Words, any_of, as_is, group


def names_practice(words: Words) -> bool:
    return "\u27e6practice.name\u27e7" in words.text


def opt_outs(words: Words, channel: Channel) -> list[tuple[int, int]]:
    """The sentences that say how to stop such messages, with a short question before them that belongs to them."""
    if channel is Channel.EMAIL:
        pattern = _UNSUBSCRIBE
    else:
        pattern = _SPOKEN_WAY_OUT if channel is Channel.VOICE else any_of("texted_way_out")
    found: list[tuple[int, int]] = []
    before: re.Match[str] | None = None
    for sentence in words.sentences():
        if pattern.search(sentence[0]):
            has_question = before is not None and any_of("about_stopping").search(before[0])
            found.append((before.start() if before and has_question else sentence.start(), sentence.end()))
        before = sentence
    return found


def opt_out_words(words: Words, channel: Channel) -> list[tuple[int, int]]:
    """The opt-out alone, because "Choose a time or reply STOP" is one sentence and says two things."""
    if channel is Channel.VOICE:
        return [(_spoken_clause(words.text, start, end), end) for start, end in opt_outs(words, channel)]
    if channel is Channel.EMAIL:
        return opt_outs(words, channel)
    spans = [(found.start(), found.end()) for found in _OPT_OUT_CLAUSE.finditer(words.text)]
    for start, end in opt_outs(words, channel):
        sentence = words.text[start:end]
        if any_of("about_stopping").search(sentence) and "?" in sentence:
            spans.append((max(start, words.text.rfind("\u27e7", start, end) + 1), end))
    return spans


def _spoken_clause(text: str, start: int, end: int) -> int:
    """Where the way out begins in its sentence; what comes before counts when it asks for something else."""
    way_out = any_of("not_called").search(text, start, end)
    breaks = list(_OR.finditer(text, start, way_out.start() if way_out else start))
    before = text[start : breaks[-1].start()] if breaks else ""
    return (
        breaks[-1].start() if as_is("press_for").search(before) and not any_of("not_called").search(before) else start
    )


def asks_something(words: Words, channel: Channel) -> bool:
    """Whether there is a question, a request to answer, or a link, the opt-out line aside."""
    text = words.without(opt_out_words(words, channel))
    return "?" in text or bool(
        as_is("link").search(text) or _REQUEST.search(text) or as_is("number_to_call").search(text)
    )


def reaches_person(sentence: str) -> bool:
    """Whether a sentence says how to reach a human."""
    return bool(as_is("reach").search(sentence))


_UNSUBSCRIBE = re.compile(r"\u27e6unsubscribe\.link\u27e7")
_OPT_OUT_CLAUSE = re.compile(rf"{any_of('texted_way_out').pattern}[^.!?\n:\u27e6]*[.!]?")
_SPOKEN_WAY_OUT = re.compile(rf"(?=.*{any_of('not_called').pattern})(?=.*{any_of('ways_to_say').pattern})", re.DOTALL)
_OR = re.compile(r"[,;]\s+(?:or\s+|and\s+)?|\s+or\s+(?=press|say|call|dial|key|tell)")
_REQUEST = re.compile(rf"(?<![\w-]){group('not_we')}{group('requests')}")
