"""Keep the exact words that clients agree to. Nothing that was ever agreed to is changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max

from afterglow.models import ConsentText, Practice
from afterglow.models.scope import practice_scope
from afterglow.models.wordings import Wording, form_facts
from afterglow.rules.consent_lint import faults_in, lacking_in
from afterglow.rules.consent_texts import Offer, digest_of, filled, standard

LIBRARY = "library"


class FaultyWording(Exception):
    """A wording lacks what it must say. `faults` are sentences that say what to write."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


def keep_wordings(*, practice_id: int, wordings: Iterable[Wording], now: datetime) -> None:
    """Each of these is a version in the database, so that its digest leads to its words. Inside a practice scope."""
    for wording in wordings:
        if wording.version is None:
            _add(
                practice_id,
                wording.offer,
                wording.language,
                wording.text,
                template=wording.template,
                by=LIBRARY,
                now=now,
            )


def edit_wording(*, practice_id: int, offer: Offer, language: str, template: str, by: str, now: datetime) -> None:
    """The practice's own words from now on, as a new version; empty: the library's again. Raises FaultyWording."""
    template = template.strip()
    if template and (faults := faults_in(offer, template, language=language)):
        raise FaultyWording(faults)
    if template == standard(offer, language).text:
        template = ""
    with practice_scope(practice_id):
        practice = Practice.objects.get(pk=practice_id)
        text = filled(template or standard(offer, language).text, practice=form_facts(practice), language=language)
        _add(practice_id, offer, language, text, template=template, by=by, now=now)


def keep_foreign_wording(*, practice_id: int, offer: Offer, language: str, text: str, by: str, now: datetime) -> str:
    """The digest of words that were agreed to on somebody else's form, kept as they are. Inside a practice scope.

    Raises FaultyWording when these words prove no such consent.
    """
    text = " ".join(text.split())
    practice = Practice.objects.get(pk=practice_id)
    if lacking := lacking_in(offer, text, practice_name=practice.name):
        raise FaultyWording(lacking)
    digest = digest_of(text)
    known = ConsentText.objects.filter(practice=practice_id, purpose=offer.value, digest=digest)
    if not known.exists():
        _add(practice_id, offer, language, text, is_foreign=True, by=by, now=now)
    return digest


def _add(
    practice_id: int,
    offer: Offer,
    language: str,
    text: str,
    *,
    template: str = "",
    is_foreign: bool = False,
    by: str,
    now: datetime,
) -> None:
    """The next version. Two who add at once: the practice's row is their queue."""
    Practice.objects.select_for_update(no_key=True).only("pk").get(pk=practice_id)
    versions = ConsentText.objects.filter(practice=practice_id, purpose=offer.value, language=language)
    newest = versions.filter(is_foreign=is_foreign).order_by("-version").first()
    if newest is not None and (newest.text, newest.template) == (text, template):
        return
    last = versions.aggregate(last=Max("version"))["last"] or 0
    ConsentText.objects.create(
        practice_id=practice_id,
        purpose=offer.value,
        language=language,
        version=last + 1,
        text=text,
        digest=digest_of(text),
        template=template,
        is_foreign=is_foreign,
        created_at=now,
        created_by=by,
    )
