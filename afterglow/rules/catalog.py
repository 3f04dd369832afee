"""From a service name or code to the treatment it was: family, brand and area, or a question to staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from afterglow.rules.catalog_amounts import Amounts, amounts_of
from afterglow.rules.catalog_codes import said_by_code
from afterglow.rules.catalog_judging import Judgement, judged
from afterglow.rules.catalog_treatments import MatchedTreatment
from afterglow.rules.catalog_words import service_key, words_of

__all__ = ["Correction", "Match", "MatchedTreatment", "match_service", "service_key"]


@dataclass(frozen=True, slots=True)
class Match:
    """What the catalog makes of one service line."""

    name: str
    code: str
    treatments: tuple[MatchedTreatment, ...]
    decision: str  # enrol | ask | no_follow_up
    reason: str  # a sentence that staff can read out
    confidence: float  # 0..1
    alternates: tuple[str, ...]  # families to offer when staff are asked
    quantity: Decimal | None
    unit: str
    session: int | None
    session_total: int | None

    @property
    def family(self) -> str:
        return _joined(t.family for t in self.treatments) or "none"

    @property
    def brand(self) -> str:
        return _joined(b for t in self.treatments for b in t.brand.split("+"))

    @property
    def area(self) -> str:
        return _joined(a for t in self.treatments for a in t.area.split("+"))


@dataclass(frozen=True, slots=True)
class Correction:
    """What staff of a practice decided once for a service, under its `service_key`."""

    key: str
    decision: str
    treatments: tuple[MatchedTreatment, ...]
    by: str = ""


_NONE_REMEMBERED: Mapping[str, Correction] = MappingProxyType({})


def match_service(name: str, code: str = "", *, corrections: Mapping[str, Correction] = _NONE_REMEMBERED) -> Match:
    """The treatments a service name and code stand for, and whether their follow-up may start.

    Staff's own answer wins, then a code that names its treatment, then the words of the name. `decision` is "enrol"
    when the family is certain, "no_follow_up" when nothing was treated, "ask" for everything else.
    """
    if corrections and (correction := _correction(name, code, corrections)):
        return _corrected(_match(name, code), correction)
    return _match(name, code)


def _correction(name: str, code: str, corrections: Mapping[str, Correction]) -> Correction | None:
    return corrections.get(service_key(name, code)) or corrections.get(service_key(name))


def _corrected(match: Match, correction: Correction) -> Match:
    return replace(
        match,
        treatments=correction.treatments if correction.decision == "enrol" else (),
        decision=correction.decision,
        reason=f"{correction.by or 'Your practice'} decided this for “{match.name.strip()}”",
        confidence=1.0,
        alternates=(),
    )


@lru_cache(maxsize=8192)
def _match(name: str, code: str) -> Match:
    words = words_of(name)
    amounts = amounts_of(words)
    by_name = judged(words, amounts)
    verdict = said_by_code(code, by_name) or by_name
    return _as_match(name, code, verdict, amounts)


def _as_match(name: str, code: str, verdict: Judgement, amounts: Amounts) -> Match:
    return Match(
        name=name,
        code=code,
        treatments=verdict.treatments,
        decision=verdict.decision,
        reason=verdict.reason,
        confidence=verdict.confidence,
        alternates=verdict.alternates,
        quantity=amounts.quantity,
        unit=amounts.unit,
        session=amounts.session,
        session_total=amounts.session_total,
    )


def _joined(words: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(w for w in words if w))
