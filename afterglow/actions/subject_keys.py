"""Keys for the people a practice's ledger and evidence are about: one for each client, one for each bare address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import uuid4

from afterglow.actions.ledger_head import begun_address_key, lock_head
from afterglow.config.sealing import new_key
from afterglow.models import SubjectKey
from afterglow.models.bulk import insert_rows
from afterglow.models.ledger_keys import Subject, Who, known_subjects, wrapped_for

COLUMNS = ("practice", "subject", "client", "address_digest", "key_sealed", "created_at")


def key_of_client(*, practice_id: int, client_id: int, now: datetime) -> Subject:
    """The client's key, made if there is none. Inside a practice scope, late: a new key locks the ledger's head.

    Raises SealBroken when the installation's keys do not open it.
    """
    found = known_subjects(practice_id, [client_id])
    if not found:
        begun_address_key(practice_id)  # there is a head to lock
        lock_head(practice_id)
        found = known_subjects(practice_id, [client_id])
    if not found:
        found = new_subjects([client_id])
        store_subjects(practice_id, found, now=now)
    return found[client_id]


def new_subjects(whom: Iterable[Who]) -> dict[Who, Subject]:
    """Fresh random keys, not stored yet."""
    return {who: Subject(uuid4(), new_key()) for who in whom}


def store_subjects(practice_id: int, subjects: Mapping[Who, Subject], *, now: datetime) -> None:
    """Keep these keys, wrapped. Under the lock of the ledger's head, so that nobody gets two."""
    rows = [
        (
            practice_id,
            subject.id,
            who if isinstance(who, int) else None,
            who if isinstance(who, str) else "",
            wrapped_for(practice_id, subject),
            now,
        )
        for who, subject in subjects.items()
    ]
    insert_rows(SubjectKey, COLUMNS, rows)
