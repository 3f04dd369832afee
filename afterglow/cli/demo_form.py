"""Clients of the demo who came in through its consent form: some answered YES, one has not yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from afterglow.actions.accept_form import accept_form
from afterglow.actions.asked_consent import Asked
from afterglow.actions.receive_texts import receive_texts
from afterglow.actions.send_notices import send_notices
from afterglow.actions.set_consent_form import change_form, open_form
from afterglow.channels.contract import Sender
from afterglow.channels.receipts import InboundText
from afterglow.models import Client, Consent, Practice
from afterglow.models.scope import practice_scope
from afterglow.models.wordings import current_wordings
from afterglow.rules.consent_texts import Offer
from afterglow.rules.facts import Channel

OFFERED = tuple(offer for offer in Offer if offer is not Offer.FUNDED)
TICKED = (Offer.CARE_TEXTS, Offer.MARKETING_TEXTS)
ANSWERED = (timedelta(hours=27), timedelta(hours=5), timedelta(minutes=50))  # before now
PENDING = timedelta(minutes=12)
THINKING = timedelta(minutes=2)  # between the text and its YES


def open_the_form(*, practice_id: int, at: datetime) -> None:
    """Everything is offered but messages that a company pays for."""
    open_form(practice_id=practice_id, now=at)
    change_form(
        practice_id=practice_id,
        offers=OFFERED,
        has_double_opt_in=True,
        embed_origins=["https://juniper.example.test"],
        privacy_link="",
        terms_link="",
    )


def come_through_the_form(*, practice_id: int, senders: Mapping[Channel, Sender], last: datetime) -> None:
    """Clients who had not agreed to marketing texts scan the code in the waiting room."""
    clients = _without_marketing(practice_id, count=len(ANSWERED) + 1)
    for client, ago in zip(clients, (*ANSWERED, PENDING), strict=False):
        at = last - ago
        _send(practice_id, client, at)
        send_notices(practice_id=practice_id, senders=senders, clock=partial(_frozen, at))
        if ago is not PENDING:
            then = at + THINKING
            yes = InboundText(provider_id=f"demo-yes-{client.pk}", from_=client.phone, text="YES")
            receive_texts(practice_id=practice_id, texts=[yes], now=then)
            send_notices(practice_id=practice_id, senders=senders, clock=partial(_frozen, then))


def _without_marketing(practice_id: int, *, count: int) -> Sequence[Client]:
    with practice_scope(practice_id):
        asked = Consent.objects.filter(practice=practice_id, channel="sms", purpose="marketing").values("address")
        clients = Client.objects.filter(practice=practice_id, reply_waiting_since=None).exclude(phone="")
        return list(clients.exclude(phone__in=asked).order_by("pk")[:count])


def _send(practice_id: int, client: Client, at: datetime) -> None:
    with practice_scope(practice_id):
        wordings = current_wordings(Practice.objects.get(pk=practice_id), "en", TICKED)
    asked = Asked(
        first_name=client.first_name,
        last_name=client.last_name,
        phone=client.phone,
        email="",
        language="en",
        ticked={offer: wording.digest for offer, wording in wordings.items()},
        source="form",
        evidence=f"Consent form, boxes ticked and sent {at:%Y-%m-%d %H:%M} UTC",
        at=at,
        ip="192.0.2.20",
        agent="A phone in the waiting room",
    )
    accept_form(practice_id=practice_id, asked=asked, wordings=wordings.values(), nonce=f"demo-{client.pk}", now=at)


def _frozen(at: datetime) -> datetime:
    return at
