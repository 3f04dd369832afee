"""The treatments a name tells of, one a family, each with its own brand and area, and the sentence that explains them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from afterglow.rules.catalog_lexicon import lexicon
from afterglow.rules.catalog_reading import Finding
from afterglow.rules.vocabulary import AREAS, BRANDS, FAMILIES, spoken_list

# Areas that a whole combination may share: "Microneedling + PRP, face".
_SHARED = frozenset({"face", "neck", "scalp", "hands", "full_body", "back", "other"})


@dataclass(frozen=True, slots=True)
class MatchedTreatment:
    """One treatment of a service line. Several brands or areas of one family are joined by "+"."""

    family: str
    brand: str = ""
    area: str = ""


def treatments_of(findings: Sequence[Finding], treated: Sequence[Finding]) -> tuple[MatchedTreatment, ...]:
    """The treatments in the order in which the name tells them."""
    families = tuple(dict.fromkeys(f.meaning.family for f in sorted(treated, key=lambda f: f.at)))
    areas = _areas(findings, treated)
    return tuple(
        MatchedTreatment(family, "+".join(_brands(family, treated)), "+".join(areas.get(family, ()))) for family in families
    )


def _brands(family: str, treated: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(f.meaning.brand for f in treated if f.meaning.family == family and f.meaning.brand))


def _areas(findings: Sequence[Finding], treated: Sequence[Finding]) -> dict[str, list[str]]:
    areas: dict[str, list[str]] = {f.meaning.family: [] for f in treated}
    for finding in treated:
        _add(areas, finding.meaning.family, finding.meaning.area)
    for finding in findings:
        if finding.meaning.kind == "area":
            for family in _owners(finding, treated):
                within = lexicon().areas_within.get(family, {})
                _add(areas, family, within.get(finding.meaning.area, finding.meaning.area))
    return areas


def _add(areas: dict[str, list[str]], family: str, area: str) -> None:
    if area and area not in areas[family]:
        areas[family].append(area)


def _owners(area: Finding, treated: Sequence[Finding]) -> list[str]:
    """Whose area it is: the treatments of its own part, else those of the part before, else of the next one."""
    here = [f for f in treated if f.part == area.part]
    if here and not (area.meaning.area in _SHARED and area.part == max(f.part for f in treated)):
        return [f.meaning.family for f in here]
    if here:
        return list(dict.fromkeys(f.meaning.family for f in treated))
    before = max((f.part for f in treated if f.part < area.part), default=None)
    beside = before if before is not None else min(f.part for f in treated)
    return [f.meaning.family for f in treated if f.part == beside]


def reason_for(treated: Sequence[Finding], treatments: Sequence[MatchedTreatment]) -> str:
    """The sentence staff can read out: '“Kysse” is a Restylane filler'."""
    clauses = []
    for treatment in treatments:
        said = max((f for f in treated if f.meaning.family == treatment.family), key=lambda f: bool(f.meaning.brand))
        clauses.append(f"“{said.written}” is {_what(treatment, said)}")
    return spoken_list(clauses)


def _what(treatment: MatchedTreatment, said: Finding) -> str:
    family = FAMILIES[treatment.family]
    brand = BRANDS.get(said.meaning.brand, "")
    is_told = brand.casefold() in family.casefold() or brand.casefold() in said.written.casefold()
    area = AREAS.get(said.meaning.area, "")
    spoken = family if is_told or not brand else f"{brand} {family}"
    return f"{_article(spoken)}{spoken}" + (f" for the {area}" if area else "")


def _article(spoken: str) -> str:
    if spoken.split()[-1] in ("microneedling", "removal", "IPL", "PRP", "therapy", "management", "contouring", "resurfacing", "dissolving", "HydraFacial", "Kybella"):
        return ""
    return "an " if spoken[0] in "aeiouAEIOU" else "a "
