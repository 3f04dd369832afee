"""Whether the machine is alive and what a practice has waiting, as the rules and the screens see it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from procrastinate.contrib.django.models import ProcrastinateWorker

from afterglow.models.messages import Attempt, Message
from afterglow.models.plans import Touch
from afterglow.models.practice import Outage, Practice, Source
from afterglow.models.visits import RawEvent, Visit
from afterglow.models.work import Heartbeat, Task
from afterglow.rules.alarms import ChannelHour, HealthFacts, MachineFacts, OutageFacts, SourceFacts

IN_DOUBT_AFTER = timedelta(minutes=1)  # younger ones are just being sent
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
FAILED = (Message.Status.FAILED,)
SETTLED = (Message.Status.ACCEPTED, Message.Status.DELIVERED, Message.Status.FAILED)


def machine_facts() -> MachineFacts:
    """When each part was last alive; of several workers, any one. Two queries, the same for every practice."""
    beats = dict(Heartbeat.objects.filter(part__in=["scheduler", "watcher"]).values_list("part", "at"))
    worker = ProcrastinateWorker.objects.aggregate(at=Max("last_heartbeat"))["at"]
    return MachineFacts(scheduler_at=beats.get("scheduler"), worker_at=worker, watcher_at=beats.get("watcher"))


def health_facts(*, practice_id: int, machine: MachineFacts, now: datetime) -> HealthFacts:
    """Everything an alarm of this practice can be about. Four queries. Inside a practice scope."""
    waiting = _waiting(practice_id, now)
    outages = Outage.objects.filter(practice=practice_id, ended_at=None).order_by("channel")
    sources = Source.objects.filter(practice=practice_id).order_by("pk")
    return HealthFacts(
        machine=machine,
        **waiting,
        outages=tuple(OutageFacts(**row) for row in outages.values(*_OUTAGE)),
        sources=tuple(SourceFacts(**row) for row in sources.values(*_SOURCE)),
        last_hour=_last_hour(practice_id, now),
    )


_OUTAGE = ("channel", "provider", "reason", "tries", "began_at", "retry_at")
_SOURCE = ("id", "name", "created_at", "last_event_at")


def _waiting(practice_id: int, now: datetime) -> dict[str, Any]:
    """The numbers that are one row: each from the beginning or the end of an index."""
    due = Touch.objects.filter(practice=OuterRef("pk"), state=Touch.State.PLANNED, due_at__lte=now)
    doubtful = Attempt.objects.filter(practice=OuterRef("pk"), finished_at=None, started_at__lt=now - IN_DOUBT_AFTER)
    doubtful = doubtful.filter(state__in=[Attempt.State.INTENT, Attempt.State.UNKNOWN])
    unread = RawEvent.objects.filter(practice=OuterRef("pk"), processed_at=None)
    out = Message.objects.filter(practice=OuterRef("pk"), direction=Message.Direction.OUT)
    visits = Visit.objects.filter(practice=OuterRef("pk"))
    asked = Task.objects.filter(practice=OuterRef("pk"), closed_at=None, kind="event", opened_at__gte=now - A_DAY)
    row = (
        Practice.objects.filter(pk=practice_id)
        .annotate(
            due=_count(due),
            oldest_due_at=_first(due, "due_at"),
            last_out_at=_first(out, "at", newest=True),
            last_visit_at=_first(visits, "reported_at", newest=True),
            unknown=_count(doubtful),
            oldest_unknown_at=_first(doubtful, "started_at"),
            unread=_count(unread),
            oldest_unread_at=_first(unread, "received_at"),
            unreadable=_count(asked),
        )
        .values(*_WAITING)
        .get()
    )
    return dict(row)


_WAITING = (
    "due", "oldest_due_at", "last_out_at", "last_visit_at", "unknown", "oldest_unknown_at",
    "unread", "oldest_unread_at", "unreadable",
)  # fmt: skip


def _last_hour(practice_id: int, now: datetime) -> tuple[ChannelHour, ...]:
    out = Message.objects.filter(practice=practice_id, direction=Message.Direction.OUT, at__gte=now - AN_HOUR)
    rows = (
        out.filter(status__in=SETTLED)
        .order_by("channel")
        .values("channel")
        .annotate(settled=Count("pk"), failed=Count("pk", filter=Q(status__in=FAILED)))
    )
    return tuple(ChannelHour(**row) for row in rows)


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("practice").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _first(rows: QuerySet[Any], field: str, *, newest: bool = False) -> Subquery:
    order = F(field).desc() if newest else F(field).asc()
    return Subquery(rows.order_by(order).values(field)[:1])
