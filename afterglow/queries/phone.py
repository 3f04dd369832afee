"""The demo's phone: everything a client received, as the client sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q

from afterglow.models import Client, Message, Practice
from afterglow.queries.clients import matching

LISTED = 12
SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Somebody whose phone can be looked at."""

    id: int
    name: str
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    message_id: int
    subject: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    message_id: int
    is_mine: bool  # written by the client: the phone is theirs
    channel: str  # sms | voice
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    client_id: int
    name: str
    number: str
    email: str
    latest: Bubble | None  # what the lock screen shows
    bubbles: Sequence[Bubble]
    letters: Sequence[Letter]


def owners(practice: Practice, *, text: str) -> tuple[Owner, ...]:
    """Clients to choose from: those that match, or those who were written to last."""
    if text.strip():
        found = matching(practice, text).order_by("last_name", "first_name", "pk")[:LISTED]
        return tuple(Owner(id=c.pk, name=c.name, last_at=None) for c in found)
    sent = Message.objects.filter(practice=practice, direction=Message.Direction.OUT).exclude(client=None)
    newest = dict(sent.values_list("client").annotate(at=Max("at")).order_by("-at")[:LISTED])
    people = {c.pk: c for c in Client.objects.filter(practice=practice, pk__in=newest)}
    return tuple(Owner(id=pk, name=people[pk].name, last_at=at) for pk, at in newest.items())


def phone(practice: Practice, client_id: int) -> Phone:
    """What is on this client's phone and in the mailbox. Client.DoesNotExist when there is no such client."""
    client = Client.objects.get(practice=practice, pk=client_id)
    here = Q(client=client.pk) | Q(address=client.phone) if client.phone else Q(client=client.pk)
    arrived = Message.objects.filter(here, practice=practice).exclude(status=Message.Status.FAILED)
    messages = sorted(arrived.order_by("-at", "-pk")[:SHOWN], key=lambda m: (m.at, m.pk))
    bubbles = [_bubble(m) for m in messages if m.channel != "email"]
    received = [b for b in bubbles if not b.is_mine]
    return Phone(
        client_id=client.pk,
        name=client.name,
        number=client.phone,
        email=client.email,
        latest=received[-1] if received else None,
        bubbles=bubbles,
        letters=tuple(_letter(m) for m in reversed(messages) if m.channel == "email"),
    )


def letter(practice: Practice, client_id: int, message_id: int) -> Letter:
    """One e-mail to this client. Message.DoesNotExist when there is none."""
    return _letter(Message.objects.get(practice=practice, client=client_id, channel="email", pk=message_id))


def _bubble(message: Message) -> Bubble:
    return Bubble(
        message_id=message.pk,
        is_mine=message.direction == Message.Direction.IN,
        channel=message.channel,
        text=message.body,
        at=message.at,
    )


def _letter(message: Message) -> Letter:
    return Letter(message_id=message.pk, subject=message.subject, text=message.body, at=message.at)
