"""Performed visits that nobody follows up, each with its reason. None is ever left out silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, Max, Min, OuterRef, QuerySet

from afterglow.models import ImportBatch, Practice, Task, Treatment, Visit
from afterglow.models.visit_facts import treatments_of
from afterglow.queries.words import treatments_label

PER_LIST = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownService:
    """A service name that nobody has explained yet. `code` is part of what it is remembered by."""

    service: str
    code: str
    visits: int
    last_on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingArea:
    visit_id: int
    client_id: int
    name: str
    visit_on: date
    service: str
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    visit_id: int
    client_id: int
    name: str
    visit_on: date
    treatments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentHistory:
    batch_id: int
    filename: str
    imported_at: datetime
    visits: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why visits have no follow-up, and how many of them."""

    reason: str
    visits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UncoveredPage:
    reason: str
    rows: Sequence[Uncovered]
    total: int
    has_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCovered:
    services: Sequence[UnknownService]
    more_services: int
    areas: Sequence[MissingArea]
    more_areas: int
    reasons: Sequence[Reason]
    reasons_total: int
    histories: Sequence[SilentHistory]
    quiet: Sequence[Reason]
    quiet_total: int

    @property
    def is_empty(self) -> bool:
        return not (self.services or self.areas or self.reasons or self.histories)


def not_covered(practice: Practice) -> NotCovered:
    """All that has no follow-up, grouped by what can be done about it. Seven queries."""
    services, more_services = _services(practice)
    areas, more_areas = _areas(practice)
    reasons = _reasons(_unexplained(practice))
    quiet = _reasons(Visit.objects.filter(practice=practice, coverage=Visit.Coverage.NO_FOLLOW_UP))
    return NotCovered(
        services=services,
        more_services=more_services,
        areas=areas,
        more_areas=more_areas,
        reasons=reasons,
        reasons_total=sum(r.visits for r in reasons),
        histories=_histories(practice),
        quiet=quiet[:PER_LIST],
        quiet_total=sum(q.visits for q in quiet),
    )


def uncovered_for(practice: Practice, reason: str, *, page: int) -> UncoveredPage:
    """A page of the visits that have no follow-up for this reason, newest first."""
    visits = _unexplained(practice).filter(coverage_reason=reason)
    start = (page - 1) * PER_LIST
    found = list(visits.select_related("client").order_by("-ended_at", "pk")[start : start + PER_LIST + 1])
    shown = found[:PER_LIST]
    treatments = treatments_of(practice, [v.pk for v in shown])
    rows = tuple(
        Uncovered(
            visit_id=v.pk,
            client_id=v.client_id,
            name=v.client.name,
            visit_on=v.visit_on,
            treatments=treatments_label(treatments.get(v.pk, ())),
        )
        for v in shown
    )
    return UncoveredPage(reason=reason, rows=rows, total=visits.count(), has_next=len(found) > PER_LIST)


def _services(practice: Practice) -> tuple[tuple[UnknownService, ...], int]:
    asked = Treatment.objects.filter(practice=practice, decision="ask", visit__status=Visit.Status.COMPLETED)
    rows = (
        asked.values_list("service", "code")
        .annotate(visits=Count("visit", distinct=True), last_on=Max("visit__visit_on"), why=Max("reason"))
        .order_by("-visits", "service")
    )
    found = [
        UnknownService(service=service, code=code, visits=visits, last_on=last_on, reason=why)
        for service, code, visits, last_on, why in rows
    ]
    return tuple(found[:PER_LIST]), max(len(found) - PER_LIST, 0)


def _areas(practice: Practice) -> tuple[tuple[MissingArea, ...], int]:
    tasks = Task.objects.filter(practice=practice, kind="area", closed_at=None).exclude(visit=None)
    shown = list(tasks.select_related("visit__client").order_by("opened_at", "pk")[: PER_LIST + 1])
    services = treatments_of(practice, [t.visit_id for t in shown if t.visit_id])
    rows = [
        MissingArea(
            visit_id=visit.pk,
            client_id=visit.client_id,
            name=visit.client.name,
            visit_on=visit.visit_on,
            service=", ".join(s.service for s in services.get(visit.pk, ()) if s.family == "ha_filler"),
            provider=visit.provider,
        )
        for visit in (t.visit for t in shown)
        if visit is not None
    ]
    more = tasks.count() - PER_LIST if len(rows) > PER_LIST else 0
    return tuple(rows[:PER_LIST]), more


def _unexplained(practice: Practice) -> QuerySet[Visit]:
    """Not covered for another reason than an unknown service: a plan that is off, or somebody we cannot reach."""
    asked = Treatment.objects.filter(practice=practice, decision="ask", visit=OuterRef("pk"))
    return Visit.objects.filter(~Exists(asked), practice=practice, coverage=Visit.Coverage.NOT_COVERED)


def _reasons(visits: QuerySet[Visit]) -> list[Reason]:
    rows = visits.values_list("coverage_reason").annotate(n=Count("pk")).order_by("-n", "coverage_reason")
    return [Reason(reason=reason, visits=n) for reason, n in rows]


def _histories(practice: Practice) -> tuple[SilentHistory, ...]:
    silent = Visit.objects.filter(practice=practice, coverage=Visit.Coverage.HISTORY).exclude(batch=None)
    counts = {
        batch: (n, first, last)
        for batch, n, first, last in silent.values_list("batch").annotate(
            n=Count("pk"), first=Min("visit_on"), last=Max("visit_on")
        )
    }
    batches = ImportBatch.objects.filter(practice=practice, pk__in=counts).order_by("-imported_at")
    return tuple(
        SilentHistory(
            batch_id=b.pk,
            filename=b.filename,
            imported_at=b.imported_at,
            visits=counts[b.pk][0],
            first_on=counts[b.pk][1],
            last_on=counts[b.pk][2],
        )
        for b in batches
    )
