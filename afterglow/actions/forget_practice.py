"""Remove a practice and everything that belongs to it."""

from __future__ import annotations

from afterglow.models import Practice
from afterglow.models.scope import practice_scope


def forget_practice(*, practice_id: int) -> None:
    """Nothing of the practice is left. Used by the demo to begin anew."""
    with practice_scope(practice_id):
        Practice.objects.filter(pk=practice_id).delete()
