"""End marketing e-mail for a client, at once and without a question."""

from __future__ import annotations

from datetime import datetime

from afterglow.actions.revoke_consents import revoke_at
from afterglow.models import Client
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Purpose


def unsubscribe(*, practice_id: int, client_id: int, evidence: str, now: datetime) -> None:
    """No marketing e-mail goes to this client's address any more. Saying it twice changes nothing."""
    with practice_scope(practice_id):
        client = Client.objects.get(practice=practice_id, pk=client_id)
        if not client.email:
            return
        revoke_at(
            practice_id=practice_id,
            whats=[(Channel.EMAIL, Purpose.MARKETING)],
            emails=[client.email],
            source="unsubscribe page",
            evidence=evidence,
            now=now,
        )
