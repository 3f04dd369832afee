"""What belongs to one client alone, and how erasing keeps out of the way of everybody else who writes."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Lower

from afterglow.models.consents import Consent
from afterglow.models.messages import Message, Notice
from afterglow.models.people import Client

_KEY = "hashtextextended('afterglow erases in practice ' || %s, 0)"


class Addresses(NamedTuple):
    """Numbers and mailboxes of one client, today's and earlier ones, as they were written and in lower case."""

    own: frozenset[str]
    shared: frozenset[str]  # another client has them too: what was said there is also the other's


def addresses_of(client: Client) -> Addresses:
    """Every number and mailbox this client was ever reached at. Five queries."""
    found = {client.phone, client.email}
    for model in (Consent, Message, Notice):
        rows = model._default_manager.filter(practice=client.practice_id, client=client.pk)
        found |= set(rows.order_by().values_list("address", flat=True).distinct())
    everything = {written for address in found if address for written in (address, address.lower())}
    others = Client.objects.filter(practice=client.practice_id).exclude(pk=client.pk)
    here = others.alias(mailbox=Lower("email")).filter(Q(phone__in=everything) | Q(mailbox__in=everything))
    theirs = {address.lower() for pair in here.values_list("phone", "email") for address in pair}
    shared = frozenset(address for address in everything if address.lower() in theirs)
    return Addresses(frozenset(everything) - shared, shared)


def hold_off_erasing(practice_id: int) -> None:
    """Until this transaction ends nobody is erased: what is read about clients now is still so when it is written."""
    _ask(f"SELECT pg_advisory_xact_lock_shared({_KEY})", str(practice_id))


def hold_off_reports(practice_id: int, *, patience_ms: int) -> None:
    """Until this transaction ends no visit is recorded. Whatever must be waited for longer raises OperationalError.

    With less patience than PostgreSQL has with a circle of locks (a second), whoever else is in it goes on.
    """
    _ask("SELECT set_config('lock_timeout', %s, true)", f"{patience_ms}ms")
    _ask(f"SELECT pg_advisory_xact_lock({_KEY})", str(practice_id))


def _ask(query: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, [value])
