"""Plan messages outside every follow-up plan. The worker sends them first, within seconds."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from afterglow.actions.address_facts import address_facts
from afterglow.models import Notice
from afterglow.models.scope import practice_scope
from afterglow.rules.decisions import Skip
from afterglow.rules.facts import Channel
from afterglow.rules.notices import LASTS, NoticeKind, may_send_notice


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """What to say to which number or mailbox, and what it answers."""

    kind: NoticeKind
    address: str
    body: str
    channel: Channel = Channel.SMS
    subject: str = ""
    client_id: int | None = None
    cause_id: int | None = None  # the message of a client that it answers
    valid_until: datetime | None = None  # when not given: as long as its kind lasts


@dataclass(frozen=True, slots=True)
class PlannedNotice:
    """A notice as a row. `refusal` says why it will never go out; empty when it may."""

    notice_id: int
    refusal: str = ""


def plan_notices(*, practice_id: int, notices: Iterable[NewNotice], now: datetime) -> list[PlannedNotice]:
    """Each as a row: to be sent at once, or skipped with the reason. Decided again when it is sent.

    Whoever plans wakes the worker, else its next round finds them.
    """
    with practice_scope(practice_id):
        return [_plan(practice_id, notice, now) for notice in notices]


def _plan(practice_id: int, new: NewNotice, now: datetime) -> PlannedNotice:
    valid_until = new.valid_until or now + LASTS[new.kind]
    line = (new.channel, new.address)
    answer = may_send_notice(
        new.kind,
        channel=new.channel,
        cause=new.cause_id,
        valid_until=valid_until,
        address=address_facts(practice_id=practice_id, lines=[line], now=now)[line],
        now=now,
    )
    refusal = answer.reason if isinstance(answer, Skip) else ""
    notice = Notice.objects.create(
        practice_id=practice_id,
        kind=new.kind.value,
        client_id=new.client_id,
        cause_id=new.cause_id,
        channel=new.channel.value,
        address=new.address,
        subject=new.subject,
        body=new.body,
        state=answer.end.value if isinstance(answer, Skip) else Notice.State.PLANNED,
        reason=refusal,
        due_at=now,
        valid_until=valid_until,
        token=secrets.token_urlsafe(16),
        created_at=now,
        ended_at=now if isinstance(answer, Skip) else None,
    )
    return PlannedNotice(notice.pk, refusal)
