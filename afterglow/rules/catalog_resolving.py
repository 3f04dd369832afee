"""What a name's parts mean together: negations dropped, the vocabulary's rules applied, shared devices placed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from afterglow.rules.catalog_amounts import Amounts
from afterglow.rules.catalog_lexicon import Device, Meaning, Rule, lexicon
from afterglow.rules.catalog_reading import Finding

_OPEN_CUES = {
    "laser": ("laser_hair_removal", "laser_resurfacing", "tattoo_removal", "vascular_laser"),
    "vein": ("vascular_laser",),
    "hydra": ("hydrafacial", "facial"),
    "hyaluronic": ("ha_filler", "facial"),
    "tattoo": ("tattoo_removal",),
    "hair": ("laser_hair_removal", "prp"),
    "hair_growth": ("prp",),
    "thread": ("threads",),
    "hair_removal": ("laser_hair_removal",),
    "rf": ("rf_microneedling", "body_contouring"),
    "glutathione": ("iv_therapy", "injection_wellness"),
    "shot": ("injection_wellness", "weight_management", "neuromodulator"),
    "touch_up": ("neuromodulator", "ha_filler"),
    "exosome": ("microneedling", "facial", "prp"),
    "toxin_line": ("neuromodulator", "ha_filler"),
    "tear_trough": ("ha_filler", "prp"),
    "dose": ("weight_management",),
    "sweat": ("neuromodulator",),
}
_ADD_ONS = frozenset({"hyaluronic", "exosome", "shot", "touch_up", "dose", "toxin_line", "tear_trough", "sweat", "thread"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    findings: tuple[Finding, ...]
    treated: tuple[Finding, ...]  # the treatments that are certain
    open_questions: tuple[Finding, ...]  # words that can be several treatments
    alternates: tuple[str, ...]
    why: str = ""  # what a rule of the vocabulary says about the words


def resolved(found: Sequence[Finding], amounts: Amounts) -> Resolved:
    """The findings once every part has been read in the light of the others."""
    findings = _without_negated(list(found))
    why, alternates = "", ()
    settled: set[str] = set()
    for rule in lexicon().rules:
        if (hit := _hit(rule, findings, amounts)) is not None:
            findings = _applied(rule, findings, hit)
            settled.update(rule.when)
            why, alternates = rule.why or why, rule.alternates or alternates
    findings = _with_devices(findings)
    findings = _without_yielding(findings)
    treated = tuple(f for f in findings if f.meaning.kind == "treatment")
    open_questions = tuple(f for f in findings if _is_open(f, bool(treated)) and not _is_settled(f, settled))
    alternates = alternates or tuple(dict.fromkeys(a for f in open_questions for a in _alternates(f)))
    return Resolved(
        findings=tuple(findings), treated=treated, open_questions=open_questions, alternates=alternates, why=why
    )


def _without_negated(findings: list[Finding]) -> list[Finding]:
    negated: set[int] = set()
    for cue in findings:
        if cue.meaning.cue == "negation":
            following = [f for f in findings if f.at >= cue.end and f.meaning.kind != "area"]
            negated.update(f.at for f in following if f.at == min(g.at for g in following))
    return [f for f in findings if f.at not in negated]


def _hit(rule: Rule, findings: list[Finding], amounts: Amounts) -> Finding | None:
    """The finding that a rule hangs on, when all it asks for is there and nothing it excludes."""
    anchors = [_first(tag, findings, amounts) for tag in rule.when]
    any_of = [f for tag in rule.any_of if (f := _first(tag, findings, amounts))]
    if any(a is None for a in anchors) or (rule.any_of and not any_of):
        return None
    parts = {a.part for a in (*anchors, *any_of) if a is not None and a.part >= 0}
    for tag in rule.unless:
        scope = [f for f in findings if f.part in parts] if tag == "treated" else findings
        if _first(tag, scope, amounts):
            return None
    placed = [a for a in (*anchors, *any_of) if a is not None and a.part >= 0]
    return placed[0] if placed else None


def _first(tag: str, findings: Iterable[Finding], amounts: Amounts) -> Finding | None:
    kind, _, value = tag.partition(":")
    if kind == "unit":
        return Finding(-1, -1, -1, "", Meaning(kind="unit")) if amounts.unit == value else None
    return next((f for f in findings if _is_tagged(f.meaning, kind, value)), None)


def _is_tagged(meaning: Meaning, kind: str, value: str) -> bool:
    match kind:
        case "family":
            return meaning.kind == "treatment" and meaning.family == value
        case "device":
            return meaning.kind == "device" and meaning.brand == value
        case "area":
            return bool(meaning.area) and value in ("", meaning.area)
        case "aside":
            return meaning.kind == "aside" and value in ("", meaning.aside)
        case "treated":
            return meaning.kind == "treatment"
        case "unknown":
            return meaning.kind == "unknown"
        case _:
            return meaning.cue == kind


def _applied(rule: Rule, findings: list[Finding], anchor: Finding) -> list[Finding]:
    kept = [f for f in findings if f.meaning.kind != "treatment" or f.meaning.family not in rule.drops]
    if rule.aside:
        return [*kept, replace(anchor, meaning=Meaning(kind="aside", aside=rule.aside))]
    if rule.area:
        return [*kept, replace(anchor, meaning=Meaning(kind="area", area=rule.area))]
    if rule.family:
        said = Meaning(kind="treatment", family=rule.family, brand=rule.brand)
        return [*kept, replace(anchor, meaning=said)]
    return kept


def _with_devices(findings: list[Finding]) -> list[Finding]:
    families = {f.meaning.family for f in findings if f.meaning.kind == "treatment"}
    return [f if f.meaning.kind != "device" else _placed(f, families) for f in findings]


def _placed(finding: Finding, families: set[str]) -> Finding:
    brand = finding.meaning.brand
    for device in lexicon().devices[brand]:
        if fitting := sorted(families & device.families) or ([device.alone] if device.alone else []):
            said = Meaning(kind="treatment", family=fitting[0], brand=brand, is_loose=True)
            return replace(finding, meaning=said)
    return finding


def _without_yielding(findings: list[Finding]) -> list[Finding]:
    return [f for f in findings if not (f.meaning.is_loose and _yields(f, findings))]


def _yields(loose: Finding, findings: list[Finding]) -> bool:
    stronger = lexicon().yields.get(loose.meaning.family, frozenset())
    return any(f.part == loose.part and f.meaning.kind == "treatment" and f.meaning.family in stronger for f in findings)


def _is_open(finding: Finding, is_treated: bool) -> bool:
    meaning = finding.meaning
    if meaning.kind == "device":
        return True
    return meaning.cue in _OPEN_CUES and not (is_treated and meaning.cue in _ADD_ONS)


def _is_settled(finding: Finding, settled: set[str]) -> bool:
    return finding.meaning.cue in settled or f"device:{finding.meaning.brand}" in settled


def _alternates(finding: Finding) -> tuple[str, ...]:
    if finding.meaning.kind == "device":
        devices: tuple[Device, ...] = lexicon().devices[finding.meaning.brand]
        return tuple(a for d in devices for a in d.alternates)
    return _OPEN_CUES[finding.meaning.cue]
