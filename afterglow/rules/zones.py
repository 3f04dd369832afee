"""Where a client may be when a message arrives: time zones and states."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from afterglow.rules.facts import Recipient

TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})  # placed by their own area codes, never guessed at


def zones_of(recipient: Recipient, *, practice_zone: str) -> tuple[str, ...]:
    """Every IANA zone the client may be in: of the area code, of the postal address, and the clinic's own.

    A number that cannot be placed may be anywhere from Maine to Hawaii.
    """
    return _zones(recipient.area_code, recipient.state, practice_zone)


def states_of(recipient: Recipient, *, practice_state: str) -> frozenset[str]:
    """Every state whose law may apply: of the area code, of the address, of the clinic.

    All of them when neither number nor address says anything.
    """
    return _states(recipient.area_code, recipient.state, practice_state)


def may_be_anywhere(recipient: Recipient) -> bool:
    """Whether neither the number nor the address places the client, so that every state's law counts."""
    return not is_placeable(recipient.area_code) and _known(recipient.state) is None


def is_placeable(area_code: str | None) -> bool:
    """Whether an area code belongs to a place in the US: toll-free, foreign and unheard-of codes do not."""
    return area_code in area_codes()


def area_code_of(phone_e164: str) -> str | None:
    """The area code of a US number in E.164 ("+15125550143" gives "512"). None when it cannot be placed."""
    if len(phone_e164) != 12 or not phone_e164.startswith("+1"):
        return None
    code = phone_e164[2:5]
    return code if code in area_codes() else None


@cache
def area_codes() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Area code → its state and its zones. Source: the numbering plan, with every split-zone code named in full."""
    return {row["npa"]: (row["state"], tuple(row["zones"].split("|"))) for row in _rows("area_codes.csv")}


@cache
def zones_by_state() -> dict[str, tuple[str, ...]]:
    """Two letters → all zones that any part of the state keeps, the commoner one first."""
    return {row["state"]: tuple(row["zones"].split("|")) for row in _rows("state_zones.csv")}


@cache
def state_names() -> dict[str, str]:
    return {row["state"]: row["name"] for row in _rows("state_zones.csv")}


@lru_cache(maxsize=2**14)
def _zones(area_code: str | None, state: str | None, practice_zone: str) -> tuple[str, ...]:
    zones = set(area_codes()[area_code][1]) if area_code and is_placeable(area_code) else set(_all_zones())
    if known := _known(state):
        zones.update(zones_by_state()[known])
    zones.add(practice_zone)
    return tuple(sorted(zones))


@lru_cache(maxsize=2**14)
def _states(area_code: str | None, state: str | None, practice_state: str) -> frozenset[str]:
    known = {_known(state), _known(practice_state)} - {None}
    if area_code and is_placeable(area_code):
        known.add(area_codes()[area_code][0])
    elif _known(state) is None:
        known |= zones_by_state().keys() - TERRITORIES
    return frozenset(code for code in known if code)


def _known(state: str | None) -> str | None:
    code = (state or "").strip().upper()
    return code if code in zones_by_state() else None


@cache
def _all_zones() -> frozenset[str]:
    return frozenset(zone for state, zones in zones_by_state().items() if state not in TERRITORIES for zone in zones)


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("afterglow.library").joinpath(name).read_text(encoding="utf-8")
    return iter(csv.DictReader(text.splitlines()))
