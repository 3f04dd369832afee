"""End marketing e-mail for a client, at once and without a question."""

from __future__ import annotations

from datetime import datetime

from afterglow.actions.keep_ledger import Word, keep_words
from afterglow.models import Client, Consent
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Purpose


def unsubscribe(*, practice_id: int, client_id: int, evidence: str, now: datetime) -> None:
    """No marketing e-mail goes to this client's address any more. Saying it twice changes nothing."""
    with practice_scope(practice_id):
        client = Client.objects.get(practice=practice_id, pk=client_id)
        if not client.email:
            return
        word = Word(
            client_id=None,  # the law looks at the address: whoever shares it gets no more marketing there
            address=client.email,
            channel=Channel.EMAIL,
            purpose=Purpose.MARKETING,
            status=Consent.Status.REVOKED,
            evidence=evidence,
            source="unsubscribe page",
            at=now,
        )
        keep_words(practice_id=practice_id, words=[word], now=now)
