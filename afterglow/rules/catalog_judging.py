"""From what a name's parts say to one decision: enrol, ask, or no follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from afterglow.rules.catalog_amounts import Amounts
from afterglow.rules.catalog_lexicon import Aside, lexicon
from afterglow.rules.catalog_reading import Finding, read
from afterglow.rules.catalog_resolving import Resolved, resolved
from afterglow.rules.catalog_treatments import MatchedTreatment, reason_for, treatments_of
from afterglow.rules.catalog_words import PLUS, SEPARATORS, SLASH, WITH, Word

ENROL, ASK, NO_FOLLOW_UP = "enrol", "ask", "no_follow_up"

_SOFT = frozenset({"points", "sold"})  # beside a treatment these may only tell how it was paid
_LOOKING = frozenset({"consult", "checkup", "follow_up"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    decision: str
    reason: str
    confidence: float
    treatments: tuple[MatchedTreatment, ...] = ()
    alternates: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()  # what the name says of areas, also where it says nothing of the treatment


def judged(words: Sequence[Word], amounts: Amounts) -> Judgement:
    """What to do about a name: certain treatments enrol, what is no treatment ends, all else is a question."""
    said = resolved(read(words), amounts)
    scene = _Scene(words=tuple(words), said=said, amounts=amounts)
    areas = tuple(dict.fromkeys(f.meaning.area for f in said.findings if f.meaning.area))
    for look in (
        _always_aside,
        _left_open,
        _sold_as_package,
        _aside_apart,
        _part_unknown,
        _overreached,
        _enrolled,
        _no_treatment,
    ):
        if judgement := look(scene):
            return replace(judgement, areas=areas)
    return replace(_unknown(), areas=areas)


@dataclass(frozen=True, slots=True)
class _Scene:
    words: tuple[Word, ...]
    said: Resolved
    amounts: Amounts

    @property
    def treated(self) -> tuple[Finding, ...]:
        return self.said.treated

    @property
    def families(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f.meaning.family for f in self.treated))

    @property
    def is_session(self) -> bool:
        return self.amounts.session is not None

    def cue(self, *names: str) -> Finding | None:
        return next((f for f in self.said.findings if f.meaning.kind == "cue" and f.meaning.cue in names), None)

    def asides(self, over: str) -> list[tuple[Finding, Aside]]:
        found = ((f, lexicon().asides[f.meaning.aside]) for f in self.said.findings if f.meaning.kind == "aside")
        return [(f, aside) for f, aside in found if aside.over == over]

    def part(self, part: int) -> list[Finding]:
        return [f for f in self.said.findings if f.part == part]


def _always_aside(scene: _Scene) -> Judgement | None:
    if not (found := scene.asides("always")):
        return None
    finding, aside = max(found, key=lambda pair: (pair[1].decision == NO_FOLLOW_UP, pair[1].key not in _SOFT))
    if aside.decision == NO_FOLLOW_UP and scene.treated and _may_be_paid_for(scene, aside):
        return _ask_both(scene, finding, aside)
    return _set_aside(scene, finding, aside)


def _may_be_paid_for(scene: _Scene, aside: Aside) -> bool:
    return scene.is_session or scene.cue("redeemed") is not None or aside.key in _SOFT


def _left_open(scene: _Scene) -> Judgement | None:
    if finding := scene.cue("undecided"):
        return _ask(scene, f"“{finding.written}” leaves open what was done")
    if finding := _either_or(scene):
        return _ask(scene, f"“/” before “{finding.written}” leaves open whether both were done")
    choice = scene.cue("choice")
    if choice is None or _is_between_numbers(scene.words, choice):
        return None
    is_one_family = len(scene.families) == 1 and _has_family_on_both_sides(scene, choice)
    return None if is_one_family else _ask(scene, f"“{choice.written}” leaves open which treatment it was")


def _either_or(scene: _Scene) -> Finding | None:
    """The second of two families that a bare slash joins: "Botox/filler" is often the name of a slot."""
    if scene.amounts.unit or scene.cue("join"):
        return None
    for first in scene.treated:
        for second in scene.treated:
            is_slashed = second.at == first.end + 1 and scene.words[first.end].plain == SLASH
            is_plain = first.meaning.is_loose or second.meaning.is_loose
            if is_slashed and is_plain and first.meaning.family != second.meaning.family:
                return second
    return None


def _is_between_numbers(words: Sequence[Word], choice: Finding) -> bool:
    beside = [w.plain for w in (*words[max(choice.at - 1, 0) : choice.at], *words[choice.end : choice.end + 1])]
    return len(beside) == 2 and all(w[0].isdigit() or w in ("one", "two", "three") for w in beside)


def _has_family_on_both_sides(scene: _Scene, choice: Finding) -> bool:
    return any(f.at < choice.at for f in scene.treated) and any(f.at > choice.at for f in scene.treated)


def _sold_as_package(scene: _Scene) -> Judgement | None:
    finding = scene.cue("package")
    if finding is None or scene.is_session:
        return None
    return _ask(scene, f"“{finding.written}” may be the sale of several sessions or one of them")


def _aside_apart(scene: _Scene) -> Judgement | None:
    for finding, aside in scene.asides("apart"):
        if aside.key in _LOOKING and not (scene.treated and _is_also_treated(scene, finding)):
            return (
                _ask_both(scene, finding, aside) if _may_be_treated(scene, finding) else _looked(scene, finding, aside)
            )
        if aside.key not in _LOOKING and all(f.part == finding.part for f in scene.treated):
            return _set_aside(scene, finding, aside) if _is_all_loose(scene) else _ask_both(scene, finding, aside)
    return None


def _is_all_loose(scene: _Scene) -> bool:
    return all(f.meaning.is_loose for f in scene.treated)


def _looked(scene: _Scene, finding: Finding, aside: Aside) -> Judgement:
    if aside.decision == ASK and scene.families and "weight_management" not in scene.families:
        return _set_aside(scene, finding, lexicon().asides["checkup"])
    return _set_aside(scene, finding, aside)


def _is_also_treated(scene: _Scene, looked: Finding) -> bool:
    """Whether a consultation or check came together with a treatment: "Consult + Botox", "check + refill"."""
    if scene.cue("dose", "touch_up"):
        return True
    own = [f for f in scene.part(looked.part) if f.meaning.kind not in ("noise", "aside")]
    between = [w.plain for f in scene.treated for w in scene.words[min(f.end, looked.end) : max(f.at, looked.at)]]
    is_first = all(f.at > looked.at for f in scene.treated)
    joined_by = {w for w in between if w in SEPARATORS}
    return not own and (joined_by <= {PLUS} if is_first else joined_by <= {PLUS, WITH}) and bool(joined_by)


def _may_be_treated(scene: _Scene, looked: Finding) -> bool:
    """Whether a part apart from the look tells of some treatment: "Kybella consult + treatment"."""
    acts = (f for f in scene.said.findings if f.meaning.cue in ("shot", "session"))
    return bool(scene.treated) and any(f.part != looked.part for f in acts)


def _part_unknown(scene: _Scene) -> Judgement | None:
    """A part of its own that names some treatment, but not which: "Botox + laser"."""
    if not scene.treated:
        return None
    for finding in scene.said.open_questions:
        if not any(f.part == finding.part for f in scene.treated):
            return _ask(scene, f"“{finding.written}” may be more than one treatment", scene.said.alternates)
    return None


def _overreached(scene: _Scene) -> Judgement | None:
    """A plain word that may only describe what follows it: the peel of "peel-off jelly", the IV of "IV port flush"."""
    if not scene.treated or not _is_all_loose(scene):
        return None
    questions = scene.said.open_questions
    for loose in scene.treated:
        for after in scene.said.findings:
            is_head = after.meaning.kind == "unknown" or after.meaning.aside == "unclear" or after in questions
            if is_head and after.at == _behind(scene, loose) and not after.is_apart:
                return _ask(scene, f"“{loose.written} {after.written}” is not known; it may be something else")
    return None


def _behind(scene: _Scene, loose: Finding) -> int:
    is_of = loose.end < len(scene.words) and scene.words[loose.end].plain == "of"
    return loose.end + 1 if is_of else loose.end


def _enrolled(scene: _Scene) -> Judgement | None:
    if not scene.treated:
        return None
    treatments = treatments_of(scene.said.findings, scene.treated)
    return Judgement(
        decision=ENROL,
        reason=reason_for(scene.treated, treatments),
        confidence=_confidence(scene),
        treatments=treatments,
    )


def _confidence(scene: _Scene) -> float:
    confidence = 0.98
    if all(f.meaning.is_loose for f in scene.treated):
        confidence -= 0.05
    if any(f.is_mended for f in scene.treated):
        confidence -= 0.08
    unknown = sum(f.meaning.kind == "unknown" for f in scene.said.findings)
    return round(max(confidence - 0.04 * unknown, 0.6), 2)


def _no_treatment(scene: _Scene) -> Judgement | None:
    real_questions = [f for f in scene.said.open_questions if f.meaning.cue not in lexicon().add_ons]
    alone = sorted(scene.asides("alone"), key=lambda pair: pair[1].decision == ASK)
    if alone and (not scene.said.open_questions or (alone[0][1].decision == NO_FOLLOW_UP and not real_questions)):
        return _set_aside(scene, *alone[0])
    if scene.said.open_questions:
        finding = scene.said.open_questions[0]
        return _ask(scene, f"“{finding.written}” can be more than one treatment", scene.said.alternates)
    return None


def _unknown() -> Judgement:
    return Judgement(decision=ASK, reason="the catalog does not know this service yet", confidence=0.1)


def _set_aside(scene: _Scene, finding: Finding, aside: Aside) -> Judgement:
    reason = f"“{finding.written}” is {finding.meaning.why or aside.says}"
    if aside.decision == NO_FOLLOW_UP:
        return Judgement(decision=NO_FOLLOW_UP, reason=reason, confidence=0.85 if finding.is_mended else 0.95)
    alternates = scene.said.alternates or aside.alternates or scene.families
    return Judgement(decision=ASK, reason=reason, confidence=0.4, alternates=alternates)


def _ask_both(scene: _Scene, finding: Finding, aside: Aside) -> Judgement:
    return _ask(scene, f"“{finding.written}” is {aside.says}, yet the name also tells of a treatment")


def _ask(scene: _Scene, reason: str, alternates: Sequence[str] = ()) -> Judgement:
    return Judgement(decision=ASK, reason=reason, confidence=0.4, alternates=tuple(alternates) or scene.families)
