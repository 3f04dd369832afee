"""Find the clients that visits are reported for, make those that are new, keep their contact data current."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Q

from afterglow.actions.remember_stops import remember_stops
from afterglow.intake.contract import ClientReported
from afterglow.models import Client, Practice
from afterglow.models.bulk import fetch_rows, insert_rows, reserve_ids, update_rows

CONTACT = ("first_name", "last_name", "phone", "email", "state", "zip", "birth_on", "language", "lifetime_value")
COLUMNS = ("id", "practice", "external_id", "identity", *CONTACT, "created_at")
PHONE, EMAIL = COLUMNS.index("phone"), COLUMNS.index("email")
UPDATED = ("id", "external_id", "identity", *CONTACT)
_contact = attrgetter(*CONTACT)


class Recognised(NamedTuple):
    """The client id of each report, in order, and which of them were clients before."""

    client_ids: list[int]
    former: Collection[int]


def recognise_clients(
    practice: Practice, source: str, reported: Sequence[ClientReported], *, now: datetime
) -> Recognised:
    """Whose reports these are. New people are added, changed contact data is taken over.

    The source's own id decides; without one, the same name at the same phone number or e-mail address. Two people who
    share a phone stay two people.
    """
    external_ids = [f"{source}:{c.external_id}" if c.external_id else "" for c in reported]
    identities = [identity_of(c) for c in reported]
    by_external, by_identity, stored = _known(practice, external_ids, identities)
    changed: dict[int, tuple[str, ClientReported]] = {}
    found: list[int] = []
    fresh_ids = iter(reserve_ids(Client, _count_unknown(external_ids, identities, by_external, by_identity)))
    rows = []
    for client, external_id, identity in zip(reported, external_ids, identities, strict=True):
        client_id = by_external.get(external_id) if external_id else None
        if client_id is None:
            client_id = by_identity.get((identity, ""))
        if client_id is None and not external_id:
            client_id = by_identity.get((identity, "*"))
        if client_id is None:
            client_id = next(fresh_ids)
            rows.append((client_id, practice.pk, external_id, identity, *_contact(client), now))
        elif client_id in stored and _differs(stored[client_id], client, external_id):
            changed[client_id] = (external_id, client)
        if external_id:
            by_external[external_id] = client_id
        by_identity.setdefault((identity, "*"), client_id)
        if not external_id:
            by_identity.setdefault((identity, ""), client_id)
        found.append(client_id)
    insert_rows(Client, COLUMNS, rows)
    update_rows(Client, UPDATED, [_merged(pk, stored[pk], ext, c) for pk, (ext, c) in changed.items()])
    fresh = {address for row in rows for address in (row[PHONE], row[EMAIL]) if address}
    fresh |= {address for _, client in changed.values() for address in (client.phone, client.email) if address}
    remember_stops(practice_id=practice.pk, addresses=fresh, now=now)
    return Recognised(found, stored.keys())


def identity_of(client: ClientReported) -> str:
    """One normalised key for a person at an address."""
    return f"{client.phone or client.email.lower()}|{client.first_name}|{client.last_name}".lower()


class _Stored(NamedTuple):
    """The row of a client that is known already."""

    pk: int
    external_id: str
    identity: str
    first_name: str
    last_name: str
    phone: str
    email: str
    state: str
    zip: str
    birth_on: date | None
    language: str
    lifetime_value: Decimal | None


def _known(
    practice: Practice, external_ids: Sequence[str], identities: Sequence[str]
) -> tuple[dict[str, int], dict[tuple[str, str], int], dict[int, _Stored]]:
    wanted = Q(external_id__among={e for e in external_ids if e}) | Q(identity__among=set(identities))
    by_external: dict[str, int] = {}
    by_identity: dict[tuple[str, str], int] = {}
    stored: dict[int, _Stored] = {}
    rows = Client.objects.filter(wanted, practice=practice).order_by("pk").values_list(*_Stored._fields)
    for client in map(_Stored._make, fetch_rows(rows)):
        stored[client.pk] = client
        if client.external_id:
            by_external[client.external_id] = client.pk
        else:
            by_identity.setdefault((client.identity, ""), client.pk)
        by_identity.setdefault((client.identity, "*"), client.pk)
    return by_external, by_identity, stored


def _count_unknown(
    external_ids: Sequence[str],
    identities: Sequence[str],
    by_external: dict[str, int],
    by_identity: dict[tuple[str, str], int],
) -> int:
    """An upper bound is enough: unused ids leave a gap and nothing else."""
    unknown = {
        external_id or identity
        for external_id, identity in zip(external_ids, identities, strict=True)
        if (external_id and external_id not in by_external) or (not external_id and (identity, "*") not in by_identity)
    }
    return len(unknown)


def _differs(stored: _Stored, client: ClientReported, external_id: str) -> bool:
    if external_id and stored.external_id != external_id:
        return True
    return any(told and told != known for told, known in zip(_contact(client), _contact(stored), strict=True))


def _merged(pk: int, stored: _Stored, external_id: str, client: ClientReported) -> tuple[object, ...]:
    """What is reported wins; what is left empty stays as it was."""
    values = {name: getattr(client, name) or getattr(stored, name) for name in CONTACT}
    address = values["phone"] or str(values["email"]).lower()
    identity = f"{address}|{values['first_name']}|{values['last_name']}".lower()
    return (pk, external_id or stored.external_id, identity, *values.values())
