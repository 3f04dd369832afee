"""The practice's public consent form: what it offers today, in which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from afterglow.models import ConsentForm, Practice
from afterglow.models.across import form_by_token
from afterglow.models.scope import practice_scope
from afterglow.models.wordings import Wording, current_wordings, form_facts, offered_on
from afterglow.rules.consent_texts import Sheet, page_words, sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPage:
    """One practice's form in one language."""

    practice_id: int
    practice_name: str
    token: str
    language: str
    is_open: bool
    embed_origins: Sequence[str]
    words: Mapping[str, str]
    boxes: Sequence[Wording]
    privacy_link: str  # empty: the page that comes with the form
    terms_link: str

    @property
    def wording(self) -> str:
        """A digest of everything that is asked: whoever read other words than these must read again."""
        return sha256("".join(box.digest for box in self.boxes).encode()).hexdigest()[:16]


def join_page(token: str, *, language: str) -> JoinPage | None:
    """The form at this address, or None when there never was one."""
    known = form_by_token(token)
    if known is None:
        return None
    with practice_scope(known.practice_id):
        practice = Practice.objects.get(pk=known.practice_id)
        form = ConsentForm.objects.get(practice=practice, pk=known.form_id)
        boxes = tuple(current_wordings(practice, language, offered_on(form)).values())
    return JoinPage(
        practice_id=practice.pk,
        practice_name=practice.name,
        token=token,
        language=language,
        is_open=form.is_open and bool(boxes),
        embed_origins=form.embed_origins,
        words=page_words(practice=form_facts(practice), language=language),
        boxes=boxes,
        privacy_link=form.privacy_link,
        terms_link=form.terms_link,
    )


def join_sheet(token: str, name: str, *, language: str) -> Sheet | None:
    """The terms or the privacy notice of this form, or None when there never was such a form."""
    known = form_by_token(token)
    if known is None:
        return None
    with practice_scope(known.practice_id):
        practice = Practice.objects.get(pk=known.practice_id)
    return sheet(name, practice=form_facts(practice), language=language)
