"""Take in what clients write. Until somebody has read it, the client's automation holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.actions.release_touches import release_touches
from afterglow.actions.revoke_consents import revoke_number
from afterglow.channels.receipts import InboundText
from afterglow.models import Client, Message, Task
from afterglow.models.scope import practice_scope
from afterglow.rules.optout import Keyword, read_keyword

_KEYWORDS = {"stop": Keyword.STOP, "start": Keyword.START, "help": Keyword.HELP}  # in a provider's own reading


def receive_texts(*, practice_id: int, texts: Sequence[InboundText], now: datetime) -> int:
    """How many of these texts were new. Each is kept, acted on if it is a bare keyword, else put before a person.

    A text that its provider took for a STOP is one, whatever its words: the provider blocks the number already.
    """
    with practice_scope(practice_id):
        return sum(_receive(practice_id, text, now) for text in texts)


def _receive(practice_id: int, text: InboundText, now: datetime) -> bool:
    if Message.objects.filter(practice=practice_id, inbound_id=text.provider_id).exists():
        return False
    clients = list(Client.objects.filter(practice=practice_id, phone=text.from_).order_by("pk"))
    message = Message.objects.create(
        practice_id=practice_id,
        client=_most_likely(practice_id, clients, text.from_),
        direction=Message.Direction.IN,
        channel="sms",
        address=text.from_,
        body=_shown(text),
        status=Message.Status.RECEIVED,
        provider_id=text.provider_id,
        at=now,
    )
    Client.objects.filter(practice=practice_id, phone=text.from_).update(last_inbound_at=now)
    match _KEYWORDS.get(text.opt_out_type) or read_keyword(text.text):
        case Keyword.STOP:
            revoke_number(
                practice_id=practice_id, phone=text.from_, source="reply", evidence=f"message {message.pk}", now=now
            )
        case Keyword.START:
            _ask(message, "consent", "The client wants texts again. Please record a new consent.", now)
        case Keyword.HELP:
            _ask(message, "reply", "The client asked for help by text.", now)
        case Keyword.NONE:
            Client.objects.filter(practice=practice_id, phone=text.from_).update(reply_waiting_since=now)
            _ask(
                message,
                "reply",
                "The client wrote. Automatic messages wait until you have read it.",
                now,
                is_urgent=True,
            )
    return True


def _shown(text: InboundText) -> str:
    """The words, and how many photos came with them."""
    count = len(text.media)
    photos = f"\n[{count} photo{'s' if count > 1 else ''} attached]" if count else ""
    return f"{text.text}{photos}".strip()


def _most_likely(practice_id: int, clients: Sequence[Client], phone: str) -> Client | None:
    """Of several people at one number, the one who was written to last."""
    if len(clients) < 2:
        return clients[0] if clients else None
    last = (
        Message.objects.filter(practice=practice_id, address=phone, direction=Message.Direction.OUT)
        .exclude(client=None)
        .order_by("-at")
        .first()
    )
    return last.client if last is not None else clients[0]


def _ask(message: Message, kind: str, reason: str, now: datetime, *, is_urgent: bool = False) -> None:
    task = NewTask(kind=kind, reason=reason, is_urgent=is_urgent, client_id=message.client_id, message_id=message.pk)
    open_tasks(practice_id=message.practice_id, tasks=[task], now=now)


def finish_replies(*, practice_id: int, client_id: int, by: str, now: datetime) -> None:
    """Somebody has read what the client wrote: open reply tasks end and held messages go on."""
    with practice_scope(practice_id):
        client = Client.objects.get(practice=practice_id, pk=client_id)
        sharing = Client.objects.filter(practice=practice_id, phone=client.phone) if client.phone else [client]
        ids = [c.pk for c in sharing]
        Client.objects.filter(practice=practice_id, pk__in=ids).update(reply_waiting_since=None)
        Task.objects.filter(practice=practice_id, client__in=ids, kind="reply", closed_at=None).update(
            closed_at=now, closed_by=by, outcome="read"
        )
        release_touches(practice_id=practice_id, client_ids=ids, now=now)
