"""Write down what was allowed and what was taken back: rows to decide by, and a ledger that proves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from afterglow.actions.ledger_head import begun_address_key, lock_head, move_head
from afterglow.actions.subject_keys import new_subjects, store_subjects
from afterglow.config.sealing import seal_each
from afterglow.models import Consent, LedgerEntry
from afterglow.models.bulk import Values, fetch_rows, insert_rows, reserve_ids
from afterglow.models.ledger_keys import Subject, Who, known_subjects
from afterglow.models.scope import at_the_end
from afterglow.rules.facts import Channel, Purpose
from afterglow.rules.ledger import Place, Statement, address_digest_of, digest_of, private_part

CONSENT_COLUMNS = (
    "id", "practice", "client", "address", "channel", "purpose", "status", "evidence", "source", "recorded_by",
    "text_digest", "at",
)  # fmt: skip
ENTRY_COLUMNS = (
    "id", "practice", "number", "subject", "channel", "purpose", "status", "source", "text_digest", "address_digest",
    "at", "recorded_at", "sealed", "previous", "digest",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsent:
    """One grant or revocation to be written down. Without a client it was said at the address itself."""

    client_id: int | None
    address: str
    channel: Channel
    purpose: Purpose
    status: Consent.Status
    source: str
    evidence: str
    at: datetime
    text_digest: str = ""
    recorded_by: str = ""
    ip: str = ""
    agent: str = ""


def enter_consents(*, practice_id: int, consents: Sequence[NewConsent], now: datetime) -> list[int]:
    """The ids of these consents, in their order. Inside a practice scope.

    They count from this line on. Their entries in the ledger, with the same ids, are the last thing the outermost scope
    does before it commits, in the same transaction: the end of the chain is locked when nothing else is waited for any
    more, so an import and a STOP can never wait for each other. `ledger_numbers` tells their numbers after that.
    """
    if not consents:
        return []
    ids = reserve_ids(Consent, len(consents))
    kept = [_Kept(practice_id, pk, consent, now) for pk, consent in zip(ids, consents, strict=True)]
    insert_rows(Consent, CONSENT_COLUMNS, [_consent_row(practice_id, one.consent_id, one.consent) for one in kept])
    at_the_end(_add_entries, kept)
    return ids


class _Kept(NamedTuple):
    """A consent whose row is written and whose entry is not."""

    practice_id: int
    consent_id: int
    consent: NewConsent
    now: datetime


class _Sealed(NamedTuple):
    """All of an entry but its place in the chain."""

    kept: _Kept
    statement: Statement
    canonical: str
    sealed: bytes


def _consent_row(practice_id: int, pk: int, consent: NewConsent) -> tuple[object, ...]:
    return (
        pk, practice_id, consent.client_id, consent.address, consent.channel, consent.purpose, consent.status,
        consent.evidence, consent.source, consent.recorded_by, consent.text_digest, consent.at,
    )  # fmt: skip


def _add_entries(everything: Sequence[_Kept]) -> None:
    """Seal first, then lock the end of the chain for as long as it takes to add to it."""
    practice_id, now = everything[0].practice_id, everything[-1].now
    kept = _surviving(practice_id, everything)
    if not kept:
        return
    key = begun_address_key(practice_id)
    digests = {address: address_digest_of(address, key=key) for address in {k.consent.address for k in kept}}
    whom = {_who(k.consent, digests) for k in kept}
    subjects = known_subjects(practice_id, whom)
    fresh = new_subjects(whom - subjects.keys())
    subjects |= fresh
    sealed = _sealed(kept, digests, subjects)
    end = lock_head(practice_id)
    if fresh and (overtaken := known_subjects(practice_id, fresh)):
        fresh = {who: subject for who, subject in fresh.items() if who not in overtaken}
        subjects |= overtaken
        sealed = _sealed(kept, digests, subjects)
    store_subjects(practice_id, fresh, now=now)
    _chain(practice_id, end, sealed)


def _surviving(practice_id: int, kept: Sequence[_Kept]) -> list[_Kept]:
    """Those whose consent is there: a savepoint that was taken back took its own along."""
    rows = Consent.objects.filter(practice=practice_id, pk__among=Values(k.consent_id for k in kept))
    there = {pk for (pk,) in fetch_rows(rows.values_list("pk"))}
    return [k for k in kept if k.consent_id in there]


def _who(consent: NewConsent, digests: Mapping[str, str]) -> Who:
    return digests[consent.address] if consent.client_id is None else consent.client_id


def _sealed(kept: Sequence[_Kept], digests: Mapping[str, str], subjects: Mapping[Who, Subject]) -> list[_Sealed]:
    whose = [subjects[_who(each.consent, digests)] for each in kept]
    said = [_statement(each, subject, digests[each.consent.address]) for each, subject in zip(kept, whose, strict=True)]
    forms = [statement.canonical() for statement in said]
    sealed = seal_each(
        [
            (subject.key, _private(each.consent), form.encode())
            for each, subject, form in zip(kept, whose, forms, strict=True)
        ]
    )
    return [_Sealed(*parts) for parts in zip(kept, said, forms, sealed, strict=True)]


def _statement(kept: _Kept, subject: Subject, address_digest: str) -> Statement:
    consent = kept.consent
    return Statement(
        practice=kept.practice_id,
        subject=subject.id,
        channel=consent.channel,
        purpose=consent.purpose,
        status=consent.status,
        source=consent.source,
        text_digest=consent.text_digest,
        address_digest=address_digest,
        at=consent.at,
        recorded_at=kept.now,
    )


def _private(consent: NewConsent) -> bytes:
    return private_part(
        address=consent.address,
        client=consent.client_id,
        evidence=consent.evidence,
        recorded_by=consent.recorded_by,
        ip=consent.ip,
        agent=consent.agent,
    )


def _chain(practice_id: int, end: Place, entries: Sequence[_Sealed]) -> None:
    rows = []
    for entry in entries:
        pk, said = entry.kept.consent_id, entry.statement
        number, previous = end.number + 1, end.digest
        digest = digest_of(entry.canonical, id=pk, number=number, previous=previous, sealed=entry.sealed)
        rows.append((
            pk, practice_id, number, said.subject, said.channel, said.purpose, said.status, said.source,
            said.text_digest, said.address_digest, said.at, said.recorded_at, entry.sealed, previous, digest,
        ))  # fmt: skip
        end = Place(number, digest)
    insert_rows(LedgerEntry, ENTRY_COLUMNS, rows)
    move_head(practice_id, end)
