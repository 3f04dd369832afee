"""Send the notices that are due: decide again, commit `sending`, call the provider, write the answer.

They go before every planned message: somebody has just written, and waits. What a crash leaves behind is asked about
(`settle_notices`), never sent again on a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from afterglow.actions.address_facts import address_facts
from afterglow.actions.call_for_notices import NoticeCall, make_calls
from afterglow.actions.patience import DEFAULT, Patience
from afterglow.actions.record_notices import record_notices
from afterglow.actions.settle_notices import settle_notices
from afterglow.channels.contract import OutgoingMessage, Sender
from afterglow.models import Message, Notice
from afterglow.models.holds import open_holds
from afterglow.models.scope import practice_scope
from afterglow.rules.decisions import End, Send, Skip, Wait
from afterglow.rules.facts import Channel, Hold
from afterglow.rules.notices import AddressFacts, NoticeKind, may_send_notice

BATCH = 50
ROUND = timedelta(seconds=20)  # then the messages of plans have their turn


def send_notices(
    *,
    practice_id: int,
    senders: Mapping[Channel, Sender],
    clock: Callable[[], datetime],
    patience: Patience = DEFAULT,
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """How many of a practice's due notices were handed over. Told to stop, it finishes what it claimed.

    Any number of workers may call it at once: each takes what no other has taken.
    """
    now = clock()
    if not _is_any_due(practice_id, now):
        return 0
    settle_notices(practice_id=practice_id, senders=senders, clock=clock, patience=patience)
    handed_over, ends_at = 0, now + ROUND
    is_more = True
    while is_more and not should_stop() and clock() < ends_at:
        claim = _claim(practice_id, senders, patience, clock())
        if claim.calls:
            outcomes = make_calls(claim.calls, senders, patience=patience, clock=clock)
            record_notices(practice_id=practice_id, outcomes=outcomes, now=clock())
        handed_over += len(claim.calls)
        is_more = claim.seen == BATCH
    return handed_over


def _is_any_due(practice_id: int, now: datetime) -> bool:
    with practice_scope(practice_id):
        open_ones = Notice.objects.filter(practice=practice_id, state__in=["planned", "sending"])
        return open_ones.filter(due_at__lte=now).exists()


@dataclass(frozen=True, slots=True)
class _Claim:
    seen: int
    calls: Sequence[NoticeCall]


def _claim(practice_id: int, senders: Mapping[Channel, Sender], patience: Patience, now: datetime) -> _Claim:
    """Decide a batch; what may go out is committed as `sending`, each with the message that it will be."""
    with practice_scope(practice_id):
        planned = Notice.objects.filter(practice=practice_id, state=Notice.State.PLANNED, due_at__lte=now)
        notices = list(planned.order_by("due_at", "pk").select_for_update(skip_locked=True)[:BATCH])
        lines = {(Channel(n.channel), n.address) for n in notices}
        facts = address_facts(practice_id=practice_id, lines=lines, now=now) if notices else {}
        holds = open_holds(practice_id) if notices else {}
        calls = []
        for notice in notices:
            known = facts[Channel(notice.channel), notice.address]
            answer = _decided(notice, known, holds, senders, now)
            if isinstance(answer, Send):
                calls.append(_begin(notice, patience, now))
            else:
                _put_off(notice, answer, now)
            notice.save()
        return _Claim(len(notices), calls)


def _decided(
    notice: Notice,
    known: AddressFacts,
    holds: Mapping[Channel, Hold],
    senders: Mapping[Channel, Sender],
    now: datetime,
) -> Send | Wait | Skip:
    channel = Channel(notice.channel)
    if channel not in senders:
        return Skip("no sender is set up for it", end=End.FAILED)
    return may_send_notice(
        NoticeKind(notice.kind),
        channel=channel,
        cause=notice.cause_id,
        valid_until=notice.valid_until,
        address=replace(known, earlier=tuple(e for e in known.earlier if e.id < notice.pk)),
        hold=holds.get(channel),
        now=now,
    )


def _put_off(notice: Notice, answer: Wait | Skip, now: datetime) -> None:
    notice.reason = answer.reason
    if isinstance(answer, Wait):
        notice.due_at = answer.until
    else:
        notice.state, notice.ended_at = Notice.State(answer.end.value), now


def _begin(notice: Notice, patience: Patience, now: datetime) -> NoticeCall:
    notice.state, notice.reason = Notice.State.SENDING, ""
    notice.tries += 1
    notice.started_at, notice.due_at = now, now + patience.grace  # nobody looks at it before
    notice.code = notice.detail = ""
    message = Message.objects.create(
        practice_id=notice.practice_id,
        client_id=notice.client_id,
        notice=notice,
        direction=Message.Direction.OUT,
        channel=notice.channel,
        address=notice.address,
        subject=notice.subject,
        body=notice.body,
        status=Message.Status.SENDING,
        at=now,
    )
    outgoing = OutgoingMessage(
        token=notice.token,
        to=notice.address,
        text=notice.body,
        subject=notice.subject,
        created_at=now,
        expires_at=notice.valid_until,
    )
    return NoticeCall(
        notice_id=notice.pk,
        message_id=message.pk,
        tries=notice.tries,
        channel=Channel(notice.channel),
        outgoing=outgoing,
    )
