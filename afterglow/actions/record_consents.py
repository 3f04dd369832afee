"""Write down the consents that a booking system reports with its visits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from afterglow.actions.desk import Desk
from afterglow.actions.keep_ledger import NewConsent, enter_consents
from afterglow.intake.contract import ClientReported
from afterglow.models import Consent
from afterglow.models.bulk import fetch_rows
from afterglow.rules.facts import Channel, Purpose


class _Claim(NamedTuple):
    """What makes two reported grants the same."""

    client_id: int
    address: str
    channel: Channel
    purpose: Purpose
    granted_at: datetime


def record_consents(
    desk: Desk, source: str, clients: Iterable[tuple[int, ClientReported]], *, former: Collection[int]
) -> None:
    """New claims only: the same grant reported again is the same grant. `former` were clients before.

    A grant dated in the future is left out: it would stand above every STOP until that day.
    """
    claimed: dict[_Claim, str] = {}
    for client_id, client in clients:
        for consent in client.consents:
            address = client.email if consent.channel is Channel.EMAIL else client.phone
            if address and consent.granted_at <= desk.now:
                claim = _Claim(client_id, address, consent.channel, consent.purpose, consent.granted_at)
                claimed[claim] = consent.evidence
    if not claimed:
        return
    granted = Consent.objects.filter(practice=desk.practice, client_id__among=former, status=Consent.Status.GRANTED)
    known = set(fetch_rows(granted.values_list("client_id", "address", "channel", "purpose", "at")))
    consents = [
        NewConsent(
            client_id=key.client_id,
            address=key.address,
            channel=key.channel,
            purpose=key.purpose,
            status=Consent.Status.GRANTED,
            source=source,
            evidence=evidence,
            at=key.granted_at,
        )
        for key, evidence in claimed.items()
        if key not in known
    ]
    enter_consents(practice_id=desk.practice.pk, consents=consents, now=desk.now)
