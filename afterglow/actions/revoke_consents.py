"""End messages to a number or a mailbox, whoever shares it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from afterglow.actions.keep_ledger import NewConsent, enter_consents
from afterglow.models import Consent
from afterglow.rules.facts import Channel, Purpose
from afterglow.rules.revocation import ALL_TEXTS

TEXT_PURPOSES = tuple(sorted(ALL_TEXTS))
MARKETING_ONLY = frozenset({Purpose.MARKETING})
EVERYTHING = frozenset({Purpose.CARE, Purpose.APPOINTMENT, Purpose.MARKETING})


def revoke_number(*, practice_id: int, phone: str, source: str, evidence: str, now: datetime) -> None:
    """From this moment no automated text or call goes to this number, whoever shares it. Inside a practice scope."""
    revoke_at(practice_id=practice_id, whats=TEXT_PURPOSES, phone=phone, source=source, evidence=evidence, now=now)


def revoke_at(
    *,
    practice_id: int,
    whats: Collection[tuple[Channel, Purpose]],
    phone: str = "",
    emails: Collection[str] = (),
    source: str,
    evidence: str,
    by: str = "",
    now: datetime,
) -> None:
    """These channels and purposes end at this number and at these mailboxes, whoever shares them.

    Inside a practice scope.
    """
    consents = [
        _revoked(address, channel, purpose, source, evidence, now, by=by)
        for channel, purpose in sorted(whats)
        for address in (sorted(emails) if channel is Channel.EMAIL else [phone])
        if address
    ]
    enter_consents(practice_id=practice_id, consents=consents, now=now)


def revoke_by_notice(
    *,
    practice_id: int,
    channel: Channel,
    addresses: Collection[str],
    purposes: Collection[Purpose],
    said: str = "",
    now: datetime,
) -> None:
    """By their provider's word no e-mail for these purposes goes to these mailboxes; to a number nothing does any more.

    Inside a practice scope.
    """
    evidence = f"the provider's notice: {said}" if said else "the provider's notice"
    whats = [(Channel.EMAIL, purpose) for purpose in sorted(purposes)] if channel is Channel.EMAIL else TEXT_PURPOSES
    consents = [
        _revoked(address, of, purpose, "provider", evidence, now)
        for address in sorted(addresses)
        if address  # none is left of a client who was erased
        for of, purpose in whats
    ]
    enter_consents(practice_id=practice_id, consents=consents, now=now)


def _revoked(
    address: str, channel: Channel, purpose: Purpose, source: str, evidence: str, now: datetime, *, by: str = ""
) -> NewConsent:
    return NewConsent(
        client_id=None,  # said at the address itself: the law looks at it, whoever shares it
        address=address,
        channel=channel,
        purpose=purpose,
        status=Consent.Status.REVOKED,
        evidence=evidence,
        source=source,
        recorded_by=by,
        at=now,
    )
