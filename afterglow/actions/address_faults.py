"""Numbers and mailboxes that cannot receive what we send, by their provider's own word."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from afterglow.actions.leave_remarks import NewRemark, leave_remarks
from afterglow.actions.release_touches import release_touches
from afterglow.channels.refusal_words import why_lost
from afterglow.models import AddressFault, Client, Message, MessageEvent
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel

_AGAIN = {Channel.SMS: "Texts to the number", Channel.EMAIL: "E-mail", Channel.VOICE: "Calls to the number"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFault:
    """An address that a provider calls dead for this channel. `kind` is one of the kinds of refusal."""

    channel: Channel
    address: str
    kind: str
    code: str = ""


def mark_addresses(*, practice_id: int, faults: Iterable[NewFault], now: datetime) -> None:
    """From now on these addresses are passed over on their channel. One that is marked already stays as it is.

    Inside a practice scope.
    """
    rows = [
        AddressFault(
            practice_id=practice_id,
            channel=fault.channel.value,
            address=fault.address,
            kind=fault.kind,
            code=fault.code,
            reason=why_lost(fault.kind, fault.code, fault.channel),
            at=now,
        )
        for fault in faults
        if fault.address  # none is left of a client who was erased
    ]
    if rows:
        AddressFault.objects.bulk_create(rows, ignore_conflicts=True)


def withdraw_faults(*, practice_id: int, addresses: Collection[tuple[Channel, str]], now: datetime) -> None:
    """These addresses took a message after all, so they are dead no more, unless another message says so.

    Inside a practice scope.
    """
    if not addresses:
        return
    here = _any_of(addresses)
    still = Message.objects.filter(here, practice=practice_id, status=Message.Status.FAILED)
    said = Q(detail__contains="invalid_address:") | Q(detail__contains="opted_out:", message__channel="email")
    dead = MessageEvent.objects.filter(said, practice=practice_id, message__in=still)
    kept = set(dead.values_list("message__channel", "message__address"))
    gone = [(channel, address) for channel, address in addresses if (channel.value, address) not in kept]
    if gone:
        AddressFault.objects.filter(_any_of(gone), practice=practice_id, cleared_at=None).update(
            cleared_at=now, cleared_by="a message that arrived"
        )


def clear_address_fault(*, practice_id: int, fault_id: int, by: str, now: datetime) -> bool:
    """Whether the address is tried again from now on; False if it was not marked any more."""
    with practice_scope(practice_id):
        fault = AddressFault.objects.filter(practice=practice_id, pk=fault_id, cleared_at=None).first()
        if fault is None:
            return False
        fault.cleared_at, fault.cleared_by = now, by
        fault.save(update_fields=["cleared_at", "cleared_by"])
        channel = Channel(fault.channel)
        at_it = Q(email=fault.address) if channel is Channel.EMAIL else Q(phone=fault.address)
        ids = list(Client.objects.filter(at_it, practice=practice_id).values_list("pk", flat=True))
        text = f"{_AGAIN[channel]} may be tried again"
        leave_remarks(
            practice_id=practice_id, remarks=[NewRemark(client_id=pk, text=text, by=by) for pk in ids], now=now
        )
        release_touches(practice_id=practice_id, client_ids=ids, now=now)
        return True


def _any_of(addresses: Iterable[tuple[Channel, str]]) -> Q:
    found = Q()
    for channel, address in addresses:
        found |= Q(channel=channel.value, address=address)
    return found
