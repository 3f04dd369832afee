"""Write down what the providers answered to notices, and what becomes of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from afterglow.actions.address_faults import NewFault, mark_addresses
from afterglow.actions.call_for_notices import Called, NoticeCall
from afterglow.actions.earlier_tries import code_of
from afterglow.actions.lane import NOT_HANDED_OVER
from afterglow.actions.revoke_consents import revoke_number
from afterglow.channels.contract import RETRYABLE, Accepted, Refused, Unknown
from afterglow.channels.refusal_words import why_refused
from afterglow.models import Message, Notice
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from afterglow.rules.notices import TOO_LATE, NoticeKind
from afterglow.rules.retrying import DOUBTFUL

PAUSES = tuple(timedelta(seconds=s) for s in (10, 30, 60, 120, 300))  # a confirmation has five minutes in all
ANSWERED_BY_THE_PROVIDER = "the provider blocks this number already, and answers a stop itself"


def record_notices(*, practice_id: int, outcomes: Sequence[Called], now: datetime) -> None:
    """Accepted: sent. Refused for now: again within its time. Refused for good: ended, with the reason. Unknown: asked.

    An answer that comes after its notice was settled changes nothing.
    """
    with practice_scope(practice_id):
        notices = under_way(practice_id, [call.notice_id for call, _ in outcomes])
        for call, outcome in outcomes:
            notice = notices.get(call.notice_id)
            if notice is None or notice.tries != call.tries:
                continue
            match outcome:
                case Accepted(provider_id=provider_id):
                    mark_sent(notice, provider_id, now)
                case Unknown(detail=detail):
                    notice.detail = detail
                    messages_of(notice).update(status=Message.Status.UNKNOWN)
                case Refused():
                    _refused(notice, call, outcome, now)
            notice.save()


def under_way(practice_id: int, ids: Collection[int]) -> dict[int, Notice]:
    """Those of these notices whose call is without an outcome, locked. Inside a practice scope."""
    found = Notice.objects.filter(practice=practice_id, pk__in=list(ids), state=Notice.State.SENDING)
    return {notice.pk: notice for notice in found.order_by("pk").select_for_update()}


def mark_sent(notice: Notice, provider_id: str, now: datetime) -> None:
    """The provider has it. The caller saves the notice."""
    notice.state, notice.reason, notice.ended_at = Notice.State.SENT, "", now
    notice.provider_id = provider_id
    messages_of(notice).update(status=Message.Status.ACCEPTED, provider_id=provider_id)


def plan_again(notice: Notice, reason: str, *, at: datetime, now: datetime) -> None:
    """What surely has not left leaves once more, if there is time. The caller saves the notice.

    A call that led to nothing leaves no message in the client's history.
    """
    messages_of(notice).delete()
    if at <= notice.valid_until:
        notice.state, notice.reason, notice.due_at = Notice.State.PLANNED, reason, at
    else:
        too_late = TOO_LATE[NoticeKind(notice.kind)]
        notice.state, notice.reason, notice.ended_at = Notice.State.EXPIRED, f"{reason}; {too_late}", now


def messages_of(notice: Notice) -> QuerySet[Message]:
    """The message of the call that is under way."""
    return Message.objects.filter(practice=notice.practice_id, notice=notice.pk)


def _refused(notice: Notice, call: NoticeCall, refusal: Refused, now: datetime) -> None:
    notice.code, notice.detail = code_of(refusal.kind, refusal.code), refusal.detail
    reason = why_refused(refusal.kind, refusal.code, call.channel)
    if refusal.code == NOT_HANDED_OVER:
        plan_again(notice, refusal.detail, at=now, now=now)
    elif refusal.kind in RETRYABLE | DOUBTFUL:
        pause = PAUSES[min(notice.tries, len(PAUSES)) - 1]
        plan_again(notice, reason, at=now + max(pause, refusal.retry_after or pause), now=now)
    elif refusal.kind == "opted_out" and notice.kind == NoticeKind.STOP_CONFIRMATION:
        messages_of(notice).delete()
        notice.state, notice.reason, notice.ended_at = Notice.State.SKIPPED, ANSWERED_BY_THE_PROVIDER, now
    else:
        is_over = refusal.kind == "expired"
        notice.state = Notice.State.EXPIRED if is_over else Notice.State.FAILED
        notice.reason, notice.ended_at = reason, now
        messages_of(notice).update(status=Message.Status.FAILED)
        _note_address(notice, call.channel, refusal, now)


def _note_address(notice: Notice, channel: Channel, refusal: Refused, now: datetime) -> None:
    """What a no tells about the number counts for every later message to it."""
    if refusal.kind == "invalid_address":
        fault = NewFault(channel=channel, address=notice.address, kind=refusal.kind, code=refusal.code)
        mark_addresses(practice_id=notice.practice_id, faults=[fault], now=now)
    elif refusal.kind == "opted_out" and channel is not Channel.EMAIL:
        revoke_number(
            practice_id=notice.practice_id,
            phone=notice.address,
            source="provider",
            evidence="the provider's notice",
            now=now,
        )
