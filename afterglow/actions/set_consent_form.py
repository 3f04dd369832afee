"""Open and close the practice's public consent form, and say what it offers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from afterglow.models import ConsentForm
from afterglow.models.scope import practice_scope
from afterglow.rules.consent_texts import Offer


def open_form(*, practice_id: int, now: datetime) -> str:
    """The token in the form's address. A form that was closed gets its old address back: posters stay true."""
    with practice_scope(practice_id):
        form, _ = ConsentForm.objects.update_or_create(
            practice_id=practice_id, defaults={"is_open": True}, create_defaults={"is_open": True, "created_at": now}
        )
        return form.token


def close_form(*, practice_id: int) -> None:
    """The form takes no answers. What it recorded, and what waits for a YES, stays."""
    with practice_scope(practice_id):
        ConsentForm.objects.filter(practice=practice_id).update(is_open=False)


def change_form(
    *,
    practice_id: int,
    offers: Collection[Offer],
    has_double_opt_in: bool,
    embed_origins: Sequence[str],
    privacy_link: str,
    terms_link: str,
) -> None:
    """What clients can tick from now on, whether a number must answer YES, and which web sites may show the form."""
    with practice_scope(practice_id):
        ConsentForm.objects.filter(practice=practice_id).update(
            offers=[offer.value for offer in Offer if offer in offers],
            has_double_opt_in=has_double_opt_in,
            embed_origins=list(embed_origins),
            privacy_link=privacy_link,
            terms_link=terms_link,
        )
