"""Ask the provider about every notice whose outcome a crash or a broken connection left open."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from afterglow.actions.ask_providers import Answer, Doubt, ask_providers
from afterglow.actions.patience import Patience
from afterglow.actions.record_notices import mark_sent, messages_of, plan_again, under_way
from afterglow.actions.resolve_unknown import NOT_ASKED
from afterglow.actions.settle_doubts import GIVE_UP, NOT_LISTED, SECOND_LOOK
from afterglow.channels.contract import Absent, CannotTell, Found, OutgoingMessage, Sender
from afterglow.models import Message, Notice, SenderAccount
from afterglow.models.holds import open_holds
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel

BATCH = 100
ASK_AGAIN = timedelta(seconds=30)
INTERRUPTED = "an interruption came between; the provider says that nothing went out"
NOBODY_CAN_TELL = "nobody can tell whether it arrived; it is not sent a second time"


def settle_notices(
    *, practice_id: int, senders: Mapping[Channel, Sender], clock: Callable[[], datetime], patience: Patience
) -> int:
    """How many open calls were settled, by the rules of `resolve_unknown`: found is sent, absent at the second look is
    sent again while there is time, and what nobody can tell for an hour stays unknown. Never a blind resend.
    """
    now = clock()
    with practice_scope(practice_id):
        sending = Notice.objects.filter(practice=practice_id, state=Notice.State.SENDING, due_at__lte=now)
        doubtful = list(sending.filter(started_at__lte=now - patience.grace).order_by("due_at")[:BATCH])
        if not doubtful:
            return 0
        resting = {channel for channel, hold in open_holds(practice_id).items() if hold.retry_at > now}
        asked = _of_these_accounts(practice_id, [n for n in doubtful if Channel(n.channel) in senders.keys() - resting])
        doubts = _doubts(practice_id, asked)
    answers = asyncio.run(ask_providers(doubts, senders, now=now)) if doubts else []
    by_id: dict[int, Answer] = {n.pk: answer for n, answer in zip(asked, answers, strict=True)}
    with practice_scope(practice_id):
        taken: set[str] = set()
        still_open = under_way(practice_id, [n.pk for n in doubtful])
        for former in doubtful:
            notice = still_open.get(former.pk)
            if notice is not None and notice.tries == former.tries:
                able = senders.get(Channel(notice.channel))
                _settle(notice, by_id.get(notice.pk, NOT_ASKED), able, taken, patience, clock())
                notice.save()
        return sum(n.state != Notice.State.SENDING for n in still_open.values())


def _of_these_accounts(practice_id: int, notices: Sequence[Notice]) -> list[Notice]:
    """Those that left by the accounts of today: any other would swear that they are absent."""
    since = dict(SenderAccount.objects.filter(practice=practice_id).values_list("channel", "created_at"))
    return [n for n in notices if n.channel not in since or (n.started_at or n.created_at) >= since[n.channel]]


def _doubts(practice_id: int, notices: Sequence[Notice]) -> list[Doubt]:
    """What each is asked by. It is not repeated under its token: the number may have stopped since."""
    if not notices:
        return []
    oldest = min(n.created_at for n in notices)
    sent = Message.objects.filter(
        practice=practice_id,
        address__among={n.address for n in notices},
        direction=Message.Direction.OUT,
        at__gt=oldest - timedelta(days=1),
    ).exclude(provider_id="")
    ids: dict[str, set[str]] = defaultdict(set)
    for address, provider_id in sent.values_list("address", "provider_id"):
        ids[address].add(provider_id)
    return [Doubt(channel=Channel(n.channel), message=_as_sent(n), but_not=frozenset(ids[n.address])) for n in notices]


def _as_sent(notice: Notice) -> OutgoingMessage:
    return OutgoingMessage(
        token=notice.token,
        to=notice.address,
        text=notice.body,
        subject=notice.subject,
        created_at=notice.started_at or notice.created_at,
        expires_at=notice.valid_until,
    )


def _settle(
    notice: Notice, answer: Answer, sender: Sender | None, taken: set[str], patience: Patience, now: datetime
) -> None:
    started_at = notice.started_at or notice.created_at
    match answer:
        case Found(provider_id=provider_id) if provider_id not in taken:
            taken.add(provider_id)
            mark_sent(notice, provider_id, now)
        case Absent() if notice.code == NOT_LISTED and now - started_at >= patience.grace * SECOND_LOOK:
            plan_again(notice, INTERRUPTED, at=now, now=now)
        case Absent():  # a list may lag behind what its provider took
            notice.code = NOT_LISTED
            notice.due_at = started_at + patience.grace * SECOND_LOOK
        case CannotTell() if _is_over(sender, started_at, now):
            notice.state, notice.reason, notice.ended_at = Notice.State.UNKNOWN, NOBODY_CAN_TELL, now
            messages_of(notice).update(status=Message.Status.UNKNOWN)
        case _:
            notice.due_at = now + ASK_AGAIN


def _is_over(sender: Sender | None, started_at: datetime, now: datetime) -> bool:
    """Whether asking on is of no use: nobody will ever tell, or for an hour nobody could."""
    able = sender.capabilities if sender is not None else None
    return now - started_at > GIVE_UP or (able is not None and not (able.has_look_up or able.has_callbacks))
