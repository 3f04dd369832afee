"""Where a client can be reached, and what the client has allowed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from afterglow.models.bulk import Values, fetch_rows
from afterglow.models.consents import Consent
from afterglow.models.practice import Practice
from afterglow.rules.facts import Channel, Purpose, Recipient
from afterglow.rules.zones import area_code_of

_CONSENTS = {(c.value, p.value): (c, p) for c in Channel for p in Purpose}


class Reachable(Protocol):
    """Whatever has an address: a client's row, or a part of it."""

    @property
    def pk(self) -> int: ...
    @property
    def phone(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def state(self) -> str: ...


def recipient_of(client: Reachable) -> Recipient:
    """Where a message to this client may arrive."""
    return Recipient(area_code=area_code_of(client.phone) if client.phone else None, state=client.state or None)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client allows right now, and since when the number is silent."""

    granted: frozenset[tuple[Channel, Purpose]]
    entries: Mapping[tuple[Channel, Purpose], int]  # what is granted: the id of the consent and of its ledger entry
    opted_out_at: datetime | None
    mail_stopped_at: datetime | None = None  # all automated e-mail, that about care too


def standing_consents(practice: Practice, clients: Iterable[Reachable]) -> dict[int, Standing]:
    """Consents folded in order of time: the newest word about an address, channel and purpose counts. One query.

    A revocation without a client was said at the address itself and holds for everybody who shares it. What a number
    ended is opened again only by a consent that a person gave or recorded: what comes with a new visit undoes nothing.
    A stop that ends care too ends all there is on its channel; one of marketing alone leaves the rest.
    """
    by_address: dict[str, list[Reachable]] = defaultdict(list)
    known = list(clients)
    for client in known:
        for address in (client.phone, client.email):
            if address:
                by_address[address].append(client)
    granted: dict[int, dict[tuple[Channel, Purpose], int]] = {c.pk: {} for c in known}
    silent: dict[int, datetime | None] = {c.pk: None for c in known}
    mail: dict[int, datetime | None] = {c.pk: None for c in known}
    shut: dict[int, set[tuple[Channel, Purpose]]] = {c.pk: set() for c in known}
    rows = Consent.objects.filter(practice=practice, address__among=Values(by_address)).order_by("at", "pk")
    for said_by, address, channel, purpose, status, at, recorded_by, pk in fetch_rows(
        rows.values_list("client_id", "address", "channel", "purpose", "status", "at", "recorded_by", "pk")
    ):
        key = _CONSENTS[channel, purpose]
        for client in by_address[address]:
            if said_by not in (None, client.pk):
                continue
            if status == Consent.Status.GRANTED.value:
                is_shut = silent[client.pk] is not None or key in shut[client.pk]
                if channel != Channel.EMAIL.value and is_shut and not recorded_by:
                    continue
                granted[client.pk][key] = pk
                shut[client.pk].discard(key)
                if channel != Channel.EMAIL.value:
                    silent[client.pk] = None
                elif recorded_by:
                    mail[client.pk] = None
            else:
                granted[client.pk].pop(key, None)
                shut[client.pk].add(key)
                if said_by is None and purpose == Purpose.CARE.value:
                    (mail if channel == Channel.EMAIL.value else silent)[client.pk] = at
    return {c.pk: Standing(frozenset(granted[c.pk]), granted[c.pk], silent[c.pk], mail[c.pk]) for c in known}
