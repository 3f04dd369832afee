"""How many parts a text is sent and charged in, and why (3GPP TS 23.038, GSM-7 without national tables)."""

from __future__ import annotations

from dataclasses import dataclass

_PLAIN = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE = frozenset("\f^{}\\[~]|€")  # plain, and as long as two
_ALL_PLAIN = _PLAIN | _DOUBLE
_WHOLE_PLAIN, _PART_PLAIN = 160, 153
_WHOLE_WIDE, _PART_WIDE = 70, 67


@dataclass(frozen=True, slots=True)
class Measure:
    """A text as a phone network counts it. `units` are septets of GSM-7, or UTF-16 units when a character is wide."""

    units: int
    segments: int
    wide: tuple[str, ...]  # the characters that GSM-7 does not have, each once, in their order

    @property
    def is_plain(self) -> bool:
        return not self.wide

    @property
    def room(self) -> int:
        """The units that one part holds."""
        return _WHOLE_PLAIN if self.is_plain else _WHOLE_WIDE


def measure(text: str) -> Measure:
    """The alphabet, the length and the number of parts of a text."""
    wide = wide_characters(text)
    return Measure(_wide_units(text) if wide else _plain_units(text), segments(text), wide)


def segments(text: str) -> int:
    """The number of parts of a text, at least one. A character that takes two places is never cut in half."""
    if _PLAIN.issuperset(text):
        return 1 if len(text) <= _WHOLE_PLAIN else -(-len(text) // _PART_PLAIN)
    if _ALL_PLAIN.issuperset(text):
        return _parts([2 if c in _DOUBLE else 1 for c in text], whole=_WHOLE_PLAIN, part=_PART_PLAIN)
    return _parts([2 if ord(c) > 0xFFFF else 1 for c in text], whole=_WHOLE_WIDE, part=_PART_WIDE)


def wide_characters(text: str) -> tuple[str, ...]:
    """The characters that make a text of 160 places one of 70, each once, in their order."""
    return () if _ALL_PLAIN.issuperset(text) else tuple(dict.fromkeys(c for c in text if c not in _ALL_PLAIN))


def _plain_units(text: str) -> int:
    return len(text) + sum(map(text.count, _DOUBLE))


def _wide_units(text: str) -> int:
    return len(text) + sum(ord(c) > 0xFFFF for c in text)


def _parts(widths: list[int], *, whole: int, part: int) -> int:
    if sum(widths) <= whole:
        return 1
    parts, used = 1, 0
    for width in widths:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts
