"""What changes for clients once a consent is on record: waiting messages, lists, and a question for staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from afterglow.actions.asked_consent import Asked
from afterglow.actions.keep_ledger import NewConsent
from afterglow.actions.open_tasks import NewTask, not_asked_before, open_tasks
from afterglow.actions.release_touches import release_touches
from afterglow.actions.review_reach import review_reach
from afterglow.models import Client, Practice

OTHER_NAME = (
    "Somebody agreed on the consent form with this client’s phone number, under another name. "
    "Please ask whose number it is."
)


def settle_consent(
    *, practice_id: int, asked: Asked, client_id: int | None, consents: Sequence[NewConsent], now: datetime
) -> None:
    """Messages that waited for this consent are decided anew. Inside a practice scope.

    Consents without a client hold for everybody at the number; if it has owners of other names, staff are asked once.
    """
    if not consents:
        return
    affected = [client_id] if client_id is not None else _at(practice_id, asked)
    if not affected:
        return
    review_reach(Practice.objects.get(pk=practice_id), affected)
    release_touches(practice_id=practice_id, client_ids=affected, now=now)
    if client_id is None:
        task = NewTask(kind="consent", reason=OTHER_NAME, client_id=affected[0], is_once=True)
        fresh = not_asked_before(practice_id=practice_id, tasks=[task])
        open_tasks(practice_id=practice_id, tasks=fresh, now=now)


def _at(practice_id: int, asked: Asked) -> list[int]:
    """The clients of ours at the number, else at the mailbox."""
    at_address = {"phone": asked.phone} if asked.phone else {"email__iexact": asked.email}
    clients = Client.objects.filter(practice=practice_id, erased_at=None, **at_address)
    return list(clients.order_by("pk").values_list("pk", flat=True))
