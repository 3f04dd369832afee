"""Where the ledger proves a consent, and what it keeps with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery

from afterglow.models import Client, Consent, ConsentText, LedgerEntry
from afterglow.queries.words import purpose_label


class EntryTold(NamedTuple):
    """One entry of the ledger in words."""

    number: int | None
    at: datetime
    said: str  # granted, revoked
    what: str
    address: str
    source: str
    wording: str
    evidence: str
    by: str


def entries_of(practice_id: int, client_id: int) -> list[EntryTold]:
    """What was said by a client or at the client's addresses, oldest first. Inside a practice scope.

    Raises Client.DoesNotExist.
    """
    client = Client.objects.get(practice=practice_id, pk=client_id)
    found = with_proof(Consent.objects.filter(said_by(client), practice=practice_id)).order_by("number", "pk")
    return [
        EntryTold(
            number=consent.number,
            at=consent.at,
            said=consent.status,
            what=purpose_label(consent.channel, consent.purpose),
            address=consent.address,
            source=consent.source,
            wording=wording_label(consent),
            evidence=consent.evidence,
            by=consent.recorded_by,
        )
        for consent in found
    ]


def said_by(client: Client) -> Q:
    """The rows that are the client's own, and those that are nobody's at one of the client's addresses."""
    addresses = [address for address in (client.phone, client.email) if address]
    return Q(client=client.pk) | Q(client=None, address__in=addresses)


def with_proof(consents: QuerySet[Consent]) -> Any:
    """These consents with their `number` in the ledger and the `version` of the wording that was agreed to."""
    entry = LedgerEntry.objects.filter(practice=OuterRef("practice"), pk=OuterRef("pk"))
    text = ConsentText.objects.filter(practice=OuterRef("practice"), digest=OuterRef("text_digest"))
    return consents.annotate(
        number=Subquery(entry.values("number")), version=Subquery(text.order_by("version").values("version")[:1])
    )


def wording_label(consent: Any) -> str:
    """ "version 3" of the practice's own wording; the first signs of its digest where the wording is not ours."""
    if consent.version is not None:
        return f"version {consent.version}"
    return f"{consent.text_digest[:12]}…" if consent.text_digest else ""
