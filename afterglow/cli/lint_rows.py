"""Texts to check, one JSON object a line; a line that cannot be read is named, and the rest is read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from afterglow.rules.facts import Channel, Function
from afterglow.rules.protocol import Meta


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    id: object
    function: Function
    channel: Channel
    template: str
    meta: Meta


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is no text to check, and why."""

    line: int
    message: str


class _Unusable(Exception):
    """What is wrong with the line, in a sentence."""


def read_rows(text: str) -> Iterator[Row | BadRow]:
    """Every line of the file that is not empty: `id, function, channel, template` and perhaps `meta`."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield _row(number, line)
        except _Unusable as unusable:
            yield BadRow(number, str(unusable))


def _row(number: int, line: str) -> Row:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _Unusable(
            f"not valid JSON: {getattr(error, 'msg', 'nested too deeply')}. The line is left out."
        ) from error
    if not isinstance(data, dict):
        raise _Unusable("not a JSON object. The line is left out.")
    template = data.get("template")
    if not isinstance(template, str):
        raise _Unusable("“template” is missing or no text. The line is left out.")
    return Row(
        line=number,
        id=data.get("id", f"line {number}"),
        function=Function(_word(data, "function", _FUNCTIONS)),
        channel=Channel(_word(data, "channel", {word: word for word in _CHANNELS})),
        template=template,
        meta=_meta(data.get("meta")),
    )


def _word(data: Mapping[str, object], key: str, known: Mapping[str, str]) -> str:
    value = data.get(key)
    if not isinstance(value, str) or value not in known:
        raise _Unusable(f"“{key}” must be one of {', '.join(known)}; I found {value!r}. The line is left out.")
    return known[value]


def _meta(value: object) -> Meta:
    if value is None:
        return Meta()
    if not isinstance(value, dict):
        raise _Unusable("“meta” must be an object with “sources” and “approved_by”. The line is left out.")
    sources, approved_by = value.get("sources") or [], value.get("approved_by") or ""
    named = [sources] if isinstance(sources, str) else sources
    if not isinstance(named, list):
        raise _Unusable("“meta.sources” must be a list. The line is left out.")
    return Meta(sources=tuple(map(str, named)), approved_by=str(approved_by))


_FUNCTIONS = {**{function.value: function.value for function in Function}, "nurture": Function.RESULTS.value}
_CHANNELS = (Channel.SMS.value, Channel.EMAIL.value, Channel.VOICE.value)
