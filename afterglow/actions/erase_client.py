"""Erase a client: everything that tells who it was goes, what the practice counts stays without a name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError
from django.db.models import Q

from afterglow.actions.erase_events import erase_events
from afterglow.actions.erase_rows import erase_contact, erase_notes, erase_words, forget_addresses
from afterglow.actions.leave_remarks import NewRemark, leave_remarks
from afterglow.actions.ledger_head import begun_address_key, lock_head
from afterglow.config.logs import log
from afterglow.models import Attempt, Client, Message, Notice, Plan, SubjectKey, Touch
from afterglow.models.erasing import addresses_of, hold_off_reports
from afterglow.models.scope import practice_scope
from afterglow.rules.ledger import address_digest_of

PATIENCE_MS = 500
REASON = "the client was erased"
_UNANSWERED = (Attempt.State.INTENT, Attempt.State.UNKNOWN)


class MessageOnItsWay(Exception):
    """A message of this client is on its way, or a report about the client is being read. Try again in a minute."""


class AlreadyErased(Exception):
    """This client was erased before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What went."""

    planned: int  # messages that were still to come
    messages: int  # that lost their words
    events: int  # reports from outside that lost their content


def erase_client(*, practice_id: int, client_id: int, by: str, now: datetime) -> Erased:
    """Everything that tells who this client was is gone when this returns, in one transaction. It cannot be undone.

    Visits stay with their day, family and amount; messages with their time and their end. The ledger stays whole: what
    it says about this client can never be read again. A stop said at a number or mailbox holds if it ever comes back.
    Raises Client.DoesNotExist, AlreadyErased, MessageOnItsWay.
    """
    try:
        with practice_scope(practice_id):
            erased = _erase(practice_id, client_id, by, now)
    except OperationalError as error:  # somebody else holds what we need
        raise MessageOnItsWay(MessageOnItsWay.__doc__) from error
    log("client.erased", practice=practice_id, client=client_id, messages=erased.messages, events=erased.events)
    return erased


def _erase(practice_id: int, client_id: int, by: str, now: datetime) -> Erased:
    hold_off_reports(practice_id, patience_ms=PATIENCE_MS)
    client = Client.objects.select_for_update().get(practice=practice_id, pk=client_id)
    if client.erased_at is not None:
        raise AlreadyErased(AlreadyErased.__doc__)
    planned = _stop(practice_id, client_id, now)
    _refuse_what_is_under_way(practice_id, client_id)
    addresses = addresses_of(client)
    events = erase_events(client, {*addresses.own, *addresses.shared})
    if events is None:
        raise MessageOnItsWay(MessageOnItsWay.__doc__)
    messages = erase_words(practice_id, client_id, addresses.own, by=by, now=now)
    erase_notes(practice_id, client_id, by=by, now=now)
    forget_addresses(practice_id, client_id, addresses.own)
    erase_contact(client, now=now)
    leave_remarks(practice_id=practice_id, remarks=[NewRemark(client_id=client_id, text="Erased", by=by)], now=now)
    _destroy_keys(practice_id, client_id, addresses.own, by, now)
    return Erased(planned=planned, messages=messages, events=events)


def _stop(practice_id: int, client_id: int, now: datetime) -> int:
    """Nothing goes out any more. Whoever is about to send one of these messages is waited for, or waits for us."""
    touches = Touch.objects.filter(practice=practice_id, client=client_id, state=Touch.State.PLANNED)
    ids = list(touches.select_for_update().order_by("pk").values_list("pk", flat=True))
    stopped = Touch.objects.filter(practice=practice_id, pk__in=ids)
    stopped.update(state=Touch.State.CANCELLED, reason=REASON, ended_at=now)
    plans = Plan.objects.filter(practice=practice_id, client=client_id, state=Plan.State.ACTIVE)
    plans.update(state=Plan.State.STOPPED, stopped_reason=REASON)
    waiting = Notice.objects.filter(practice=practice_id, client=client_id, state=Notice.State.PLANNED)
    waiting.update(state=Notice.State.SKIPPED, reason=REASON, ended_at=now)
    return len(ids)


def _refuse_what_is_under_way(practice_id: int, client_id: int) -> None:
    """What was handed over, or is about to be, must be settled first: its answer names the client again."""
    whose = {"practice": practice_id, "client": client_id}
    unanswered = Q(state__in=_UNANSWERED, finished_at=None, touch__client=client_id)
    if (
        Touch.objects.filter(**whose, state=Touch.State.SENDING).exists()
        or Message.objects.filter(**whose, status=Message.Status.SENDING).exists()
        or Notice.objects.filter(**whose, state=Notice.State.SENDING).exists()
        or Attempt.objects.filter(unanswered, practice=practice_id).exists()
    ):
        raise MessageOnItsWay(MessageOnItsWay.__doc__)


def _destroy_keys(practice_id: int, client_id: int, addresses: Iterable[str], by: str, now: datetime) -> None:
    """Without them the ledger's sealed parts and the scans are noise. Last, because it locks the ledger's head."""
    key = begun_address_key(practice_id)
    lock_head(practice_id)
    whose = Q(client=client_id) | Q(address_digest__in=[address_digest_of(address, key=key) for address in addresses])
    keys = SubjectKey.objects.filter(whose, practice=practice_id, destroyed_at=None)
    keys.update(key_sealed=None, destroyed_at=now, destroyed_by=by)
