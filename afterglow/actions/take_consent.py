"""Take in what somebody allowed, on the practice's form or through a program: recorded now, or once the number agrees.

A number that must answer YES first is asked by text, at most once a day. One that said STOP is never written to: it
must send START itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from afterglow.actions.address_facts import address_facts
from afterglow.actions.asked_consent import Asked, client_of, consents_of, sealed
from afterglow.actions.keep_ledger import enter_consents
from afterglow.actions.plan_notices import NewNotice, plan_notices
from afterglow.actions.remember_stops import remember_stops
from afterglow.actions.settle_consent import settle_consent
from afterglow.models import ConsentRequest, Practice
from afterglow.models.erasing import hold_off_erasing
from afterglow.models.scope import practice_scope
from afterglow.models.wordings import form_facts
from afterglow.rules.consent_texts import Offer, notice_text
from afterglow.rules.facts import Channel
from afterglow.rules.notices import NoticeKind

WAITS_FOR = timedelta(hours=48)  # for the number's YES
_FORGOTTEN_AFTER = timedelta(days=7)  # a request that nobody answered
TEXTS = frozenset({Offer.CARE_TEXTS, Offer.MARKETING_TEXTS})


class Next(StrEnum):
    """What the client must still do."""

    NOTHING = "nothing"
    ANSWER_YES = "answer_yes"  # to the text that is on its way
    ANSWER_EARLIER = "answer_earlier"  # the number was asked before, within a day
    SEND_START = "send_start"  # the number had stopped
    NO_TEXTS = "no_texts"  # the number takes no texts, by its provider's word


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of each tick, and what comes next. `client_id` is empty when nobody of ours has that name there."""

    recorded: tuple[Offer, ...]
    waiting: tuple[Offer, ...]
    next: Next
    client_id: int | None

    def told(self) -> dict[str, object]:
        """The answer to be stored and given again. No name and no address: ids and words only."""
        return {
            "recorded": [offer.value for offer in self.recorded],
            "waiting": [offer.value for offer in self.waiting],
            "next": self.next.value,
            "client_id": self.client_id,
        }

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Self:
        """What `told` made, again."""
        return cls(
            recorded=tuple(map(Offer, answer["recorded"])),
            waiting=tuple(map(Offer, answer["waiting"])),
            next=Next(answer["next"]),
            client_id=answer["client_id"],
        )


def take_consent(*, practice_id: int, asked: Asked, must_confirm: bool, now: datetime) -> Taken:
    """Record what may count at once; let the rest wait for the number's own word. Whoever calls wakes the worker.

    Without a matching client they are recorded at the address, and count for whoever has it once a visit is reported.
    """
    with practice_scope(practice_id):
        hold_off_erasing(practice_id)
        remember_stops(practice_id=practice_id, addresses={asked.phone, asked.email} - {""}, now=now)
        client_id = client_of(practice_id, asked)
        is_stopped, is_dead = _number(practice_id, asked.phone, now)
        must_wait = must_confirm or is_stopped
        waiting = tuple(offer for offer in Offer if offer in asked.ticked and offer.needs_phone and must_wait)
        recorded = tuple(offer for offer in Offer if offer in asked.ticked and offer not in waiting)
        consents = consents_of(asked, recorded, client_id=client_id, at=asked.at)
        enter_consents(practice_id=practice_id, consents=consents, now=now)
        settle_consent(practice_id=practice_id, asked=asked, client_id=client_id, consents=consents, now=now)
        coming = Next.NOTHING
        if waiting:
            _let_wait(practice_id, asked, waiting, now)
            silence = Next.SEND_START if is_stopped else Next.NO_TEXTS if is_dead else None
            coming = silence or _ask_number(practice_id, asked, client_id, waiting, now)
        elif TEXTS & set(recorded) and not is_dead:
            say_confirmed(practice_id, asked, client_id, recorded, now)
        return Taken(recorded=recorded, waiting=waiting, next=coming, client_id=client_id)


def say_confirmed(
    practice_id: int, asked: Asked, client_id: int | None, offers: Sequence[Offer], now: datetime
) -> None:
    """The opt-in confirmation that carriers ask for. Inside a practice scope."""
    body = _body(practice_id, "confirmation", asked, offers)
    notice = NewNotice(kind=NoticeKind.OPT_IN_CONFIRMATION, address=asked.phone, body=body, client_id=client_id)
    plan_notices(practice_id=practice_id, notices=[notice], now=now)


def _number(practice_id: int, phone: str, now: datetime) -> tuple[bool, bool]:
    """Whether this number has stopped, and whether no text can reach it."""
    if not phone:
        return False, False
    line = (Channel.SMS, phone)
    facts = address_facts(practice_id=practice_id, lines=[line], now=now)[line]
    return facts.is_stopped, bool(facts.dead)


def _let_wait(practice_id: int, asked: Asked, waiting: Sequence[Offer], now: datetime) -> None:
    requests = ConsentRequest.objects.filter(practice=practice_id)
    requests.filter(expires_at__lt=now - _FORGOTTEN_AFTER).delete()
    requests.filter(expires_at__lt=now, answered_at=None).update(sealed=b"")
    ticked = {offer: asked.ticked[offer] for offer in waiting}
    ConsentRequest.objects.create(
        practice_id=practice_id,
        phone=asked.phone,
        sealed=sealed(replace(asked, ticked=ticked)),
        asked_at=now,
        expires_at=now + WAITS_FOR,
    )


def _ask_number(practice_id: int, asked: Asked, client_id: int | None, waiting: Sequence[Offer], now: datetime) -> Next:
    body = _body(practice_id, "double_opt_in", asked, waiting)
    notice = NewNotice(kind=NoticeKind.DOUBLE_OPT_IN, address=asked.phone, body=body, client_id=client_id)
    [planned] = plan_notices(practice_id=practice_id, notices=[notice], now=now)
    return Next.ANSWER_EARLIER if planned.refusal else Next.ANSWER_YES


def _body(practice_id: int, kind: str, asked: Asked, offers: Sequence[Offer]) -> str:
    practice = form_facts(Practice.objects.get(pk=practice_id))
    return notice_text(kind, practice=practice, language=asked.language, offers=frozenset(offers))
