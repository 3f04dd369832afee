"""Find a client by name, phone or e-mail, and see at one glance where everybody is."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet

from afterglow.models import Client, ClientFlag, Concern, Practice, Touch
from afterglow.models.standing import standing_consents
from afterglow.queries.visits import last_visits
from afterglow.queries.words import FUNCTIONS, flag_label
from afterglow.rules.timing import local_day

PER_PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class NextMessage:
    function: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    id: int
    name: str
    last_visit: str
    next_message: NextMessage | None
    is_stopped: bool
    is_waiting: bool
    has_concern: bool
    flags: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPage:
    rows: Sequence[ClientRow]
    total: int
    page: int
    has_next: bool

    @property
    def first(self) -> int:
        return (self.page - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def find_clients(practice: Practice, *, text: str, page: int, now: datetime) -> ClientPage:
    """A page of the clients that `text` means, by name. Seven queries."""
    found = matching(practice, text)
    start = (page - 1) * PER_PAGE
    clients = list(_described(found).order_by("last_name", "first_name", "pk")[start : start + PER_PAGE + 1])
    shown = clients[:PER_PAGE]
    return ClientPage(
        rows=_rows(practice, shown, now), total=found.count(), page=page, has_next=len(clients) > PER_PAGE
    )


def matching(practice: Practice, text: str) -> QuerySet[Client]:
    """The clients that somebody typing this means: digits are a phone number, an @ an e-mail, the rest a name."""
    clients = Client.objects.filter(practice=practice, erased_at=None)
    digits = re.sub(r"\D", "", text)
    if "@" in text:
        return clients.filter(email__icontains=text.strip())
    if len(digits) >= 3 and not re.search(r"[^\W\d_]", text):
        return clients.filter(phone__contains=digits)
    for word in text.split():
        clients = clients.filter(Q(first_name__istartswith=word) | Q(last_name__istartswith=word))
    return clients


def _described(clients: QuerySet[Client]) -> QuerySet[Client]:
    flags = ClientFlag.objects.filter(practice=OuterRef("practice"), client=OuterRef("pk")).order_by("flag")
    concerns = Concern.objects.filter(practice=OuterRef("practice"), client=OuterRef("pk"), closed_at=None)
    return clients.annotate(flag_words=ArraySubquery(flags.values("flag")), has_concern=Exists(concerns))


def _rows(practice: Practice, clients: Sequence[Client], now: datetime) -> tuple[ClientRow, ...]:
    ids = [c.pk for c in clients]
    visits = last_visits(practice, ids, today=local_day(now, practice.timezone))
    upcoming = _next_messages(practice, ids)
    standing = standing_consents(practice, clients)
    return tuple(
        ClientRow(
            id=c.pk,
            name=c.name,
            last_visit=visits[c.pk].label if c.pk in visits else "No visit yet",
            next_message=upcoming.get(c.pk),
            is_stopped=standing[c.pk].opted_out_at is not None,
            is_waiting=c.reply_waiting_since is not None,
            has_concern=c.has_concern,  # type: ignore[attr-defined]
            flags=tuple(flag_label(f) for f in c.flag_words),  # type: ignore[attr-defined]
        )
        for c in clients
    )


def _next_messages(practice: Practice, ids: Collection[int]) -> dict[int, NextMessage]:
    planned = Touch.objects.filter(practice=practice, client__in=ids, state=Touch.State.PLANNED)
    rows = planned.order_by("client_id", "due_at").distinct("client_id").values_list("client_id", "function", "due_at")
    return {client_id: NextMessage(function=FUNCTIONS[function], due_at=due) for client_id, function, due in rows}
