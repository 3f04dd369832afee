"""Accept a consent that a program reports: once for each id of the program's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from afterglow.actions.asked_consent import Asked
from afterglow.actions.keep_wordings import FaultyWording, keep_foreign_wording
from afterglow.actions.take_consent import take_consent
from afterglow.models import ApiCall, ApiToken, ConsentText
from afterglow.models.scope import practice_scope
from afterglow.models.wordings import has_double_opt_in
from afterglow.rules.consent_texts import Offer


class KeyUsedBefore(Exception):
    """This id was used for another call. Give each consent an id of its own."""


class WordingFault(Exception):
    """What proves one of the consents cannot be accepted. `index` is its place in the call, `field` what to change."""

    def __init__(self, index: int, field: str, message: str) -> None:
        super().__init__(message)
        self.index, self.field, self.message = index, field, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that was allowed, with the exact words or with the digest of words that Afterglow has."""

    offer: Offer
    text: str = ""
    digest: str = ""


def accept_api_call(
    *,
    practice_id: int,
    token_id: int,
    key: str,
    body: bytes,
    asked: Asked,
    claims: list[Claim],
    is_confirmed: bool,
    now: datetime,
) -> tuple[Mapping[str, object], bool]:
    """The answer, and whether it is new. `asked` comes without its ticks: they follow from the claims.

    The same id with the same body gets the same answer again. Raises KeyUsedBefore, WordingFault.
    """
    with practice_scope(practice_id):
        call, is_new = ApiCall.objects.get_or_create(
            practice_id=practice_id,
            key=key,
            defaults={"body_digest": sha256(body).hexdigest(), "answer": {}, "at": now},
        )  # the same call at the same moment waits here
        if not is_new:
            if call.body_digest != sha256(body).hexdigest():
                raise KeyUsedBefore(KeyUsedBefore.__doc__)
            return call.answer, False
        token = ApiToken.objects.get(practice=practice_id, pk=token_id)
        ApiToken.objects.filter(practice=practice_id, pk=token_id).update(last_used_at=now)
        ticked = {
            claim.offer: _digest(practice_id, claim, index, language=asked.language, by=token.name, now=now)
            for index, claim in enumerate(claims)
        }
        taken = take_consent(
            practice_id=practice_id,
            asked=_with(asked, ticked, token),
            must_confirm=has_double_opt_in(practice_id) and not is_confirmed,
            now=now,
        )
        answer = taken.told()
        ApiCall.objects.filter(practice=practice_id, pk=call.pk).update(answer=answer)
        return answer, True


def _digest(practice_id: int, claim: Claim, index: int, *, language: str, by: str, now: datetime) -> str:
    if claim.text:
        try:
            return keep_foreign_wording(
                practice_id=practice_id, offer=claim.offer, language=language, text=claim.text, by=by, now=now
            )
        except FaultyWording as faulty:
            raise WordingFault(
                index, "text", f"These words prove no such consent: {'; '.join(faulty.faults)}."
            ) from faulty
    known = ConsentText.objects.filter(practice=practice_id, purpose=claim.offer.value, digest=claim.digest)
    if not known.exists():
        raise WordingFault(index, "text_digest", "No wording of this kind has this digest. Send its text instead.")
    return claim.digest


def _with(asked: Asked, ticked: dict[Offer, str], token: ApiToken) -> Asked:
    return replace(asked, ticked=ticked, evidence=f"{asked.evidence}; reported by {token.name}")
