"""What was ended at an address itself, by whoever answers there, whether or not it belongs to a client."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from afterglow.models.bulk import fetch_rows
from afterglow.models.consents import Consent
from afterglow.rules.facts import Channel, Purpose

_TEXTS_ABOUT_CARE = (Channel.SMS, Purpose.CARE)


def ended_at(practice_id: int, addresses: Collection[str]) -> Mapping[str, frozenset[tuple[Channel, Purpose]]]:
    """By address the channels and purposes whose newest word is a revocation. One query. Inside a practice scope.

    As in `standing_consents`: what a number ended is opened again only by a consent that a person gave or recorded.
    """
    rows = Consent.objects.filter(practice=practice_id, address__among=addresses).order_by("at", "pk")
    ended: dict[str, set[tuple[Channel, Purpose]]] = defaultdict(set)
    for address, said_by, channel, purpose, status, recorded_by in fetch_rows(
        rows.values_list("address", "client_id", "channel", "purpose", "status", "recorded_by")
    ):
        what = (Channel(channel), Purpose(purpose))
        if status == Consent.Status.REVOKED.value:
            if said_by is None:
                ended[address].add(what)
        elif recorded_by or what[0] is Channel.EMAIL:
            ended[address].discard(what)
            if recorded_by and what[0] is Channel.SMS:
                ended[address].discard(_TEXTS_ABOUT_CARE)
    return {address: frozenset(ended[address]) for address in addresses}


def is_stopped(ended: Collection[tuple[Channel, Purpose]]) -> bool:
    """Whether a number with these endings gets no automated text at all."""
    return _TEXTS_ABOUT_CARE in ended
