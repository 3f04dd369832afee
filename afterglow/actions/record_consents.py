"""Write down the consents that a booking system reports with its visits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from afterglow.actions.desk import Desk
from afterglow.intake.contract import ClientReported
from afterglow.models import Consent
from afterglow.models.bulk import fetch_rows, insert_rows
from afterglow.rules.facts import Channel

COLUMNS = (
    "practice", "client", "address", "channel", "purpose", "status", "evidence", "source", "recorded_by", "at",
)  # fmt: skip


def record_consents(
    desk: Desk, source: str, clients: Iterable[tuple[int, ClientReported]], *, former: Collection[int]
) -> None:
    """New claims only: the same grant reported again is the same grant. `former` were clients before.

    A grant dated in the future is left out: it would stand above every STOP until that day.
    """
    claimed: dict[tuple[int, str, str, str, datetime], str] = {}
    for client_id, client in clients:
        for consent in client.consents:
            address = client.email if consent.channel is Channel.EMAIL else client.phone
            if address and consent.granted_at <= desk.now:
                key = (client_id, address, consent.channel.value, consent.purpose.value, consent.granted_at)
                claimed[key] = consent.evidence
    if not claimed:
        return
    granted = Consent.objects.filter(practice=desk.practice, client_id__among=former, status=Consent.Status.GRANTED)
    known = set(fetch_rows(granted.values_list("client_id", "address", "channel", "purpose", "at")))
    rows = [
        (desk.practice.pk, *key[:4], Consent.Status.GRANTED.value, evidence, source, "", key[4])
        for key, evidence in claimed.items()
        if key not in known
    ]
    insert_rows(Consent, COLUMNS, rows)
