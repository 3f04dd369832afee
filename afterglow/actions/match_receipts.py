"""Which message of ours a provider is talking about."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from afterglow.channels.receipts import Reaction, StatusReport
from afterglow.models import Attempt, Message, Touch
from afterglow.rules.facts import Channel

LOOK_BACK = timedelta(days=14)  # for a provider's own id, which has no index: every message sent would pay for one
Told = TypeVar("Told", StatusReport, Reaction)


def match_receipts(
    *, practice_id: int, receipts: Collection[Told], now: datetime, channel: Channel | None = None
) -> dict[Told, Attempt]:
    """The attempt that each receipt is about, locked with its message and touch. At most three queries for any number.

    Our own token is asked first, then the provider's id, among the messages of this `channel` if it is known; a receipt
    with neither is about the newest message that left for its address. What is not in the answer is about nothing of
    this practice, or about what is not committed yet. Inside a practice scope.
    """
    sent = Message.objects.filter(practice=practice_id, at__gte=now - LOOK_BACK, direction=Message.Direction.OUT)
    if channel is not None:
        sent = sent.filter(channel=channel.value)
    by_token = _by_token(practice_id, {r.token for r in receipts})
    by_id = _by_id(practice_id, sent, {r.provider_id for r in receipts if r.token not in by_token})
    by_address = _by_address(practice_id, sent, {r.address.lower() for r in receipts if _is_nameless(r)})
    found: dict[Told, Attempt] = {}
    for receipt in receipts:
        attempt = by_token.get(receipt.token) or by_id.get(receipt.provider_id)
        if _is_nameless(receipt):
            attempt = by_address.get(receipt.address.lower())
        if attempt is not None:
            found[receipt] = attempt
    return _shared(found)


def _is_nameless(receipt: StatusReport | Reaction) -> bool:
    return not receipt.token and not receipt.provider_id


def _by_token(practice_id: int, tokens: set[str]) -> dict[str, Attempt]:
    wanted = tokens - {""}
    return {a.token: a for a in _locked(practice_id, Q(token__among=wanted))} if wanted else {}


def _by_id(practice_id: int, sent: QuerySet[Message], ids: set[str]) -> dict[str, Attempt]:
    if not (wanted := ids - {""}):
        return {}
    messages = sent.filter(provider_id__among=wanted)
    return {a.message.provider_id: a for a in _locked(practice_id, Q(message__in=messages))}


def _by_address(practice_id: int, sent: QuerySet[Message], addresses: set[str]) -> dict[str, Attempt]:
    """The newest that left for each."""
    if not (wanted := addresses - {""}):
        return {}
    messages = sent.alias(lowered=Lower("address")).filter(lowered__in=wanted)
    left = Q(message__in=messages, state__in=[*Attempt.LIVE, Attempt.State.UNDELIVERED])
    return {a.message.address.lower(): a for a in _locked(practice_id, left)}


def _locked(practice_id: int, which: Q) -> list[Attempt]:
    attempts = Attempt.objects.filter(which, practice=practice_id).select_related("message", "touch").order_by("pk")
    return list(attempts.select_for_update(of=("self", "message", "touch")))


def _shared(found: dict[Told, Attempt]) -> dict[Told, Attempt]:
    """Every row as one object, however many receipts or attempts lead to it."""
    attempts: dict[int, Attempt] = {}
    touches: dict[int, Touch] = {}
    for attempt in found.values():
        known = attempts.setdefault(attempt.pk, attempt)
        known.touch = touches.setdefault(known.touch_id, known.touch)
    return {receipt: attempts[attempt.pk] for receipt, attempt in found.items()}
