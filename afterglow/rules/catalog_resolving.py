"""What a name's parts mean together: context dropped, the vocabulary's rules applied, shared devices placed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from afterglow.rules.catalog_amounts import Amounts
from afterglow.rules.catalog_lexicon import Meaning, Rule, lexicon
from afterglow.rules.catalog_reading import Finding

Tags = Mapping[str, Sequence[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    findings: tuple[Finding, ...]
    treated: tuple[Finding, ...]  # the treatments that are certain
    open_questions: tuple[Finding, ...]  # words that can be several treatments
    alternates: tuple[str, ...]


def resolved(found: Sequence[Finding], amounts: Amounts) -> Resolved:
    """The findings once every part has been read in the light of the others."""
    findings = _without_context(list(found))
    settled: set[str] = set()
    alternates: tuple[str, ...] = ()
    tags = _tags(findings)
    for rule in lexicon().rules:
        if not (hits := _hits(rule, tags, amounts)):
            continue
        settled.update(rule.when)
        alternates = rule.alternates or alternates
        findings = _applied(rule, findings, hits[0])
        tags = _tags(findings)
    findings = _without_yielding(_with_devices(findings))
    treated = tuple(f for f in findings if f.meaning.kind == "treatment")
    open_questions = tuple(
        f for f in findings if _is_open(f, is_treated=bool(treated)) and not settled & {*_tags_of(f)}
    )
    return Resolved(
        findings=tuple(findings),
        treated=treated,
        open_questions=open_questions,
        alternates=alternates or tuple(dict.fromkeys(a for f in open_questions for a in alternates_of(f))),
    )


def alternates_of(finding: Finding) -> tuple[str, ...]:
    """The families a word may stand for that is not certain."""
    if finding.meaning.kind == "device":
        return tuple(a for d in lexicon().devices[finding.meaning.brand] for a in d.alternates)
    return lexicon().open_cues.get(finding.meaning.cue, ())


def _without_context(findings: list[Finding]) -> list[Finding]:
    """Without what the name only mentions: "no filler", "post-Botox massage"."""
    mentioned: set[int] = set()
    for cue in findings:
        if cue.meaning.cue == "negation":
            mentioned.add(_next_to(cue, findings))
        if cue.meaning.cue == "after":
            mentioned.update(f.at for f in findings if f.at == cue.end and f.meaning.kind != "aside")
    return [f for f in findings if f.at not in mentioned]


def _next_to(cue: Finding, findings: Sequence[Finding]) -> int:
    """Where the phrase begins that follows a word, noise between them left out."""
    at = cue.end
    while noise := next((f for f in findings if f.at == at and f.meaning.kind == "noise"), None):
        at = noise.end
    return at


def _tags(findings: Iterable[Finding]) -> Tags:
    tags: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        for tag in _tags_of(finding):
            tags[tag].append(finding)
    return tags


def _tags_of(finding: Finding) -> Iterator[str]:
    """The names a rule of the vocabulary can call a finding by."""
    meaning = finding.meaning
    match meaning.kind:
        case "treatment":
            yield from ("treated", f"family:{meaning.family}")
            if meaning.is_loose:
                yield f"loose:{meaning.family}"
            if meaning.area:
                yield from ("area", f"area:{meaning.area}")
        case "device":
            yield f"device:{meaning.brand}"
        case "area":
            yield from ("area", f"area:{meaning.area}")
        case "aside":
            yield from ("aside", f"aside:{meaning.aside}")
        case "cue":
            yield meaning.cue
        case kind:
            yield kind


def _hits(rule: Rule, tags: Tags, amounts: Amounts) -> list[Finding]:
    """The findings a rule hangs on, when all it asks for is there and nothing it excludes."""
    when = [t for t in rule.when if t != f"unit:{amounts.unit}"]
    if not all(t in tags for t in when) or (rule.any_of and not any(t in tags for t in rule.any_of)):
        return []
    hits = [tags[t][0] for t in when] + [tags[t][0] for t in rule.any_of if t in tags]
    parts = {f.part for f in hits}
    if rule.is_together and len(parts) > 1:
        return []
    is_excluded = any(t in tags and (t != "treated" or any(f.part in parts for f in tags[t])) for t in rule.unless)
    return [] if is_excluded else hits


def _applied(rule: Rule, findings: list[Finding], anchor: Finding) -> list[Finding]:
    kept = [f for f in findings if f.meaning.family not in rule.drops and f.meaning.aside not in rule.drops]
    if rule.aside:
        kept.append(replace(anchor, meaning=Meaning(kind="aside", aside=rule.aside, why=rule.why)))
    if rule.area:
        kept.append(replace(anchor, meaning=Meaning(kind="area", area=rule.area)))
    if rule.family:
        said = Meaning(kind="treatment", family=rule.family, brand=rule.brand, is_loose=rule.is_loose)
        kept.append(replace(anchor, meaning=said))
    return kept


def _with_devices(findings: list[Finding]) -> list[Finding]:
    families = {f.meaning.family for f in findings if f.meaning.kind == "treatment"}
    return [f if f.meaning.kind != "device" else _placed(f, families) for f in findings]


def _placed(finding: Finding, families: set[str]) -> Finding:
    brand = finding.meaning.brand
    for device in lexicon().devices[brand]:
        if fitting := sorted(families & device.families) or ([device.alone] if device.alone else []):
            return replace(finding, meaning=Meaning(kind="treatment", family=fitting[0], brand=brand))
    return finding


def _without_yielding(findings: list[Finding]) -> list[Finding]:
    return [f for f in findings if not (f.meaning.is_loose and _yields(f, findings))]


def _yields(loose: Finding, findings: list[Finding]) -> bool:
    stronger = lexicon().yields.get(loose.meaning.family, frozenset())
    beside = (f for f in findings if f.part == loose.part and f.meaning.kind == "treatment")
    return any(f.meaning.family in stronger for f in beside)


def _is_open(finding: Finding, *, is_treated: bool) -> bool:
    if finding.meaning.kind == "device":
        return True
    return finding.meaning.cue in lexicon().open_cues and not (is_treated and finding.meaning.cue in lexicon().add_ons)
