"""Who is told when Afterglow itself is in trouble, and how soon."""

from __future__ import annotations

from afterglow.models import Practice
from afterglow.models.scope import practice_scope


def set_alerts(*, practice_id: int, email: str, phone: str, after_minutes: int) -> None:
    """From now on alerts of this practice go there. Empty: nobody is told."""
    with practice_scope(practice_id):
        Practice.objects.filter(pk=practice_id).update(
            alert_email=email, alert_phone=phone, alert_after_minutes=after_minutes
        )
