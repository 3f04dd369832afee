"""The words that clients of a practice agree to today, and the form that shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from afterglow.models.consents import ConsentForm, ConsentText
from afterglow.models.practice import Practice
from afterglow.rules.consent_texts import Offer, digest_of, filled, standard
from afterglow.rules.facts import PracticeFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What one box says today. `version` is empty while nobody has agreed to exactly these words."""

    offer: Offer
    language: str
    title: str
    text: str
    digest: str
    template: str  # the practice's own words; empty: the library's
    version: int | None
    since: datetime | None


def form_facts(practice: Practice) -> PracticeFacts:
    """Of the practice, what its wordings are filled in with. No query."""
    return PracticeFacts(
        id=str(practice.pk),
        name=practice.name,
        phone=practice.phone,
        address=practice.address,
        messages_per_day=practice.messages_per_day,
        marketing_per_week=practice.marketing_per_week,
    )


def current_wordings(practice: Practice, language: str, offers: Iterable[Offer] = tuple(Offer)) -> dict[Offer, Wording]:
    """The words of today for each offer, in the order of the offers. One query.

    The newest version says whether they are the practice's own; what they are filled in with is that of today.
    """
    rows = ConsentText.objects.filter(practice=practice, language=language, is_foreign=False).order_by("version")
    newest = {row.purpose: row for row in rows}
    return {offer: _wording(practice, offer, language, newest.get(offer.value)) for offer in offers}


def offered_on(form: ConsentForm) -> tuple[Offer, ...]:
    """What clients can tick there, care first."""
    return tuple(offer for offer in Offer if offer.value in form.offers)


def has_double_opt_in(practice_id: int) -> bool:
    """Whether a number counts only once it has answered YES: as long as nobody chose otherwise, yes."""
    chosen = ConsentForm.objects.filter(practice=practice_id).values_list("has_double_opt_in", flat=True).first()
    return True if chosen is None else chosen


def _wording(practice: Practice, offer: Offer, language: str, newest: ConsentText | None) -> Wording:
    known = standard(offer, language)
    template = newest.template if newest else ""
    text = filled(template or known.text, practice=form_facts(practice), language=language)
    digest = digest_of(text)
    is_used = newest is not None and newest.digest == digest
    return Wording(
        offer=offer,
        language=language,
        title=known.title,
        text=text,
        digest=digest,
        template=template,
        version=newest.version if newest and is_used else None,
        since=newest.created_at if newest and is_used else None,
    )
