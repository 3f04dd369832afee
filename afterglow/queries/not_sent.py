"""Messages that failed or whose time ended before they could go out, and that are nobody's task: each with its reason.

A failed message that a person should make up for is a task of its own on Today. What is left is grouped, so that an
outage over lunch is one line and not eighty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from afterglow.models import Client, Outage, Practice, Task, Touch
from afterglow.models.work import NOT_SENT_SEEN
from afterglow.queries.words import CHANNELS, FUNCTIONS
from afterglow.rules.facts import Function, Purpose

SHOWN_FOR = timedelta(days=7)
GROUPS = 6
PER_PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSentGroup:
    """Messages with the same purpose and the same reason. The client is named where it is only one."""

    function: str
    count: int
    reason: str
    remedy: str
    last_at: datetime
    client_id: int | None
    name: str
    outages: Sequence[OutageSpan]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageSpan:
    """When an account took nothing. Still so while `until` is empty."""

    channel: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    total: int
    last_at: datetime | None  # whoever presses “Seen” has seen them up to here
    groups: Sequence[NotSentGroup]

    @property
    def more(self) -> int:
        return self.total - sum(group.count for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSentRow:
    touch_id: int
    client_id: int
    name: str
    function: str
    reason: str
    remedy: str
    ended_at: datetime


def not_sent(practice: Practice, *, now: datetime) -> NotSent:
    """What has not been seen yet, in groups, the largest first. Three queries at most."""
    rows = _counted(practice, now)
    shown = rows[:GROUPS]
    names = _names(practice, {row["one"] for row in shown if row["count"] == 1})
    outages = _outages(practice, rows)
    return NotSent(
        total=sum(row["count"] for row in rows),
        last_at=max((row["last_at"] for row in rows), default=None),
        groups=tuple(_group(row, names, outages) for row in shown),
    )


def not_sent_page(practice: Practice, *, page: int, now: datetime) -> tuple[Sequence[NotSentRow], bool]:
    """Those of the last week one by one, seen or not, the newest first, and whether another page follows."""
    touches = _recent(practice, now).select_related("client").order_by("-ended_at", "-pk")
    found = list(touches[(page - 1) * PER_PAGE : page * PER_PAGE + 1])
    rows = tuple(
        NotSentRow(
            touch_id=touch.pk,
            client_id=touch.client_id,
            name=touch.client.name,
            function=FUNCTIONS[touch.function],
            reason=_sentence(touch.reason),
            remedy=_remedy(touch.function, touch.state),
            ended_at=touch.ended_at or now,
        )
        for touch in found[:PER_PAGE]
    )
    return rows, len(found) > PER_PAGE


def _counted(practice: Practice, now: datetime) -> list[dict[str, Any]]:
    groups = (
        _unseen(practice, now)
        .order_by()
        .values("function", "state", "reason")
        .annotate(count=Count("pk"), first_at=Min("ended_at"), last_at=Max("ended_at"), one=Min("client"))
    )
    return [dict(group) for group in groups.order_by("-count", "-last_at")]


def _recent(practice: Practice, now: datetime) -> QuerySet[Touch]:
    asked = Task.objects.filter(practice=practice, client=OuterRef("client"), touch=OuterRef("pk"))
    return Touch.objects.filter(
        ~Exists(asked),
        practice=practice,
        state__in=[Touch.State.EXPIRED, Touch.State.FAILED],
        ended_at__gt=now - SHOWN_FOR,
    )


def _unseen(practice: Practice, now: datetime) -> QuerySet[Touch, Any]:
    seen = Task.objects.filter(practice=practice, client=None, kind=NOT_SENT_SEEN).order_by("-opened_at")
    since = Value(now - SHOWN_FOR)
    seen_until = Coalesce(Subquery(seen.values("opened_at")[:1]), since)
    return _recent(practice, now).filter(ended_at__gt=Greatest(seen_until, since))


def _names(practice: Practice, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {client.pk: client.name for client in Client.objects.filter(practice=practice, pk__in=ids)}


def _outages(practice: Practice, rows: Sequence[dict[str, Any]]) -> Sequence[Outage]:
    if not rows:
        return ()
    first = min(row["first_at"] for row in rows)
    overlapping = Q(ended_at=None) | Q(ended_at__gte=first)
    return tuple(Outage.objects.filter(overlapping, practice=practice).order_by("began_at"))


def _group(row: dict[str, Any], names: dict[int, str], outages: Sequence[Outage]) -> NotSentGroup:
    client_id = row["one"] if row["count"] == 1 else None
    return NotSentGroup(
        function=FUNCTIONS[row["function"]],
        count=row["count"],
        reason=_sentence(row["reason"]),
        remedy=_remedy(row["function"], row["state"]),
        last_at=row["last_at"],
        client_id=client_id,
        name=names.get(client_id, "") if client_id else "",
        outages=tuple(
            OutageSpan(channel=CHANNELS[outage.channel], since=outage.began_at, until=outage.ended_at)
            for outage in outages
            if row["state"] == Touch.State.EXPIRED
            and outage.began_at <= row["last_at"]
            and (outage.ended_at is None or outage.ended_at >= row["first_at"])
        ),
    )


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}." if reason else "Its time ended before it could go out."


def _remedy(function: str, state: str) -> str:
    if Function(function).purpose is Purpose.CARE:
        return "Nothing is sent later. Call the client if you want to know how they are."
    if state == Touch.State.EXPIRED:
        return "Nothing to do: it is not sent late, and the follow-up plan goes on with its next message."
    return "Check the client’s contact data, and call if it matters."
