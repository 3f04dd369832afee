"""What a text should not say: mass greetings, surveys, unproven claims, false hurry, reassurance without an exit."""

from __future__ import annotations

import re
from functools import cache

from afterglow.rules.facts import Channel
from afterglow.rules.lint_template import Spot
from afterglow.rules.lint_ways import opt_outs, reaches_person
from afterglow.rules.lint_words import Words, any_of, as_is, group


def impersonal_greeting(words: Words) -> Spot | None:
    return words.find(as_is("impersonal"))


def survey_speak(words: Words) -> Spot | None:
    """A survey by any name. To say that there is none ("no survey, just tell us") is fine."""
    for found in any_of("survey").finditer(words.text):
        if not _just_before("denied").search(words.text[: found.start()]):
            return words.spot(found.start(), found.end())
    return None


def unsourced_claim(words: Words) -> Spot | None:
    """Percentages, multiples, "9 of 10", proof and guarantees about results. Discounts and durations are none."""
    for name in ("claims", "share", "multiple"):
        if spot := words.find(any_of(name)):
            return spot
    if spot := words.find(_PERCENTAGE):
        return spot
    for found in any_of("guarantee").finditer(words.text):
        if not _just_before("no_guarantee").search(words.text[: found.start()]):
            return words.spot(found.start(), found.end())
    return None


def false_scarcity(words: Words) -> Spot | None:
    """Hurry that no count of open times stands behind."""
    if "availability.open_slots" in words.tokens | words.asked:
        return None
    if spot := words.find(any_of("scarcity")):
        return spot
    for found in any_of("hurry", "only_so_many").finditer(words.text):
        if not _just_before("no_hurry").search(words.text[: found.start()]):
            return words.spot(found.start(), found.end())
    return None if "offer.expires" in words.tokens else words.find(any_of("limited_time"))


def reassurance_without_red_flag(words: Words, channel: Channel) -> Spot | None:
    """Something called normal, while no warning sign stands near a way to reach a person for it."""
    claims = list(_reassurances(words))
    if not claims:
        return None
    rest = words.without([*claims, *opt_outs(words, channel)])
    texts = [rest[sentence.start() : sentence.end()] for sentence in words.sentences()]
    for number, text in enumerate(texts):
        if any_of("warning_signs").search(text) and any(
            reaches_person(t) for t in texts[max(number - 1, 0) : number + 2]
        ):
            return None
    return words.spot(*claims[0])


def _reassurances(words: Words) -> list[tuple[int, int]]:
    """Where it says so, each from the beginning of its clause."""
    found: list[tuple[int, int]] = []
    before = ""
    for sentence in words.sentences():
        for claim in _calm().finditer(sentence[0]):
            start = _clause_start(sentence[0], claim.start())
            if _is_asked(sentence[0], start, claim.end()) or any_of("in_doubt").search(
                sentence[0][start : claim.start()]
            ):
                continue
            clause_end = _clause_end(sentence[0], claim.end())
            about = sentence[0][start:clause_end]
            if claim["sure"] or _is_about_body(
                about, before=f"{before} {sentence[0][:start]}", after=sentence[0][start:]
            ):
                found.append((sentence.start() + start, sentence.start() + claim.end()))
        before = sentence[0]
    return found


def _is_about_body(clause: str, *, before: str, after: str) -> bool:
    if any_of("symptoms").search(after) or any_of("feels").search(clause):
        return True
    return bool(any_of("points_back").search(clause) and any_of("symptoms").search(before))


def _is_asked(sentence: str, start: int, end: int) -> bool:
    if not sentence.endswith("?"):
        return False
    is_last = _clause_end(sentence, end) >= len(sentence) - 1
    return is_last or bool(_ASKS.match(sentence[start:]))


def _clause_start(sentence: str, end: int) -> int:
    return max((found.end() for found in _BREAK.finditer(sentence, 0, end)), default=0)


def _clause_end(sentence: str, start: int) -> int:
    found = _BREAK.search(sentence, start)
    return found.start() if found else len(sentence)


@cache
def _just_before(name: str) -> re.Pattern[str]:
    """What stands right before the words in question."""
    return re.compile(rf"(?<!\w){group(name)}\s+(?:\w+\s+)?$" if name == "denied" else rf"(?<!\w){group(name)}\s+$")


@cache
def _calm() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:(?P<sure>{group('calm_sure')})|{group('calm')})(?!\w)")


_PERCENTAGE = re.compile(rf"(?<![\w.]){group('percentage')}")
_ASKS = re.compile(rf"\s*{group('asks')}(?!\w)")
_BREAK = re.compile(r"[,;:()]\s*|\s-+\s|\s(?:but|however|though|although|while|whereas|yet|pero)\s")
