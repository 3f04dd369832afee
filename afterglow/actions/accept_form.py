"""Accept what somebody sent on the practice's public form: once, and not without end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from afterglow.actions.asked_consent import Asked
from afterglow.actions.keep_wordings import keep_wordings
from afterglow.actions.take_consent import Taken, take_consent
from afterglow.models import FormPost
from afterglow.models.scope import practice_scope
from afterglow.models.wordings import Wording, has_double_opt_in

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
            return Taken.read(post.answer)
        if posts.filter(sender=sender, at__gt=now - timedelta(hours=1)).count() > POSTS_AN_HOUR:
            raise TooManyPosts(TooManyPosts.__doc__)
        keep_wordings(practice_id=practice_id, wordings=wordings, now=now)
        must_confirm = has_double_opt_in(practice_id)
        taken = take_consent(practice_id=practice_id, asked=asked, must_confirm=must_confirm, now=now)
        posts.filter(pk=post.pk).update(answer=taken.told())
        return taken
