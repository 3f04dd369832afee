"""Accept what somebody sent on the practice's public form: once, and not without end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from afterglow.actions.asked_consent import Asked
from afterglow.actions.keep_wordings import keep_wordings
from afterglow.actions.take_consent import Next, Taken, take_consent
from afterglow.models import FormPost
from afterglow.models.scope import practice_scope
from afterglow.models.wordings import Wording, has_double_opt_in
from afterglow.rules.consent_texts import Offer

POSTS_AN_HOUR = 30  # from one network address: a waiting room shares one
_KEPT = timedelta(days=1)


class TooManyPosts(Exception):
    """The form was sent very often from one network address within an hour."""


def accept_form(*, practice_id: int, asked: Asked, wordings: Iterable[Wording], nonce: str, now: datetime) -> Taken:
    """What became of each tick. The same page sent again changes nothing and gets the same answer.

    Raises TooManyPosts.
    """
    with practice_scope(practice_id):
        posts = FormPost.objects.filter(practice=practice_id)
        sender = salted_hmac("afterglow form sender", asked.ip, algorithm="sha256").hexdigest()
        posts.filter(at__lt=now - _KEPT).delete()
        post, is_new = posts.get_or_create(
            practice_id=practice_id, nonce=nonce, defaults={"sender": sender, "answer": {}, "at": now}
        )  # whoever sends the same page at the same moment waits here
        if not is_new:
            return _read(post.answer)
        if posts.filter(sender=sender, at__gt=now - timedelta(hours=1)).count() > POSTS_AN_HOUR:
            raise TooManyPosts(TooManyPosts.__doc__)
        keep_wordings(practice_id=practice_id, wordings=wordings, now=now)
        must_confirm = has_double_opt_in(practice_id)
        taken = take_consent(practice_id=practice_id, asked=asked, must_confirm=must_confirm, now=now)
        posts.filter(pk=post.pk).update(answer=_written(taken))
        return taken


def _written(taken: Taken) -> dict[str, object]:
    return {
        "recorded": list(taken.recorded),
        "waiting": list(taken.waiting),
        "next": taken.next.value,
        "client_id": taken.client_id,
    }


def _read(answer: dict[str, object]) -> Taken:
    recorded, waiting, client_id = answer["recorded"], answer["waiting"], answer["client_id"]
    assert isinstance(recorded, list)
    assert isinstance(waiting, list)
    assert isinstance(client_id, int | None)
    return Taken(
        recorded=tuple(map(Offer, recorded)),
        waiting=tuple(map(Offer, waiting)),
        next=Next(str(answer["next"])),
        client_id=client_id,
    )
