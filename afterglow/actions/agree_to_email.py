"""A client agrees, behind the link in one of our e-mails, to get offers by e-mail again."""

from __future__ import annotations

from datetime import datetime

from afterglow.actions.keep_ledger import NewConsent, enter_consents
from afterglow.actions.keep_wordings import keep_wordings
from afterglow.actions.release_touches import release_touches
from afterglow.models import Client, Consent, Practice
from afterglow.models.scope import practice_scope
from afterglow.models.wordings import current_wordings
from afterglow.rules.consent_texts import Offer

BY_LINK = "the client, by the link in an e-mail"


class OtherWords(Exception):
    """These are not the words that the practice asks for today."""


def agree_to_email(
    *, practice_id: int, client_id: int, digest: str, evidence: str, ip: str, agent: str, now: datetime
) -> bool:
    """Whether the client's mailbox gets offers again, on the words with this digest. Raises OtherWords."""
    with practice_scope(practice_id):
        client = Client.objects.get(practice=practice_id, pk=client_id)
        if not client.email:
            return False
        practice = Practice.objects.get(pk=practice_id)
        wording = current_wordings(practice, "en", [Offer.MARKETING_EMAIL])[Offer.MARKETING_EMAIL]
        if wording.digest != digest:
            raise OtherWords(OtherWords.__doc__)
        keep_wordings(practice_id=practice_id, wordings=[wording], now=now)
        consents = [
            NewConsent(
                client_id=client.pk,
                address=client.email,
                channel=channel,
                purpose=purpose,
                status=Consent.Status.GRANTED,
                source="preference page",
                evidence=evidence,
                text_digest=digest,
                recorded_by=BY_LINK,
                ip=ip,
                agent=agent,
                at=now,
            )
            for channel, purpose in Offer.MARKETING_EMAIL.covers
        ]
        enter_consents(practice_id=practice_id, consents=consents, now=now)
        release_touches(practice_id=practice_id, client_ids=[client.pk], now=now)
        return True
