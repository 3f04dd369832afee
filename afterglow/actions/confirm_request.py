"""What a number itself says to a request that waits for it: YES makes it a consent, STOP ends it."""

from __future__ import annotations

from datetime import datetime

from afterglow.actions.asked_consent import Asked, client_of, consents_of, unsealed
from afterglow.actions.keep_ledger import NewConsent, enter_consents
from afterglow.actions.settle_consent import settle_consent
from afterglow.actions.take_consent import TEXTS, say_confirmed
from afterglow.config.secrets import SealBroken
from afterglow.models import ConsentRequest, Message
from afterglow.models.scope import practice_scope

BY_TEXT = "the client, by text"  # a person said it: that opens a number which had stopped
YES, STOP, LOST = "yes", "stop", "lost"


def confirm_requests(*, practice_id: int, phone: str, now: datetime) -> bool:
    """Whether this number's YES (or START) answered a request. Everything it was asked for is a consent from now on.

    Both proofs are kept: the form, and the number's own answer. Too late, or after a STOP, it answers nothing.
    """
    with practice_scope(practice_id):
        requests = ConsentRequest.objects.filter(
            practice=practice_id, phone=phone, answered_at=None, expires_at__gt=now
        )
        waiting = list(requests.order_by("asked_at", "pk").select_for_update(no_key=True))
        answers = [_answer(practice_id, request, now) for request in waiting]
        confirmed = [asked for asked in answers if asked is not None]
        if not confirmed:
            return False
        consents: dict[tuple[str, str, str], NewConsent] = {}
        proof = _proof(practice_id, phone)
        for asked in confirmed:
            client_id = client_of(practice_id, asked)
            said = consents_of(asked, asked.ticked, client_id=client_id, at=now, proof=proof, by=BY_TEXT)
            consents |= {(f"{client_id}@{each.address}", each.channel, each.purpose): each for each in said}
        enter_consents(practice_id=practice_id, consents=list(consents.values()), now=now)
        newest = confirmed[-1]
        settle_consent(
            practice_id=practice_id,
            asked=newest,
            client_id=client_of(practice_id, newest),
            consents=list(consents.values()),
            now=now,
        )
        offers = tuple(dict.fromkeys(offer for asked in confirmed for offer in asked.ticked))
        if TEXTS & set(offers):
            say_confirmed(practice_id, newest, client_of(practice_id, newest), offers, now)
        return True


def cancel_requests(*, practice_id: int, phone: str, now: datetime) -> int:
    """How many requests this number's STOP ended. A later YES does not bring them back. Inside a practice scope."""
    waiting = ConsentRequest.objects.filter(practice=practice_id, phone=phone, answered_at=None)
    return waiting.update(answered_at=now, answer=STOP, sealed=b"")


def _answer(practice_id: int, request: ConsentRequest, now: datetime) -> Asked | None:
    """What was asked for; the request is answered, and what it held moves to the ledger."""
    try:
        asked, answer = unsealed(request.sealed), YES
    except SealBroken:
        asked, answer = None, LOST
    ConsentRequest.objects.filter(practice=practice_id, pk=request.pk).update(
        answered_at=now, answer=answer, sealed=b""
    )
    return asked


def _proof(practice_id: int, phone: str) -> str:
    """The number's own text, as it is kept."""
    texts = Message.objects.filter(practice=practice_id, address=phone, direction=Message.Direction.IN)
    message_id = texts.order_by("-at", "-pk").values_list("pk", flat=True).first()
    return (
        f"the number confirmed it by text (message {message_id})" if message_id else "the number confirmed it by text"
    )
