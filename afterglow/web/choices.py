"""What staff can choose from when they name a treatment, in the words they use."""

from __future__ import annotations

from afterglow.rules.vocabulary import AREAS, BRANDS, FAMILIES


def _choices(words: dict[str, str]) -> list[tuple[str, str]]:
    labels = [(key, label[:1].upper() + label[1:] if label else "Another area") for key, label in words.items()]
    return sorted(labels, key=lambda choice: (choice[0] == "other", choice[1].lower()))


FAMILY_CHOICES = [*_choices(FAMILIES), ("none", "No follow-up for this")]
AREA_CHOICES = _choices(AREAS)
BRAND_CHOICES = _choices(BRANDS)
_FILLED = ("lips", "under_eye", "cheeks", "jawline", "chin", "nose", "hands", "other")
FILLER_AREAS = [choice for choice in AREA_CHOICES if choice[0] in _FILLED]
