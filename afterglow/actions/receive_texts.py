"""Take in what clients write. Until somebody has read it, the client's automation holds.

A wish to stop is heard in any wording and never hides what else a text says: then both happen, it ends and people read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from afterglow.actions.confirm_request import confirm_requests
from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.actions.plan_notices import NewNotice, plan_notices
from afterglow.actions.release_touches import release_touches
from afterglow.actions.stop_by_text import stop_by_text
from afterglow.channels.receipts import InboundText
from afterglow.models import Client, Message, Practice, Task
from afterglow.models.ended import ended_at, is_stopped
from afterglow.models.practice_facts import practice_facts
from afterglow.models.scope import practice_scope
from afterglow.rules.notices import NoticeKind
from afterglow.rules.optout import OptOut, Scope, Wish, read_opt_out
from afterglow.rules.optout_text import own_words
from afterglow.rules.revocation import help_text

_TOLD = {"stop": Wish.STOP, "start": Wish.START, "help": Wish.HELP}  # in a provider's own reading
_SPANISH_YES = frozenset({"si", "sí"})
KEYWORD_WORDS = 3  # what a provider takes for its own keyword is no longer than that
READ_IT = "The client wrote. Automatic messages wait until you have read it."
STOPPED_AND_WROTE = "The client asked to stop, which has been done, and wrote more. Please read it."
WANTS_TEXTS = "The client wants texts again. Please record a new consent."
WANTS_HELP = "The client asked for help by text, and was told whom to call."


def receive_texts(*, practice_id: int, texts: Sequence[InboundText], now: datetime) -> int:
    """How many of these texts were new. Each is kept, acted on if it asks to stop, start or for help, else put before
    a person. Answers are planned, and go out with the practice's work.

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
    if not _is_reaction(text):
        _act(message, clients, text, now)
    return True


def _is_reaction(text: InboundText) -> bool:
    """A phone's “Liked …” says nothing of its own: it holds nothing and asks nobody."""
    return bool(text.text.strip()) and not own_words(text.text) and not text.media and not text.opt_out_type


def _act(message: Message, clients: Sequence[Client], text: InboundText, now: datetime) -> None:
    said = _with_provider(read_opt_out(text.text), text)
    is_whole = said.is_whole and not text.media
    match said.wish:
        case Wish.STOP:
            is_answered = bool(text.opt_out_type)
            stop_by_text(message=message, clients=clients, opt_out=said, is_answered=is_answered, now=now)
            if not is_whole:
                _put_before_people(message, STOPPED_AND_WROTE, now)
        case Wish.START | Wish.NONE if _confirms(message, said, is_whole, now):
            return
        case Wish.START if is_whole and _has_stopped(message):
            _ask(message, "consent", WANTS_TEXTS, now)
        case Wish.HELP if is_whole:
            if not text.opt_out_type:
                _help(message, said, now)
            _ask(message, "reply", WANTS_HELP, now)
        case _:
            _put_before_people(message, READ_IT, now)


def _with_provider(said: OptOut, text: InboundText) -> OptOut:
    """What a provider took for a keyword is one; it blocks the whole number, whatever the words were about."""
    told = _TOLD.get(text.opt_out_type)
    if told is None:
        return said
    is_whole = said.is_whole or (said.wish is Wish.NONE and len(text.text.split()) <= KEYWORD_WORDS)
    scope = said.scope if said.scope is Scope.EVERYTHING else Scope.TEXTS
    return replace(said, wish=told, scope=scope, is_whole=is_whole)


def _confirms(message: Message, said: OptOut, is_whole: bool, now: datetime) -> bool:
    """Whether this is the YES that a form of this number waits for."""
    is_yes = (said.wish is Wish.START and is_whole) or message.body.strip(" .!").casefold() in _SPANISH_YES
    return is_yes and confirm_requests(practice_id=message.practice_id, phone=message.address, now=now)


def _has_stopped(message: Message) -> bool:
    return is_stopped(ended_at(message.practice_id, [message.address])[message.address])


def _help(message: Message, said: OptOut, now: datetime) -> None:
    practice = practice_facts(Practice.objects.get(pk=message.practice_id))
    notice = NewNotice(
        kind=NoticeKind.HELP,
        address=message.address,
        body=help_text(practice, said),
        client_id=message.client_id,
        cause_id=message.pk,
    )
    plan_notices(practice_id=message.practice_id, notices=[notice], now=now)


def _put_before_people(message: Message, reason: str, now: datetime) -> None:
    """Everything automatic holds until somebody has read it."""
    Client.objects.filter(practice=message.practice_id, phone=message.address).update(reply_waiting_since=now)
    _ask(message, "reply", reason, now, is_urgent=True)


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
