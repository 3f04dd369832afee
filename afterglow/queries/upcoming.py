"""What will go out in the next two weeks, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, DateField, F, Q, QuerySet
from django.db.models.functions import TruncDate

from afterglow.models import Practice, ProtocolVersion, Touch
from afterglow.models.practice_facts import protocols_by_id
from afterglow.queries.forecasts import Forecast, forecasts
from afterglow.queries.words import FUNCTIONS, excerpt, treatment_label, why_planned
from afterglow.rules.facts import Channel, TreatmentFacts
from afterglow.rules.timing import end_of_day, local_day

DAYS = 14
PER_PAGE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class UpcomingRow:
    touch_id: int
    client_id: int
    name: str
    plan: str
    function: str
    at: datetime
    forecast: Forecast
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpcomingDay:
    on: date
    rows: Sequence[UpcomingRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    on: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    days: Sequence[UpcomingDay]
    counts: Sequence[DayCount]
    total: int
    page: int
    has_next: bool


def upcoming(practice: Practice, *, function: str, channel: str, on: date | None, page: int, now: datetime) -> Upcoming:
    """A page of the planned messages of two weeks, each with its forecast, and how many there are each day.

    What is held to the end of its time by a booking or an open question is no message to expect: the client's own line
    of time has it.
    """
    today = local_day(now, practice.timezone)
    end = end_of_day(today + timedelta(days=DAYS - 1), practice.timezone)
    planned = Touch.objects.filter(
        practice=practice, state=Touch.State.PLANNED, due_at__lte=end, due_at__lt=F("valid_until")
    )
    if function:
        planned = planned.filter(function=function)
    if channel:
        planned = planned.filter(_goes_by(practice, Channel(channel)))
    counts = _counts(planned, practice, today)
    if on is not None:
        first = end_of_day(on - timedelta(days=1), practice.timezone)
        planned = planned.filter(due_at__lte=end_of_day(on, practice.timezone))
        planned = planned if on == today else planned.filter(due_at__gt=first)
    start = (page - 1) * PER_PAGE
    ordered = planned.select_related("client", "plan__visit").order_by("due_at", "pk")
    touches = list(ordered[start : start + PER_PAGE + 1])
    shown = touches[:PER_PAGE]
    told = forecasts(practice, shown, now=now)
    rows = [_row(t, told[t.pk], practice) for t in shown]
    days = groupby(rows, key=lambda row: max(local_day(row.at, practice.timezone), today))
    return Upcoming(
        days=tuple(UpcomingDay(on=day, rows=tuple(group)) for day, group in days),
        counts=counts,
        total=sum(c.count for c in counts if on in (None, c.on)),
        page=page,
        has_next=len(touches) > PER_PAGE,
    )


def _goes_by(practice: Practice, channel: Channel) -> Q:
    """The touches whose step prefers this channel; what a client has allowed is known only when it is decided."""
    found = Q(pk=None)
    versions = ProtocolVersion.objects.filter(practice=practice).values_list("pk", flat=True)
    for version_id, protocol in protocols_by_id(practice, versions).items():
        steps = [s.key for s in protocol.steps if s.channels[:1] == (channel,)]
        if steps:
            found |= Q(plan__protocol=version_id, step__in=steps)
    return found


def _counts(planned: QuerySet[Touch, Any], practice: Practice, today: date) -> tuple[DayCount, ...]:
    """Every day of the two weeks; what is overdue counts for today."""
    local = TruncDate("due_at", tzinfo=ZoneInfo(practice.timezone), output_field=DateField())
    counted = dict(planned.annotate(on=local).order_by().values_list("on").annotate(n=Count("pk")))
    overdue = sum(n for day, n in counted.items() if day < today)
    days = [today + timedelta(days=n) for n in range(DAYS)]
    return tuple(DayCount(on=d, count=counted.get(d, 0) + (overdue if d == today else 0)) for d in days)


def _row(touch: Touch, told: Forecast, practice: Practice) -> UpcomingRow:
    plan = touch.plan
    treatment = TreatmentFacts(family=plan.family, brand=plan.brand, area=plan.area)
    return UpcomingRow(
        touch_id=touch.pk,
        client_id=touch.client_id,
        name=touch.client.name,
        plan=treatment_label(treatment),
        function=FUNCTIONS[touch.function],
        at=touch.due_at,
        forecast=told,
        words=excerpt(told.subject or told.text) or why_planned(touch, practice),
    )
