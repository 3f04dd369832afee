"""Programs that may speak to the API for a practice: made, known again, and shut out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from afterglow.models import ApiToken
from afterglow.models.across import KnownProgram, program_by_digest
from afterglow.models.scope import practice_scope

PREFIX = "agk_"  # tells a leaked token apart from other secrets


class UnknownToken(Exception):
    """There is no such token, or it was revoked already."""


@dataclass(frozen=True, slots=True)
class NewToken:
    token_id: int
    secret: str  # to be shown once; only its digest is kept


def make_token(*, practice_id: int, name: str, by: str, now: datetime) -> NewToken:
    """A token for one program. It is long and random, so that its plain digest gives nothing away."""
    secret = PREFIX + secrets.token_urlsafe(32)
    with practice_scope(practice_id):
        token = ApiToken.objects.create(
            practice_id=practice_id, name=name, digest=_digest(secret), created_at=now, created_by=by
        )
    return NewToken(token.pk, secret)


def revoke_token(*, practice_id: int, token_id: int, by: str, now: datetime) -> None:
    """From now on nobody gets in with it. Raises UnknownToken."""
    with practice_scope(practice_id):
        tokens = ApiToken.objects.filter(practice=practice_id, pk=token_id, revoked_at=None)
        if not tokens.update(revoked_at=now, revoked_by=by):
            raise UnknownToken(UnknownToken.__doc__)


def program_of(secret: str) -> KnownProgram | None:
    """The program that holds this token, and whose practice it speaks for."""
    return program_by_digest(_digest(secret)) if secret.startswith(PREFIX) else None


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
