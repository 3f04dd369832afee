"""What the privacy screen shows: who looked at what, what a locked phone tells, who knows that texts are open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Count, Q

from afterglow.models import Client, Consent, ConsentText, Look, Practice
from afterglow.models.wordings import form_facts
from afterglow.rules.consent_texts import Offer
from afterglow.rules.facts import PracticeFacts, TreatmentFacts
from afterglow.rules.protocol import Template
from afterglow.rules.timing import local_day
from afterglow.rules.tokens import tokens_for
from afterglow.rules.wording import Held, render

PER_PAGE = 25
_NONE = "-"  # no digest; a list may not be empty
LOOKS = {
    "proof": "Proof of a message",
    "proof bundle": "Proofs of a period",
    "evidence": "Scan of a signed paper",
    "export": "Everything about a client",
    "photo": "Photo",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LookTold:
    """One look in words."""

    at: datetime
    by: str
    what: str
    client_id: int | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPage:
    rows: Sequence[LookTold]
    page: int
    has_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """How many clients said yes to words that warn of the open channel, of all who allow texts about care."""

    acknowledged: int
    allowing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockScreens:
    """The same text as a stranger reads it, without and with the name of the treatment."""

    discreet: str
    named: str


def looks(practice: Practice, *, page: int) -> LookPage:
    """Who looked at something private, newest first. Two queries."""
    start = (page - 1) * PER_PAGE
    found = list(Look.objects.filter(practice=practice).order_by("-at", "-pk")[start : start + PER_PAGE + 1])
    people = Client.objects.in_bulk({look.client_id for look in found if look.client_id})
    rows = [
        LookTold(
            at=look.at,
            by=look.by,
            what=LOOKS.get(look.kind, look.kind.capitalize()),
            client_id=look.client_id,
            name=people[look.client_id].name if look.client_id in people else "",
        )
        for look in found[:PER_PAGE]
    ]
    return LookPage(rows=rows, page=page, has_next=len(found) > PER_PAGE)


def warned(practice: Practice) -> Warned:
    """Clients who ever said yes to texts about care, and to which words. Two queries, one pass over the consents."""
    care = ConsentText.objects.filter(practice=practice, purpose=Offer.CARE_TEXTS.value, is_foreign=False)
    ours = list(care.values_list("digest", flat=True))
    granted = Consent.objects.filter(
        practice=practice, channel="sms", purpose="care", status=Consent.Status.GRANTED, client__isnull=False
    )
    knowing = granted.order_by().values("client").annotate(knows=BoolOr(Q(text_digest__in=[*ours, _NONE])))
    counts = knowing.aggregate(allowing=Count("client"), acknowledged=Count("client", filter=Q(knows=True)))
    return Warned(**counts)


def lock_screens(practice: Practice, *, now: datetime) -> LockScreens:
    """What a locked phone shows of a check-in, either way. No query."""
    facts, today = form_facts(practice), local_day(now, practice.timezone)
    return LockScreens(
        discreet=_worded(replace(facts, has_named_treatments=False), today),
        named=_worded(replace(facts, has_named_treatments=True), today),
    )


def _worded(facts: PracticeFacts, today: date) -> str:
    tokens = tokens_for(
        practice=facts,
        treatment=TreatmentFacts(family="neuromodulator", brand="botox", area=""),
        first_name="Ann",
        provider="Hale",
        visit_on=today,
        today=today,
    )
    text = render(_SAMPLE, tokens)
    return "" if isinstance(text, Held) else text.text


_SAMPLE = Template(
    body="{{ practice.name }}: Hi {{ client.first_name | default: 'there' }}, how are you feeling after "
    "{{ treatment.alias }}? Just reply here."
)
