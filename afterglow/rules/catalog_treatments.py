"""The treatments a name tells of, one a family, each with its own brand and area, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from afterglow.rules.catalog_lexicon import lexicon
from afterglow.rules.catalog_reading import Finding
from afterglow.rules.vocabulary import AREAS, BRANDS, FAMILIES, spoken_list

# What is done to a surface shares the area its combination ends with: "Microneedling + PRP, face".
_ON_A_SURFACE = frozenset(
    {
        "hydrafacial",
        "facial",
        "chemical_peel",
        "microneedling",
        "rf_microneedling",
        "ipl",
        "laser_resurfacing",
        "prp",
    }
)
_SHARED = frozenset({"face", "neck", "scalp", "hands", "full_body", "back", "under_eye", "other"})
_UNCOUNTED = ("ing", "removal", "IPL", "PRP", "therapy", "management", "HydraFacial", "Kybella")


@dataclass(frozen=True, slots=True)
class MatchedTreatment:
    """One treatment of a service line. Several brands or areas of one family are joined by "+"."""

    family: str
    brand: str = ""
    area: str = ""


def treatments_of(findings: Sequence[Finding], treated: Sequence[Finding]) -> tuple[MatchedTreatment, ...]:
    """The treatments in the order in which the name tells them."""
    families = tuple(dict.fromkeys(f.meaning.family for f in sorted(treated, key=lambda f: f.at)))
    brands = {family: _brands(family, treated) for family in families}
    areas = _areas(findings, treated)
    return tuple(MatchedTreatment(f, "+".join(brands[f]), "+".join(areas[f])) for f in families)


def _brands(family: str, treated: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(f.meaning.brand for f in treated if f.meaning.family == family and f.meaning.brand))


def _areas(findings: Sequence[Finding], treated: Sequence[Finding]) -> dict[str, list[str]]:
    areas: dict[str, list[str]] = {f.meaning.family: [] for f in treated}
    said = sorted((f for f in findings if f.meaning.area), key=lambda f: f.at)
    for finding in said:
        owners = [finding.meaning.family] if finding.meaning.family else _owners(finding, treated)
        for family in owners:
            _add(areas, family, _within(family, finding.meaning.area))
    if said and said[-1].part >= max(f.part for f in treated) and said[-1].meaning.area in _SHARED:
        for family in areas:
            if not areas[family] and family in _ON_A_SURFACE:
                _add(areas, family, said[-1].meaning.area)
    return areas


def _add(areas: dict[str, list[str]], family: str, area: str) -> None:
    if area and area not in areas[family]:
        areas[family].append(area)


def _within(family: str, area: str) -> str:
    return lexicon().areas_within.get(family, {}).get(area, area)


def _owners(area: Finding, treated: Sequence[Finding]) -> list[str]:
    """Whose area it is: the treatments of its own part, else those of the part before, else of the next one."""
    parts = {f.part for f in treated}
    earlier = [p for p in parts if p < area.part]
    part = area.part if area.part in parts else max(earlier) if earlier else min(parts)
    return [f.meaning.family for f in treated if f.part == part]


def reason_for(treated: Sequence[Finding], treatments: Sequence[MatchedTreatment]) -> str:
    """The sentence staff can read out: '“Kysse” is a Restylane filler'."""
    clauses = []
    for treatment in treatments:
        said = max((f for f in treated if f.meaning.family == treatment.family), key=lambda f: bool(f.meaning.brand))
        is_said = FAMILIES[treatment.family].casefold() in said.written.casefold()
        clauses.append(
            f"the name says “{said.written}”" if is_said else f"“{said.written}” is {_what(treatment, said)}"
        )
    return spoken_list(clauses)


def _what(treatment: MatchedTreatment, said: Finding) -> str:
    family = FAMILIES[treatment.family]
    brand = BRANDS.get(said.meaning.brand, "")
    is_told = brand.casefold() in family.casefold() or brand.casefold() in said.written.casefold()
    area = AREAS.get(said.meaning.area, "")
    spoken = family if is_told or not brand else f"{brand} {family}"
    return f"{_article(spoken)}{spoken}" + (f" for the {area}" if area else "")


def _article(spoken: str) -> str:
    if spoken.endswith(_UNCOUNTED):
        return ""
    return "an " if spoken[0] in "aeiouAEIOU" else "a "
