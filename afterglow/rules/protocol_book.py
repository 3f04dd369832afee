"""Which protocol a treatment gets: the most specific one that is on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from afterglow.rules.facts import Function, TreatmentFacts
from afterglow.rules.protocol import Protocol
from afterglow.rules.protocol_file import parse_protocol
from afterglow.rules.vocabulary import FAMILIES, spoken_list


@dataclass(frozen=True, slots=True)
class NoProtocol:
    """Nothing is planned for this treatment. The reason is a sentence staff can read out."""

    reason: str


class ProtocolBook:
    """All protocols of a practice. Those that are off are known by name only, to explain why nothing is planned."""

    def __init__(self, protocols: Iterable[Protocol]) -> None:
        known = tuple(protocols)
        self.protocols = tuple(p for p in known if p.is_on)
        self._off = tuple(p for p in known if not p.is_on)
        self._answers: dict[tuple[str, str, str], Protocol | NoProtocol] = {}

    def find(self, treatment: TreatmentFacts) -> Protocol | NoProtocol:
        """The protocol for this treatment: area before brand before family; of several, the one that rebooks first."""
        key = (treatment.family, treatment.brand, treatment.area)
        if key not in self._answers:
            self._answers[key] = self._find(treatment)
        return self._answers[key]

    def get(self, key: str) -> Protocol:
        """The protocol of that key that is on. KeyError when there is none."""
        for protocol in self.protocols:
            if protocol.key == key:
                return protocol
        raise KeyError(key)

    def _find(self, treatment: TreatmentFacts) -> Protocol | NoProtocol:
        families = treatment.family.split("+")
        fitting = [
            best
            for family in families
            for area in treatment.areas or {""}
            for brand in treatment.brands or {""}
            if (best := _most_specific(self.protocols, family=family, brand=brand, area=area))
        ]
        return min(fitting, key=_rebooks_first) if fitting else NoProtocol(self._reason(families))

    def _reason(self, families: list[str]) -> str:
        named = [FAMILIES[family] for family in families if family in FAMILIES]
        if not named:
            return "nobody has said yet what kind of treatment this was"
        plan = f"the plan for {spoken_list(named)}"
        off = [protocol for protocol in self._off if not protocol.families.isdisjoint(families)]
        if any(protocol.is_draft for protocol in off):
            return f"{plan} is a draft that waits for the medical director's signature"
        if off:
            return f"{plan} is switched off"
        return f"there is no follow-up plan for {spoken_list(named)}"


@cache
def load_library(*, include_drafts: bool) -> ProtocolBook:
    """The protocols that ship with Afterglow. Drafts are off until signed; `include_drafts` tries them out as if on."""
    protocols = [parse_protocol(text, name=name) for name, text in _library_files()]
    return ProtocolBook(replace(p, is_on=True) if include_drafts and p.is_draft else p for p in protocols)


def library_texts() -> list[tuple[str, str, bool]]:
    """Key, text and whether it is on, of every protocol that ships: what a new practice starts with."""
    found = [(parse_protocol(text, name=name), text) for name, text in _library_files()]
    return [(protocol.key, text, protocol.is_on) for protocol, text in found]


def _library_files() -> list[tuple[str, str]]:
    folder = files("afterglow.library").joinpath("protocols")
    entries = sorted((e for e in folder.iterdir() if e.name.endswith(".toml")), key=lambda entry: entry.name)
    return [(entry.name, entry.read_text(encoding="utf-8")) for entry in entries]


def _most_specific(protocols: Iterable[Protocol], *, family: str, brand: str, area: str) -> Protocol | None:
    fitting = [p for p in protocols if family in p.families and _fits(p, brand=brand, area=area)]
    if not fitting:
        return None
    return min(fitting, key=lambda p: (area not in p.areas, not p.brands, _rebooks_first(p)))


def _fits(protocol: Protocol, *, brand: str, area: str) -> bool:
    is_area_fitting = not protocol.areas or area in protocol.areas or protocol.is_default_area
    return is_area_fitting and (not protocol.brands or brand in protocol.brands)


def _rebooks_first(protocol: Protocol) -> tuple[float, str]:
    """Sorts by the first rebooking day; the key decides a tie, so that the answer never changes by itself."""
    days = [
        step.send_after.amount * _DAYS[step.send_after.unit]
        for step in protocol.steps
        if step.function is Function.REBOOK
    ]
    return (min(days, default=float("inf")), protocol.key)


_DAYS = {"hours": 1 / 24, "days": 1.0, "months": 30.4}
