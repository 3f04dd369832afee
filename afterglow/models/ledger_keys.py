"""The keys that open what the ledger and the evidence hold about somebody."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from afterglow.config.sealing import unwrap, wrap
from afterglow.config.secrets import SealBroken
from afterglow.models.bulk import Values, fetch_rows
from afterglow.models.consents import LedgerHead, SubjectKey

Who = int | str  # a client's id, or the digest of an address that is nobody's


class Subject(NamedTuple):
    """Whom something is about, without a name, and the key that opens it."""

    id: UUID
    key: bytes


class Holder(NamedTuple):
    """What became of a key: `key` is empty once it was destroyed, and when this installation cannot open it."""

    client_id: int | None
    address_digest: str
    key: bytes
    is_destroyed: bool


def known_subjects(practice_id: int, whom: Collection[Who]) -> dict[Who, Subject]:
    """Those of them who have a key that was not destroyed. One query. Raises SealBroken."""
    clients = [who for who in whom if isinstance(who, int)]
    addresses = [who for who in whom if isinstance(who, str)]
    wanted = Q(client_id__among=Values(clients)) | Q(address_digest__among=Values(addresses))
    rows = SubjectKey.objects.filter(wanted, practice=practice_id, destroyed_at=None)
    found: dict[Who, Subject] = {}
    for subject, client_id, digest, wrapped in fetch_rows(
        rows.values_list("subject", "client_id", "address_digest", "key_sealed")
    ):
        found[client_id or digest] = Subject(subject, unwrap(wrapped, about=_about_subject(practice_id, subject)))
    return found


def holders(practice_id: int, subjects: Collection[UUID]) -> dict[UUID, Holder]:
    """The keys of these subjects, destroyed ones too. One query."""
    rows = SubjectKey.objects.filter(practice=practice_id, subject__among=Values(subjects))
    found = {}
    for subject, client_id, digest, wrapped, destroyed_at in fetch_rows(
        rows.values_list("subject", "client_id", "address_digest", "key_sealed", "destroyed_at")
    ):
        key = b""
        if wrapped is not None:
            try:
                key = unwrap(wrapped, about=_about_subject(practice_id, subject))
            except SealBroken:
                key = b""
        found[subject] = Holder(client_id, digest, key, destroyed_at is not None)
    return found


def wrapped_for(practice_id: int, subject: Subject) -> bytes:
    """The subject's key as it is stored."""
    return wrap(subject.key, about=_about_subject(practice_id, subject.id))


def address_key(practice_id: int) -> bytes | None:
    """What the practice's digests of addresses are keyed with; None before its ledger begins. Raises SealBroken."""
    heads = LedgerHead.objects.filter(practice=practice_id)
    wrapped = heads.values_list("address_key_sealed", flat=True).first()
    return None if wrapped is None else unwrap(wrapped, about=_about_addresses(practice_id))


def wrapped_address_key(practice_id: int, key: bytes) -> bytes:
    """That key as it is stored."""
    return wrap(key, about=_about_addresses(practice_id))


def _about_subject(practice_id: int, subject: UUID) -> bytes:
    return f"key of {subject} in practice {practice_id}".encode()


def _about_addresses(practice_id: int) -> bytes:
    return f"addresses of practice {practice_id}".encode()
