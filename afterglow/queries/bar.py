"""What the bar shows on every screen: the practice and the two counts that call for somebody."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from afterglow.models import Alarm, Practice, Task, Visit
from afterglow.queries.words import QUESTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    practice_name: str
    is_demo: bool
    waiting: int
    not_covered: int
    has_urgent: bool
    alarms: int


def bar_of(practice_id: int) -> tuple[Practice, Bar]:
    """The practice and its bar. One query."""
    tasks = Task.objects.filter(practice=OuterRef("pk"), closed_at=None)
    uncovered = Visit.objects.filter(practice=OuterRef("pk"), coverage=Visit.Coverage.NOT_COVERED)
    people = tasks.filter(Q(is_urgent=True) | Q(kind__in=QUESTIONS))
    practice = Practice.objects.annotate(
        alarms=_count(Alarm.objects.filter(practice=OuterRef("pk"), closed_at=None).exclude(kind="test")),
        waiting=_count(people),
        urgent=_count(tasks.filter(is_urgent=True)),
        uncovered=_count(uncovered),
    ).get(pk=practice_id)
    return practice, Bar(
        practice_name=practice.name,
        is_demo=practice.is_demo,
        waiting=practice.waiting,
        not_covered=practice.uncovered,
        has_urgent=practice.urgent > 0,
        alarms=practice.alarms,
    )


def _count(rows: object) -> Coalesce:
    counted = rows.order_by().values("practice").annotate(n=Count("pk")).values("n")  # type: ignore[attr-defined]
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
