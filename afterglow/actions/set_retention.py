"""Choose how long a kind of record is kept."""

from __future__ import annotations

from afterglow.models import Retention
from afterglow.models.scope import practice_scope
from afterglow.rules.retention import Kind, checked_days


def set_retention(*, practice_id: int, kind: Kind, days: int) -> None:
    """From the next clean-up on records of this kind are kept for so many days. Raises TooShort, TooLong."""
    checked_days(kind, days)
    with practice_scope(practice_id):
        Retention.objects.update_or_create(practice_id=practice_id, kind=kind.value, defaults={"days": days})
