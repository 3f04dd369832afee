"""The practice's consent form as staff see it: its address, what it offers, and every wording it ever had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from afterglow.models import ConsentForm, ConsentRequest, ConsentText, Practice
from afterglow.models.wordings import Wording, current_wordings, offered_on
from afterglow.rules.consent_texts import LANGUAGES, Offer, standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Words that clients agreed to once. `by` is empty when they came with Afterglow."""

    number: int
    text: str
    by: str
    at: datetime
    is_foreign: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one box reads in one language today, and how it read before."""

    code: str
    language: str
    text: str
    version: int | None
    to_edit: str
    is_own: bool
    earlier: Sequence[Version]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    offer: Offer
    title: str
    is_offered: bool
    readings: Sequence[Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormScreen:
    form: ConsentForm | None
    link: str
    embed_link: str
    boxes: Sequence[Box]
    waiting: int  # people whose number has not answered yet


def form_screen(practice: Practice, *, now: datetime) -> FormScreen:
    """Everything on one page. Five queries."""
    form = ConsentForm.objects.filter(practice=practice).first()
    link = f"{settings.SITE_URL}/join/{form.token}/" if form else ""
    waiting = ConsentRequest.objects.filter(practice=practice, answered_at=None, expires_at__gt=now)
    return FormScreen(
        form=form,
        link=link,
        embed_link=f"{link}embed/" if form else "",
        boxes=_boxes(practice, form),
        waiting=waiting.values("phone").distinct().count(),
    )


def _boxes(practice: Practice, form: ConsentForm | None) -> tuple[Box, ...]:
    kept: dict[tuple[str, str], list[ConsentText]] = defaultdict(list)
    for row in ConsentText.objects.filter(practice=practice).order_by("-version"):
        kept[row.purpose, row.language].append(row)
    today = {code: current_wordings(practice, code) for code in LANGUAGES}
    offered = offered_on(form) if form else ()
    return tuple(
        Box(
            offer=offer,
            title=standard(offer, "en").title,
            is_offered=offer in offered,
            readings=tuple(_reading(today[code][offer], kept) for code in LANGUAGES),
        )
        for offer in Offer
    )


def _reading(wording: Wording, kept: Mapping[tuple[str, str], Sequence[ConsentText]]) -> Reading:
    rows = kept.get((wording.offer.value, wording.language), ())
    return Reading(
        code=wording.language,
        language=LANGUAGES[wording.language],
        text=wording.text,
        version=wording.version,
        to_edit=wording.template or standard(wording.offer, wording.language).text,
        is_own=bool(wording.template),
        earlier=tuple(
            Version(
                number=row.version,
                text=row.text,
                by="" if row.created_by == "library" else row.created_by,
                at=row.created_at,
                is_foreign=row.is_foreign,
            )
            for row in rows
            if row.version != wording.version
        ),
    )
