"""Which message of ours a provider is talking about."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Q
from django.db.models.functions import Lower

from afterglow.channels.receipts import Reaction, StatusReport
from afterglow.models import Attempt, Message, Touch

LOOK_BACK = timedelta(days=14)  # for a provider's own id, which has no index: every message sent would pay for one
Told = TypeVar("Told", StatusReport, Reaction)


def match_receipts(*, practice_id: int, receipts: Collection[Told], now: datetime) -> dict[Told, Attempt]:
    """The attempt that each receipt is about, locked with its message and touch. At most three queries for any number.

    Our own token is asked first, then the provider's id; a receipt with neither is about the newest message that
    left for its address. What is not in the answer is about nothing of this practice, or about what is not committed
    yet. Inside a practice scope.
    """
    recent = Message.objects.filter(practice=practice_id, at__gte=now - LOOK_BACK, direction=Message.Direction.OUT)
    tokens = {receipt.token for receipt in receipts if receipt.token}
    by_token = {a.token: a for a in _locked(practice_id, Q(token__among=tokens))} if tokens else {}
    ids = {r.provider_id for r in receipts if r.provider_id and r.token not in by_token}
    sent = recent.filter(provider_id__among=ids)
    by_id = {a.message.provider_id: a for a in _locked(practice_id, Q(message__in=sent))} if ids else {}
    addresses = {r.address.lower() for r in receipts if r.address and not r.token and not r.provider_id}
    sent = recent.alias(lowered=Lower("address")).filter(lowered__in=addresses)
    left = Q(message__in=sent, state__in=[*Attempt.LIVE, Attempt.State.UNDELIVERED])
    by_address = {a.message.address.lower(): a for a in _locked(practice_id, left)} if addresses else {}
    found: dict[Told, Attempt] = {}
    for receipt in receipts:
        attempt = by_token.get(receipt.token) or by_id.get(receipt.provider_id)
        if attempt is None and not receipt.token and not receipt.provider_id:
            attempt = by_address.get(receipt.address.lower())
        if attempt is not None:
            found[receipt] = attempt
    return _shared(found)


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
