"""Is a message text fit to be sent? Every fault a carrier, a lawyer or a client would find, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from afterglow.rules.facts import Channel, Function
from afterglow.rules.lint_form import shortener, shouting, unknown_tokens, without_fallback
from afterglow.rules.lint_readings import readings, sample
from afterglow.rules.lint_sales import OFFERS, discount, drug_price, promotion, revealing
from afterglow.rules.lint_template import Parsed, Spot, parse
from afterglow.rules.lint_tone import (
    false_scarcity,
    impersonal_greeting,
    reassurance_without_red_flag,
    survey_speak,
    unsourced_claim,
)
from afterglow.rules.lint_ways import asks_something, names_practice, opt_outs
from afterglow.rules.lint_words import Words, library, words_of
from afterglow.rules.protocol import Meta
from afterglow.rules.segments import measure
from afterglow.rules.tokens import SAMPLES
from afterglow.rules.wording import tidy

NO_META = Meta()
CODES: tuple[str, ...] = tuple(library()["codes"])
"""Every code there is, in the order in which findings are shown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a text: what, what to do, and where in the template when it is in one place."""

    code: str
    message: str
    fix: str
    is_error: bool  # keeps a protocol from being accepted; without it, a note
    start: int | None = None
    end: int | None = None


def lint(
    template: str,
    *,
    function: Function,
    channel: Channel,
    meta: Meta = NO_META,
    may_name_treatments: bool = False,
    samples: Mapping[str, str] = SAMPLES,
) -> tuple[Finding, ...]:
    """Everything wrong with a text, at most once a code (placeholders each), in the order of CODES. Empty when clean.

    `template` is Liquid; an e-mail begins with "Subject: …" and a blank line. Lengths are those of the text filled in
    with `samples`. With `may_name_treatments` the practice chose to name treatments in texts. Any text is answered.
    What each code means and where it comes from: docs/reference/lint.md.
    """
    parsed = parse(template)
    found = {finding.code: finding for finding in reversed(list(_of_form(template, parsed, channel, samples)))}
    split = body_start(template) if channel is Channel.EMAIL else 0
    asked = _Asked(function, channel, meta, may_name_treatments)
    for reading in readings(parsed):
        words = words_of(reading, practice_name=samples["practice.name"])
        for code, spot in _of_words(words, body=_body(words, split), asked=asked):
            found.setdefault(code, _finding(code, spot=spot))
    return tuple(found[code] for code in CODES if code in found)


def filled_in(template: str, samples: Mapping[str, str] = SAMPLES) -> str:
    """The text as one client would get it, everything known."""
    return tidy(sample(parse(template), samples))


def body_start(template: str) -> int:
    """Where the body of an e-mail begins: after "Subject: …" and the blank line."""
    if not template.lstrip().lower().startswith("subject:"):
        return 0
    end = template.find("\n", template.lower().index("subject:"))
    return len(template) if end < 0 else end + 1


@dataclass(frozen=True, slots=True)
class _Asked:
    function: Function
    channel: Channel
    meta: Meta
    may_name_treatments: bool

    @property
    def is_care(self) -> bool:
        return self.function in (Function.CHECK_IN, Function.RESULTS)


def _of_form(template: str, parsed: Parsed, channel: Channel, samples: Mapping[str, str]) -> Iterator[Finding]:
    if channel is Channel.SMS:
        yield from _of_length(filled_in(template, samples), parsed)
    for spot, what in unknown_tokens(template, parsed):
        yield _finding("unknown_token", spot=spot, what=what)
    for output in without_fallback(parsed):
        yield _finding("token_without_fallback", spot=output.spot, what=f"“{output.name}” may be empty.")


def _of_length(text: str, parsed: Parsed) -> Iterator[Finding]:
    measured = measure(text)
    if measured.segments > 1:
        yield _finding(
            "segments_over_1",
            what=f"With usual values this is {measured.units} of {measured.room} places: {measured.segments} parts.",
        )
    literal = "".join(piece.text for reading in readings(parsed) for piece in reading.pieces if not piece.token)
    if wide := measure(literal).wide:
        shown = " ".join(c if c.strip() else "(a special blank)" for c in wide)
        yield _finding("non_gsm7", spot=_first(parsed, wide), what=f"Not every phone has: {shown}")


def _first(parsed: Parsed, characters: Iterable[str]) -> Spot | None:
    for reading in readings(parsed):
        for piece in reading.pieces:
            for n, character in enumerate("" if piece.token else piece.text):
                if character in characters and len(piece.text) == piece.spot.end - piece.spot.start:
                    return Spot(piece.spot.start + n, piece.spot.start + n + 1)
    return None


def _of_words(words: Words, *, body: Words, asked: _Asked) -> Iterator[tuple[str, Spot | None]]:
    if not names_practice(body):
        yield "missing_practice_name", None
    if not asked.is_care and not opt_outs(body, asked.channel):
        yield "missing_opt_out", None
    if not asks_something(body, asked.channel):
        yield "no_call_to_action", None
    for code, check in _ALWAYS.items():
        if spot := check(words):
            yield code, spot
    if spot := reassurance_without_red_flag(words, asked.channel):
        yield "reassurance_without_red_flag", spot
    if not asked.meta.is_complete and (spot := unsourced_claim(words)):
        yield "unsourced_claim", spot
    yield from _of_sales(words, asked)
    if asked.channel is Channel.SMS and not asked.may_name_treatments:
        named = sorted(words.tokens & {"treatment.name", "treatment.area"})
        if spot := _spot_of(words, named[0]) if named else revealing(words):
            yield "names_treatment_in_sms", spot


def _of_sales(words: Words, asked: _Asked) -> Iterator[tuple[str, Spot | None]]:
    offers = sorted((words.tokens | words.asked) & OFFERS)
    cut = _spot_of(words, offers[0]) or Spot(0, 0) if offers else discount(words)
    if asked.function is Function.REBOOK and cut:
        yield "discount_in_rebook", cut
    if asked.is_care:
        link = _spot_of(words, "booking.link") if "booking.link" in words.tokens else None
        if spot := cut or link or promotion(words):
            yield "marketing_in_clinical", spot


def _spot_of(words: Words, token: str) -> Spot | None:
    at = words.text.find(f"\u27e6{token}\u27e7")
    return words.spot(at, at + 1) if at >= 0 else None


def _body(words: Words, split: int) -> Words:
    at = next((n for n, spot in enumerate(words.spots) if spot.start >= split), len(words.spots))
    return words.part(at, len(words.text))


def _finding(code: str, *, spot: Spot | None = None, what: str = "") -> Finding:
    entry = library()["codes"][code]
    message = f"{entry['says']} {what}".strip()
    start, end = (spot.start, spot.end) if spot else (None, None)
    return Finding(code, message, entry["fix"], entry["error"], start, end)


_ALWAYS: Mapping[str, Callable[[Words], Spot | None]] = {
    "impersonal_greeting": impersonal_greeting,
    "survey_speak": survey_speak,
    "false_scarcity": false_scarcity,
    "public_shortener": shortener,
    "drug_price_claim": drug_price,
    "shouting": shouting,
}
