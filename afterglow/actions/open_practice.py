"""Open a practice: its row, its protocols from the library, its people and the token of its webhook."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model

from afterglow.config.secrets import seal
from afterglow.models import Member, Practice, ProtocolVersion, Source
from afterglow.models.scope import new_practice_id, practice_scope
from afterglow.rules.protocol_book import library_texts


@dataclass(frozen=True, slots=True)
class OpenedPractice:
    practice_id: int
    webhook_token: str
    webhook_secret: str


def open_practice(
    *, name: str, timezone: str, state: str, now: datetime, is_demo: bool = False, **details: str
) -> OpenedPractice:
    """A practice with every protocol of the library: on where the library has it on, drafts off."""
    practice_id = new_practice_id()
    token, secret = secrets.token_urlsafe(24), f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    with practice_scope(practice_id):
        Practice(
            pk=practice_id, name=name, timezone=timezone, state=state, created_at=now, is_demo=is_demo, **details
        ).save(force_insert=True)
        ProtocolVersion.objects.bulk_create(
            ProtocolVersion(
                practice_id=practice_id,
                key=key,
                version=1,
                text=text,
                is_on=is_on,
                created_at=now,
                created_by="library",
            )
            for key, text, is_on in library_texts()
        )
        Source.objects.create(
            practice_id=practice_id,
            kind="generic",
            name="Signed webhook",
            token=token,
            secrets_encrypted=seal({"secrets": [secret]}),
            created_at=now,
        )
    return OpenedPractice(practice_id, token, secret)


def add_member(*, practice_id: int, username: str, password: str, role: str) -> None:
    """This person may sign in and work in the practice; a known user name gets the new password and role."""
    user, _ = get_user_model().objects.get_or_create(username=username)
    user.set_password(password)
    user.save()
    with practice_scope(practice_id):
        Member.objects.update_or_create(practice_id=practice_id, user=user, defaults={"role": role})
