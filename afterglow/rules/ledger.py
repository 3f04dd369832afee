"""The chain of the consent ledger: how an entry is written down byte by byte, and how each seals the one before.

The digest of an entry is the SHA-256, in lower-case hex, of its canonical form in UTF-8: a JSON object (RFC 8785: names
in order, no blanks) of its id, its number, the digest of the entry before, the SHA-256 of the sealed bytes, and the
statement: every other plain column. Moments are UTC with six decimals and `+00:00`; ids and numbers are numbers,
everything else is text.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring as _text  # as RFC 8785 writes a string
from typing import NamedTuple
from uuid import UUID

BEFORE_THE_FIRST = ""


class Place(NamedTuple):
    """An entry of the chain by its number and its digest."""

    number: int
    digest: str


class Statement(NamedTuple):
    """What an entry says in plain, without whom it names."""

    practice: int
    subject: UUID
    channel: str
    purpose: str
    status: str
    source: str
    text_digest: str
    address_digest: str
    at: datetime
    recorded_at: datetime

    def canonical(self) -> str:
        """Its canonical form. The sealed bytes of the entry are bound to it: once it was changed, they do not open."""
        return (
            f'{{"address_digest":{_text(self.address_digest)},"at":"{_moment(self.at)}","channel":{_text(self.channel)}'
            f',"practice":{self.practice},"purpose":{_text(self.purpose)},"recorded_at":"{_moment(self.recorded_at)}"'
            f',"source":{_text(self.source)},"status":{_text(self.status)},"subject":"{self.subject}"'
            f',"text_digest":{_text(self.text_digest)}}}'
        )


def digest_of(statement: str, *, id: int, number: int, previous: str, sealed: bytes) -> str:
    """The digest of an entry with this canonical statement at this place of the chain."""
    form = (
        f'{{"id":{id},"number":{number},"previous":{_text(previous)},"sealed":"{sha256(sealed).hexdigest()}"'
        f',"statement":{statement}}}'
    )
    return sha256(form.encode()).hexdigest()


def address_digest_of(address: str, *, key: bytes) -> str:
    """The same for the same number or mailbox of one practice; without the practice's key nobody can try addresses."""
    return hmac.digest(key, address.strip().lower().encode(), "sha256").hex()


def private_part(*, address: str, client: int | None, evidence: str, recorded_by: str, ip: str, agent: str) -> bytes:
    """What is sealed, as JSON."""
    return (
        f'{{"address":{_text(address)},"agent":{_text(agent)},"client":{"null" if client is None else client}'
        f',"evidence":{_text(evidence)},"ip":{_text(ip)},"recorded_by":{_text(recorded_by)}}}'
    ).encode()


@lru_cache(maxsize=4_096)
def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
