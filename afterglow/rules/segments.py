"""How many parts a text is sent and charged in (3GPP TS 23.038): 160 plain characters, or 70 if any is not plain."""

from __future__ import annotations

_PLAIN = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE = frozenset("\f^{}\\[~]|€")  # plain, and as long as two
_WHOLE_PLAIN, _PART_PLAIN = 160, 153
_WHOLE_WIDE, _PART_WIDE = 70, 67


def segments(text: str) -> int:
    """The number of parts of a text, at least one. A character that takes two places is never cut in half."""
    if all(c in _PLAIN or c in _DOUBLE for c in text):
        return _parts([2 if c in _DOUBLE else 1 for c in text], whole=_WHOLE_PLAIN, part=_PART_PLAIN)
    return _parts([2 if ord(c) > 0xFFFF else 1 for c in text], whole=_WHOLE_WIDE, part=_PART_WIDE)


def _parts(widths: list[int], *, whole: int, part: int) -> int:
    if sum(widths) <= whole:
        return 1
    parts, used = 1, 0
    for width in widths:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts
