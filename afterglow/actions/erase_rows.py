"""What goes from which table when a client is erased. Inside the transaction of `erase_client`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from afterglow.models import (
    AddressFault,
    Attempt,
    Client,
    ClientFlag,
    Concern,
    Consent,
    ConsentRequest,
    Evidence,
    Message,
    MessageEvent,
    Notice,
    NumberCheck,
    Remark,
    Task,
    Treatment,
    Visit,
)

NO_FOLLOW_UP = "the client was erased"
_Row = TypeVar("_Row", Message, Notice)


def erase_words(practice_id: int, client_id: int, addresses: Collection[str], *, by: str, now: datetime) -> int:
    """How many messages lost their words and addresses: the client's own, and what came from the client's addresses."""
    messages = _said(Message.objects.filter(practice=practice_id), client_id, addresses)
    ids = list(messages.values_list("pk", flat=True))
    _close_tasks(Task.objects.filter(Q(client=client_id) | Q(message__in=ids), practice=practice_id), by, now)
    MessageEvent.objects.filter(practice=practice_id, message__in=ids).update(detail="")
    Attempt.objects.filter(practice=practice_id, message__in=ids).update(detail="")
    Message.objects.filter(practice=practice_id, pk__in=ids).update(address="", subject="", body="")
    notices = _said(Notice.objects.filter(practice=practice_id), client_id, addresses)
    notices.update(address="", subject="", body="", detail="")
    return len(ids)


def erase_notes(practice_id: int, client_id: int, *, by: str, now: datetime) -> None:
    """What staff and the machine remarked about the client."""
    whose = {"practice": practice_id, "client": client_id}
    Remark.objects.filter(**whose).delete()
    ClientFlag.objects.filter(**whose).delete()
    Concern.objects.filter(**whose, closed_at=None).update(closed_at=now, closed_by=by)
    Concern.objects.filter(**whose).update(reason="")
    Evidence.objects.filter(**whose).update(title="", sealed=None)


def forget_addresses(practice_id: int, client_id: int, addresses: Collection[str]) -> None:
    """What is known about numbers and mailboxes that only this client has, and the working copies of the consents."""
    at_it = Q(at_it__in=addresses)  # a mailbox may be written in another case
    consents = Consent.objects.alias(at_it=Lower("address")).filter(practice=practice_id)
    consents.filter(Q(client=client_id) | at_it & Q(client=None)).delete()
    AddressFault.objects.alias(at_it=Lower("address")).filter(at_it, practice=practice_id).delete()
    NumberCheck.objects.filter(practice=practice_id, phone__in=addresses).delete()
    ConsentRequest.objects.filter(practice=practice_id, phone__in=addresses).delete()


def erase_contact(client: Client, *, now: datetime) -> None:
    """The client's row and visits without anything that tells who came. The visits' own ids stay: reported again, they
    are known to be this client's, and change nothing."""
    practice_id, blank = client.practice_id, Client(identity=f"erased|{client.pk}")
    for field in _CONTACT:
        setattr(client, field, getattr(blank, field))
    client.erased_at = now
    client.save(update_fields=[*_CONTACT, "erased_at"])
    visits = Visit.objects.filter(practice=practice_id, client=client.pk)
    visits.update(fingerprint="")
    open_ones = visits.exclude(coverage__in=[Visit.Coverage.PLANNED, Visit.Coverage.NO_FOLLOW_UP])
    open_ones.update(coverage=Visit.Coverage.NO_FOLLOW_UP, coverage_reason=NO_FOLLOW_UP)
    Treatment.objects.filter(practice=practice_id, visit__in=visits).update(service="", code="", area="", reason="")


_CONTACT = (
    "external_id", "identity", "first_name", "last_name", "phone", "email", "state", "zip", "birth_on", "language",
    "lifetime_value", "acquisition_source", "last_inbound_at", "reply_waiting_since",
)  # fmt: skip


def _close_tasks(tasks: QuerySet[Task], by: str, now: datetime) -> None:
    tasks.filter(closed_at=None).update(closed_at=now, closed_by=by)
    tasks.update(reason="", outcome="erased", is_urgent=False)


def _said(rows: QuerySet[_Row], client_id: int, addresses: Collection[str]) -> QuerySet[_Row]:
    """The client's own, and those that are nobody's at an address which only this client has."""
    return rows.filter(Q(client=client_id) | Q(client=None, address__in=addresses))
