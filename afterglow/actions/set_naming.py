"""Choose whether texts name the treatment."""

from __future__ import annotations

from afterglow.models import Practice
from afterglow.models.scope import practice_scope


def set_naming(*, practice_id: int, is_named: bool) -> None:
    """From the next message on texts say “your Botox”, or “your visit”, where their words leave it open."""
    with practice_scope(practice_id):
        Practice.objects.filter(pk=practice_id).update(has_named_treatments=is_named)
