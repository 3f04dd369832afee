"""What a service code says by itself: a public billing code, or an in-house code that explains itself."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from afterglow.rules.catalog_amounts import Amounts
from afterglow.rules.catalog_judging import ASK, ENROL, NO_FOLLOW_UP, Judgement, judged
from afterglow.rules.catalog_lexicon import lexicon
from afterglow.rules.catalog_treatments import MatchedTreatment
from afterglow.rules.catalog_words import words_of

_PUBLIC = re.compile(r"[A-Z]\d{4}|\d{5}|\d{4}T")


def said_by_code(code: str, by_name: Judgement) -> Judgement | None:
    """The judgement a code allows, the name's details kept where they fit; None when the code decides nothing."""
    if not code:
        return None
    verdict = _of_code(code)
    if verdict is None:
        return None
    if verdict.decision != ENROL:
        return verdict
    if by_name.decision == NO_FOLLOW_UP and not _is_public(code):
        return Judgement(
            decision=ASK,
            reason=f"{verdict.reason}, but {by_name.reason}",
            confidence=0.4,
            alternates=tuple(t.family for t in verdict.treatments),
        )
    return _with_details(verdict, by_name)


def _with_details(verdict: Judgement, by_name: Judgement) -> Judgement:
    named = {t.family: t for t in by_name.treatments}
    if not named:
        only = verdict.treatments[0]
        return replace(verdict, treatments=(replace(only, area=only.area or "+".join(by_name.areas)),))
    if not {t.family for t in verdict.treatments} <= named.keys():
        return verdict
    coded = {t.family: t for t in verdict.treatments}
    treatments = tuple(_merged(coded.get(t.family), t) for t in by_name.treatments)
    return Judgement(decision=ENROL, reason=verdict.reason, confidence=verdict.confidence, treatments=treatments)


def _merged(coded: MatchedTreatment | None, named: MatchedTreatment) -> MatchedTreatment:
    if coded is None:
        return named
    return MatchedTreatment(named.family, coded.brand or named.brand, named.area or coded.area)


def _is_public(code: str) -> bool:
    return _public_key(code) in lexicon().codes


def _public_key(code: str) -> str:
    plain = "".join(c for c in code.upper() if c.isascii() and c.isalnum())
    return found.group() if (found := _PUBLIC.match(plain)) else ""


@lru_cache(maxsize=4096)
def _of_code(code: str) -> Judgement | None:
    if known := lexicon().codes.get(_public_key(code)):
        reason = f"code {code.strip()} is {known['says']}"
        if decision := known.get("decision", ""):
            return Judgement(decision=decision, reason=reason, confidence=0.9)
        treatment = MatchedTreatment(known["family"], known.get("brand", ""), known.get("area", ""))
        return Judgement(decision=ENROL, reason=reason, confidence=0.99, treatments=(treatment,))
    return _in_house(code)


def _in_house(code: str) -> Judgement | None:
    spelled = _spelled_out(code)
    if not spelled:
        return None
    verdict = judged(words_of(spelled), Amounts())
    if verdict.decision == ASK or verdict.confidence < 0.9:
        return None
    reason = f"code {code.strip()} stands for {spelled}"
    return Judgement(decision=verdict.decision, reason=reason, confidence=0.95, treatments=verdict.treatments)


def _spelled_out(code: str) -> str:
    """The words an in-house code is made of, empty unless every letter of it is accounted for."""
    plain = "".join(c for c in code.lower() if c.isascii() and c.isalnum())
    spelled: list[str] = []
    while plain:
        part = next((p for p in _parts_longest_first() if plain.startswith(p)), None)
        if part is not None:
            spelled.append(lexicon().code_parts[part])
            plain = plain[len(part) :]
        elif plain[0].isdigit():
            plain = plain.lstrip("0123456789")
        else:
            return ""
    return " ".join(s for s in spelled if s)


@lru_cache(maxsize=1)
def _parts_longest_first() -> tuple[str, ...]:
    return tuple(sorted(lexicon().code_parts, key=len, reverse=True))
