"""How much, and which session: "20u", "1 ml", "2/6", "Pkg 3 of 6"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from afterglow.rules.catalog_words import SLASH, Word

_UNITS = {
    **dict.fromkeys(("u", "unit", "iu", "unidad", "unidade", "un"), "unit"),
    **dict.fromkeys(("ml", "cc", "mililitro"), "ml"),
    **dict.fromkeys(("syringe", "syr", "jeringa", "jering"), "syringe"),
    **dict.fromkeys(("vial", "viale", "frasco"), "vial"),
    **dict.fromkeys(("area", "zone", "zona"), "area"),
    **dict.fromkeys(("cycle", "ciclo"), "cycle"),
    "mg": "mg",
    "mcg": "mcg",
    "thread": "thread",
    "hilo": "thread",
}
_NUMBERS = {
    word: Decimal(number)
    for number, words in enumerate(
        (
            "",
            "one una uno",
            "two dos",
            "three tres",
            "four cuatro",
            "five cinco",
            "six seis",
            "seven",
            "eight",
            "nine",
            "ten",
        )
    )
    for word in words.split()
}
_ORDINALS = frozenset({"st", "nd", "rd", "th", "a", "ra", "da", "ta"})
_OF = frozenset({"of", "de", SLASH})
_SESSION_WORDS = frozenset(
    {"session", "sesion", "visit", "visita", "tx", "treatment", "tratamiento", "number", "no", "#"}
)
MOST_SESSIONS = 40


@dataclass(frozen=True, slots=True)
class Amounts:
    quantity: Decimal | None = None
    unit: str = ""
    session: int | None = None
    session_total: int | None = None


def amounts_of(words: Sequence[Word]) -> Amounts:
    """The quantity with its unit, and the session with the number of planned ones, as far as the words say them."""
    plain = [w.plain for w in words]
    quantity, unit = _quantity(plain)
    session, total = _session(plain)
    return Amounts(quantity, unit, session, total)


def _quantity(plain: list[str]) -> tuple[Decimal | None, str]:
    for at, word in enumerate(plain):
        unit = _UNITS.get(word)
        if unit is None or at == 0 or (at > 1 and plain[at - 2] == "$"):
            continue
        if plain[at - 1] == "half":
            return Decimal("0.5"), unit
        if (number := _number(plain[at - 1])) is not None:
            return (_fraction(plain, at - 1) or number), unit
    return None, ""


def _fraction(plain: list[str], at: int) -> Decimal | None:
    """ "1/2" and "1 1/2": the only fraction that menus use."""
    if plain[max(at - 2, 0) : at + 1] != ["1", SLASH, "2"]:
        return None
    whole = _number(plain[at - 3]) if at > 2 else None
    return (whole or Decimal(0)) + Decimal("0.5")


def _number(word: str) -> Decimal | None:
    if word in _NUMBERS:
        return _NUMBERS[word]
    return Decimal(word) if word.replace(".", "", 1).isdigit() else None


def _session(plain: list[str]) -> tuple[int | None, int | None]:
    for at, word in enumerate(plain):
        if word in _OF and (pair := _pair(plain, at)):
            return pair
    for at, word in enumerate(plain):
        if word in _SESSION_WORDS and (session := _count(plain, at + 1)) and not _has_unit(plain, at + 2):
            return session, None
        if word in _ORDINALS and plain[at + 1 : at + 2] and plain[at + 1] in _SESSION_WORDS:
            return _count(plain, at - 1), None
    return None, None


def _pair(plain: list[str], at: int) -> tuple[int, int] | None:
    """ "2 of 6" and "1st of 4", but not "1/2 syringe", "RHA 2/3/4" or "2 of 2 areas"."""
    before = at - 2 if at > 1 and plain[at - 1] in _ORDINALS else at - 1
    session, total = _count(plain, before), _count(plain, at + 1)
    if session is None or total is None or not 1 <= session <= total or total < 2 or _has_unit(plain, at + 2):
        return None
    is_list = SLASH in (*plain[at + 2 : at + 3], *plain[max(before - 1, 0) : max(before, 0)])
    return None if is_list else (session, total)


def _count(plain: list[str], at: int) -> int | None:
    if not 0 <= at < len(plain):
        return None
    number = _number(plain[at])
    is_count = number is not None and number == int(number) and 1 <= number <= MOST_SESSIONS
    return int(number) if is_count and number is not None else None


def _has_unit(plain: list[str], at: int) -> bool:
    return at < len(plain) and (plain[at] in _UNITS or plain[at] in ("%", "min"))
