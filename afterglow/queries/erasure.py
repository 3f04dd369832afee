"""What erasing a client would take away, and what would stay."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from afterglow.models import Client, Evidence, Message, Practice, Remark, Task, Touch, Treatment, Visit
from afterglow.models.erasing import addresses_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Counts of what goes and what stays. `is_shared`: another client has the same number or mailbox."""

    client_id: int
    name: str
    planned: int
    messages: int
    notes: int
    scans: int
    visits: int
    amount: object
    is_shared: bool
    is_erased: bool


def loss_of(practice: Practice, client_id: int) -> Loss:
    """What would go. Raises Client.DoesNotExist."""
    client = Client.objects.get(practice=practice, pk=client_id)
    whose = {"practice": practice, "client": client_id}
    addresses = addresses_of(client)
    messages = Message.objects.filter(Q(client=client_id) | Q(client=None, address__in=addresses.own))
    paid = Treatment.objects.filter(practice=practice, visit__client=client_id, visit__status=Visit.Status.COMPLETED)
    visits = Visit.objects.filter(**whose, status=Visit.Status.COMPLETED).aggregate(count=Count("pk"))
    return Loss(
        client_id=client.pk,
        name=client.name,
        planned=Touch.objects.filter(**whose, state=Touch.State.PLANNED).count(),
        messages=messages.filter(practice=practice).count(),
        notes=Remark.objects.filter(**whose).count() + Task.objects.filter(**whose).count(),
        scans=Evidence.objects.filter(**whose, sealed__isnull=False).count(),
        visits=visits["count"],
        amount=paid.aggregate(total=Sum("amount"))["total"] or 0,
        is_shared=bool(addresses.shared),
        is_erased=client.erased_at is not None,
    )
