"""The consent ledger, read from its first entry to its last and compared with everything that should agree."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from afterglow.config.sealing import open_with
from afterglow.config.secrets import SealBroken
from afterglow.models import Consent, LedgerEntry, LedgerHead
from afterglow.models.bulk import Values, fetch_rows
from afterglow.models.ledger_keys import Holder, address_key, holders
from afterglow.rules.ledger import Place, Statement, address_digest_of
from afterglow.rules.ledger_check import Fault, KeyState, Link, Plain, Private, Seen, faults_of

AT_ONCE = 2_000
_PLACE = ("id", "number", "sealed", "previous", "digest")
_STATEMENT = ("practice_id", *Statement._fields[1:])
_CONSENT = (
    "pk", "channel", "purpose", "status", "source", "text_digest", "at", "address", "client_id", "evidence",
    "recorded_by",
)  # fmt: skip


def ledger_head(practice_id: int) -> Place | None:
    """Where the ledger ends now, or None before its first entry. Inside a practice scope."""
    row = LedgerHead.objects.filter(practice=practice_id).values_list("number", "digest").first()
    return Place(*row) if row and row[0] else None


def verify_ledger(
    practice_id: int, *, noted: Place | None = None, on_progress: Callable[[int], None] = lambda count: None
) -> Iterator[Fault]:
    """Every fault of the practice's ledger, as it is found. Inside a practice scope; memory stays flat."""
    reader = _Reader(practice_id, on_progress)
    yield from faults_of(reader.chain(), head=lambda: reader.head, noted=noted)
    proven = LedgerEntry.objects.filter(practice=practice_id, pk=OuterRef("pk"))
    bare = Consent.objects.filter(~Exists(proven), practice=practice_id).order_by("pk")
    for pk in bare.values_list("pk", flat=True).iterator(chunk_size=AT_ONCE):
        yield Fault(None, f"Consent {pk}, a working copy that messages are decided by, is in no entry of the ledger.")


class _Reader:
    """The chain as far as it goes. What is added while we read is read too."""

    def __init__(self, practice_id: int, on_progress: Callable[[int], None]) -> None:
        self.head: Place | None = None
        self._practice_id = practice_id
        self._on_progress = on_progress
        self._key = b""

    def chain(self) -> Iterator[Seen]:
        self._key = self._address_key()
        last = -(2**63)
        while True:
            row = LedgerHead.objects.filter(practice=self._practice_id).values_list("number", "digest").first()
            self.head = Place(*row) if row else None  # read before the entries: none of its own can be missing then
            links = self._links(last)
            if not links:
                return
            yield from self._seen(links)
            last = links[-1].number
            self._on_progress(len(links))

    def _address_key(self) -> bytes:
        try:
            return address_key(self._practice_id) or b""
        except SealBroken:
            return b""

    def _links(self, last: int) -> list[Link]:
        rows = LedgerEntry.objects.filter(practice=self._practice_id, number__gt=last).order_by("number")
        return [
            Link(pk, number, Statement(*said), sealed, previous, digest)
            for pk, number, sealed, previous, digest, *said in fetch_rows(
                rows.values_list(*_PLACE, *_STATEMENT)[:AT_ONCE]
            )
        ]

    def _seen(self, links: Sequence[Link]) -> Iterator[Seen]:
        keys = holders(self._practice_id, {link.statement.subject for link in links})
        rows = Consent.objects.filter(practice=self._practice_id, pk__among=Values(link.id for link in links))
        copies = {pk: copy for pk, *copy in fetch_rows(rows.values_list(*_CONSENT))}
        for link in links:
            state, opened = _opened(link, keys)
            copy = copies.get(link.id)
            yield Seen(link, state, opened, self._plain(copy, link) if copy else None, _private(copy) if copy else None)

    def _plain(self, copy: Sequence[Any], link: Link) -> Plain:
        channel, purpose, status, source, text_digest, at, address, *_ = copy
        key = self._key
        digest = address_digest_of(address, key=key) if key else link.statement.address_digest
        return Plain(channel, purpose, status, source, text_digest, digest, at)


def _private(copy: Sequence[Any]) -> Private:
    return Private(*copy[-4:])


def _opened(link: Link, keys: dict[UUID, Holder]) -> tuple[KeyState, Private | None]:
    holder = keys.get(link.statement.subject)
    if holder is None:
        return KeyState.MISSING, None
    if holder.is_destroyed:
        return KeyState.DESTROYED, None
    if not holder.key:
        return KeyState.LOCKED, None
    try:
        content = open_with(holder.key, link.sealed, about=link.statement.canonical().encode())
    except SealBroken:
        return KeyState.HELD, None
    said = json.loads(content)
    return KeyState.HELD, Private(said["address"], said["client"], said["evidence"], said["recorded_by"])
