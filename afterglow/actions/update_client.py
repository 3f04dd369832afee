"""Staff correct how a client can be reached, and note what the client allowed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from afterglow.actions.keep_ledger import NewConsent, enter_consents
from afterglow.actions.leave_remarks import NewRemark, leave_remarks
from afterglow.actions.recognise_clients import identity_of
from afterglow.actions.release_touches import release_touches
from afterglow.actions.remember_stops import remember_stops
from afterglow.actions.review_reach import review_reach
from afterglow.intake.contract import ClientReported
from afterglow.models import Client, ClientFlag, Consent, Practice
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Purpose
from afterglow.rules.permission import WRONG_NUMBER


class MissingEvidence(Exception):
    """A consent was recorded without saying what proves it."""


def update_contact(*, practice_id: int, client_id: int, phone: str, email: str, by: str, now: datetime) -> None:
    """The client's phone number (E.164) and e-mail address from now on. A consent stays with the address it names.

    A new number is no wrong number any more.
    """
    with practice_scope(practice_id):
        client = Client.objects.get(practice=practice_id, pk=client_id)
        if phone != client.phone:
            ClientFlag.objects.filter(practice=practice_id, client=client_id, flag=WRONG_NUMBER).delete()
        client.phone, client.email = phone, email
        known = ClientReported(first_name=client.first_name, last_name=client.last_name, phone=phone, email=email)
        client.identity = identity_of(known)
        client.save(update_fields=["phone", "email", "identity"])
        remember_stops(practice_id=practice_id, addresses={phone, email}, now=now)
        _remark(practice_id, client_id, "Phone number or e-mail address corrected", by, now)
        _review(practice_id, client_id, now)


def note_consent(
    *,
    practice_id: int,
    client_id: int,
    granted: Collection[tuple[Channel, Purpose]],
    evidence: str,
    by: str,
    now: datetime,
) -> None:
    """What the client allowed, with what proves it: the form, its version, where it is kept. Never without evidence."""
    if not evidence.strip():
        raise MissingEvidence("Say what proves the consent: which form, which version, where it is kept.")
    with practice_scope(practice_id):
        client = Client.objects.get(practice=practice_id, pk=client_id)
        consents = [
            NewConsent(
                client_id=client_id,
                address=address,
                channel=channel,
                purpose=purpose,
                status=Consent.Status.GRANTED,
                source="staff",
                evidence=evidence.strip(),
                recorded_by=by,
                at=now,
            )
            for channel, purpose in granted
            if (address := client.email if channel is Channel.EMAIL else client.phone)
        ]
        enter_consents(practice_id=practice_id, consents=consents, now=now)
        _remark(practice_id, client_id, "Consent recorded", by, now)
        _review(practice_id, client_id, now)


def _remark(practice_id: int, client_id: int, text: str, by: str, now: datetime) -> None:
    leave_remarks(practice_id=practice_id, remarks=[NewRemark(client_id=client_id, text=text, by=by)], now=now)


def _review(practice_id: int, client_id: int, now: datetime) -> None:
    review_reach(Practice.objects.get(pk=practice_id), [client_id])
    release_touches(practice_id=practice_id, client_ids=[client_id], now=now)
