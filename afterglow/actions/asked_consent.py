"""What somebody asked for on a form or through a program: as consents for the ledger, and sealed while it waits."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from afterglow.actions.keep_ledger import NewConsent
from afterglow.config.secrets import seal, unseal
from afterglow.models import Client, Consent
from afterglow.rules.consent_texts import Offer
from afterglow.rules.facts import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was ticked, by whom, and what proves it. The phone number is in E.164; either address may be empty."""

    first_name: str
    last_name: str
    phone: str
    email: str
    language: str
    ticked: Mapping[Offer, str]  # with the digest of the words that stood beside the box
    source: str
    evidence: str
    at: datetime
    ip: str = ""
    agent: str = ""


def consents_of(
    asked: Asked, offers: Iterable[Offer], *, client_id: int | None, at: datetime, proof: str = "", by: str = ""
) -> list[NewConsent]:
    """A grant for everything these ticks cover, at the addresses that were given. `proof` is what came on top."""
    evidence = asked.evidence if client_id is not None else f"{asked.evidence}; signed as {_name(asked)}"
    return [
        NewConsent(
            client_id=client_id,
            address=address,
            channel=channel,
            purpose=purpose,
            status=Consent.Status.GRANTED,
            source=asked.source,
            evidence=f"{evidence}; {proof}" if proof else evidence,
            at=at,
            text_digest=asked.ticked[offer],
            recorded_by=by,
            ip=asked.ip,
            agent=asked.agent,
        )
        for offer in offers
        for channel, purpose in offer.covers
        if (address := asked.email if channel is Channel.EMAIL else asked.phone)
    ]


def client_of(practice_id: int, asked: Asked) -> int | None:
    """The client with this name at this number, or else at this mailbox; none unless there is exactly one.

    Two people who share a phone stay two people. One query at most for each address. Inside a practice scope.
    """
    for at_address in ({"phone": asked.phone}, {"email__iexact": asked.email}):
        if not any(at_address.values()):
            continue
        there = Client.objects.filter(practice=practice_id, erased_at=None, **at_address)
        named = [
            pk for pk, first, last in there.values_list("pk", "first_name", "last_name") if _is(asked, first, last)
        ]
        if len(named) == 1:
            return int(named[0])
    return None


def sealed(asked: Asked) -> bytes:
    """Readable for this installation only."""
    return seal({
        "first_name": asked.first_name,
        "last_name": asked.last_name,
        "phone": asked.phone,
        "email": asked.email,
        "language": asked.language,
        "ticked": {offer.value: digest for offer, digest in asked.ticked.items()},
        "source": asked.source,
        "evidence": asked.evidence,
        "at": asked.at.isoformat(),
        "ip": asked.ip,
        "agent": asked.agent,
    })  # fmt: skip


def unsealed(content: bytes | memoryview) -> Asked:
    """What was asked for again. Raises SealBroken when the installation's key is gone."""
    values: dict[str, Any] = unseal(content)
    ticked = {Offer(offer): digest for offer, digest in values.pop("ticked").items()}
    return Asked(**values | {"ticked": ticked, "at": datetime.fromisoformat(values["at"])})


def _name(asked: Asked) -> str:
    return f"{asked.first_name} {asked.last_name}".strip()


def _is(asked: Asked, first_name: str, last_name: str) -> bool:
    return _folded(f"{first_name} {last_name}") == _folded(_name(asked))


def _folded(name: str) -> str:
    """Without case, accents and punctuation: "José O'Neil" is "jose oneil"."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c for c in letters if c.isalnum() or c.isspace()).split())
