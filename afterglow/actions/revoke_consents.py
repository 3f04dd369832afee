"""End messages to a number or a mailbox, whoever shares it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from afterglow.models import Consent
from afterglow.rules.facts import Channel, Purpose

TEXT_PURPOSES = (
    (Channel.SMS, Purpose.CARE),
    (Channel.SMS, Purpose.APPOINTMENT),
    (Channel.SMS, Purpose.MARKETING),
    (Channel.VOICE, Purpose.VOICE),
)
MARKETING_ONLY = frozenset({Purpose.MARKETING})
EVERYTHING = frozenset({Purpose.CARE, Purpose.APPOINTMENT, Purpose.MARKETING})


def revoke_number(*, practice_id: int, phone: str, source: str, evidence: str, now: datetime) -> None:
    """From this moment no automated text or call goes to this number, whoever shares it. Inside a practice scope."""
    Consent.objects.bulk_create(
        _revoked(practice_id, phone, channel, purpose, source, evidence, now) for channel, purpose in TEXT_PURPOSES
    )


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
    Consent.objects.bulk_create(
        [
            _revoked(practice_id, address, of, purpose, "provider", evidence, now)
            for address in sorted(addresses)
            for of, purpose in whats
        ]
    )


def _revoked(
    practice_id: int, address: str, channel: Channel, purpose: Purpose, source: str, evidence: str, now: datetime
) -> Consent:
    return Consent(
        practice_id=practice_id,
        client=None,  # said at the address itself
        address=address,
        channel=channel.value,
        purpose=purpose.value,
        status=Consent.Status.REVOKED,
        evidence=evidence,
        source=source,
        at=now,
    )
