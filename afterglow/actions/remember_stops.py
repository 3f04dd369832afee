"""Keep a STOP of somebody who was erased: when the address comes back, it is stopped again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from afterglow.actions.keep_ledger import NewConsent, enter_consents
from afterglow.models import Consent, LedgerEntry, SubjectKey
from afterglow.models.bulk import Values, fetch_rows
from afterglow.models.ledger_keys import address_key
from afterglow.rules.facts import Channel, Purpose
from afterglow.rules.ledger import address_digest_of

SOURCE = "said before, by somebody erased since"


def remember_stops(*, practice_id: int, addresses: Collection[str], now: datetime) -> int:
    """How many revocations were written again for these numbers and mailboxes. Inside a practice scope.

    Of the erased only a keyed digest of the address is left in the ledger, and that is enough. As long as nobody was
    erased it costs one query.
    """
    erased = SubjectKey.objects.filter(practice=practice_id, destroyed_at__isnull=False)
    if not addresses or not erased.exists():
        return 0
    key = address_key(practice_id)
    if key is None:
        return 0
    digests = {address_digest_of(address, key=key): address for address in addresses if address}
    consents = _forgotten(practice_id, digests)
    enter_consents(practice_id=practice_id, consents=consents, now=now)
    return len(consents)


def _forgotten(practice_id: int, addresses: dict[str, str]) -> list[NewConsent]:
    """The newest revocation of each address, channel and purpose of which no working copy is left."""
    ended = LedgerEntry.objects.filter(
        practice=practice_id, status=Consent.Status.REVOKED.value, address_digest__among=Values(addresses)
    )
    rows = fetch_rows(
        ended.order_by("number").values_list("pk", "number", "address_digest", "channel", "purpose", "at")
    )
    copies = Consent.objects.filter(practice=practice_id, pk__among=Values(row[0] for row in rows))
    there = {pk for (pk,) in fetch_rows(copies.values_list("pk"))}
    newest = {row[2:5]: row for row in rows}
    remembered = {row[2:5] for row in rows if row[0] in there}
    return [
        NewConsent(
            client_id=None,
            address=addresses[digest],
            channel=Channel(channel),
            purpose=Purpose(purpose),
            status=Consent.Status.REVOKED,
            source=SOURCE,
            evidence=f"ledger no. {number}",
            at=at,
        )
        for what, (_, number, digest, channel, purpose, at) in newest.items()
        if what not in remembered
    ]
