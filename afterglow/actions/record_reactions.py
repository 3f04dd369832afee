"""Write down what clients did with our messages: opened, clicked, called it spam, unsubscribed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models.functions import Lower

from afterglow.actions.match_receipts import match_receipts
from afterglow.actions.revoke_consents import EVERYTHING, MARKETING_ONLY, revoke_by_notice
from afterglow.channels.receipts import Reaction, ReactionKind
from afterglow.models import Attempt, Client, MessageEvent
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Purpose

PURPOSES: Mapping[ReactionKind, frozenset[Purpose]] = {
    ReactionKind.COMPLAINED: EVERYTHING,  # who calls us spam hears nothing more
    ReactionKind.UNSUBSCRIBED: MARKETING_ONLY,
}
_SAID = {ReactionKind.COMPLAINED: "marked as spam", ReactionKind.UNSUBSCRIBED: "unsubscribed"}


def record_reactions(
    *, practice_id: int, channel: Channel, reactions: Collection[Reaction], now: datetime
) -> set[Reaction]:
    """Those reactions that fit no message of ours, or none yet, and name no address to act on.

    A complaint or an unsubscription ends the consent of its address at once, with or without a message. Said again
    about the same message it changes nothing. A fixed number of queries.
    """
    if not reactions:
        return set()
    with practice_scope(practice_id):
        found = match_receipts(practice_id=practice_id, receipts=set(reactions), now=now, channel=channel)
        news = _written(practice_id, found, now)
        by_address = {r for r in reactions if r not in found and r.address and r.kind in PURPOSES}
        ended = [(found[r].message.address, r.kind) for r in news if r.kind in PURPOSES]
        spelled = _spellings(practice_id, {r.address for r in by_address}) if by_address else {}
        ended += [(spelling, r.kind) for r in by_address for spelling in spelled.get(r.address.lower(), {r.address})]
        for kind, purposes in PURPOSES.items():
            revoke_by_notice(
                practice_id=practice_id,
                channel=channel,
                addresses={address for address, said in ended if said is kind},
                purposes=purposes,
                said=_SAID[kind],
                now=now,
            )
        return {r for r in reactions if r not in found and r not in by_address}


def _written(practice_id: int, found: Mapping[Reaction, Attempt], now: datetime) -> list[Reaction]:
    """The reactions that nobody had told us yet, each kept as an event of its message."""
    messages = {attempt.message_id for attempt in found.values()}
    stored = MessageEvent.objects.filter(practice=practice_id, message_id__among=messages)
    known = set(stored.values_list("message_id", "kind")) if messages else set()
    news = {(attempt.message_id, reaction.kind.value): reaction for reaction, attempt in found.items()}
    rows = [key for key in sorted(news) if key not in known]
    MessageEvent.objects.bulk_create(
        [MessageEvent(practice_id=practice_id, message_id=pk, kind=kind, at=now) for pk, kind in rows],
        ignore_conflicts=True,
    )
    return [news[key] for key in rows]


def _spellings(practice_id: int, addresses: Collection[str]) -> dict[str, set[str]]:
    """How these mailboxes are written with our clients: a consent belongs to the address as we know it."""
    lowered = {address.lower() for address in addresses}
    known = Client.objects.filter(practice=practice_id).alias(lowered=Lower("email")).filter(lowered__in=lowered)
    found: dict[str, set[str]] = {}
    for email in known.values_list("email", flat=True):
        found.setdefault(email.lower(), set()).add(email)
    return found
