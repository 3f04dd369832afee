"""What an imported history would say if it were approved now: how many messages, on which days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from afterglow.models import Client, ImportBatch, Practice, Visit
from afterglow.models.practice_facts import practice_facts, protocol_book
from afterglow.models.standing import recipient_of
from afterglow.models.visit_facts import running_plans, visits_of
from afterglow.queries.upcoming import DayCount
from afterglow.rules.drip import Backlog, spread
from afterglow.rules.facts import Function, PlanFacts, VisitFacts
from afterglow.rules.planning import PlanDraft, VisitPlanning, plan_visit
from afterglow.rules.scheduling import TouchDraft
from afterglow.rules.timing import local_day

STILL_SPEAKS = timedelta(days=430)  # no step of any plan lies further from its visit than this


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    first_on: date
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryForecast:
    """At most so many: consents, bookings and replies are looked at again on the day each message is due."""

    batch_id: int
    filename: str
    visits: int
    clients: int
    messages: int
    per_day: int
    first_on: date | None
    busiest: int
    next_days: Sequence[DayCount]
    months: Sequence[MonthCount]
    is_approved: bool


def history_forecast(practice: Practice, batch_id: int, *, now: datetime) -> HistoryForecast:
    """The forecast of one import. Nothing is written; ImportBatch.DoesNotExist when there is no such import."""
    batch = ImportBatch.objects.get(practice=practice, pk=batch_id)
    silent = Visit.objects.filter(practice=practice, batch=batch, coverage=Visit.Coverage.HISTORY)
    speaking = dict(silent.filter(ended_at__gt=now - STILL_SPEAKS).values_list("pk", "client_id"))
    touches = _planned(practice, speaking, now)
    by_day = Counter(local_day(t.due_at, practice.timezone) for t in touches)
    today = local_day(now, practice.timezone)
    by_month = Counter(day.replace(day=1) for day in by_day.elements())
    return HistoryForecast(
        batch_id=batch.pk,
        filename=batch.filename,
        visits=silent.count(),
        clients=len(set(speaking.values())),
        messages=len(touches),
        per_day=practice.history_per_day,
        first_on=min(by_day, default=None),
        busiest=max(by_day.values(), default=0),
        next_days=tuple(DayCount(on=day, count=by_day[day]) for day in (today + timedelta(days=n) for n in range(14))),
        months=tuple(MonthCount(first_on=m, messages=by_month[m]) for m in sorted(by_month)),
        is_approved=batch.history_approved_at is not None,
    )


def _planned(practice: Practice, silent: dict[int, int], now: datetime) -> list[TouchDraft]:
    """The touches that approval would plan, at the practice's daily drip."""
    facts, book = practice_facts(practice), protocol_book(practice).protocols
    ids = set(silent.values())
    clients = {c.pk: c for c in Client.objects.filter(practice=practice, pk__in=ids)}
    visits, running = visits_of(practice, ids), running_plans(practice, ids)
    wanted = {str(pk) for pk in silent}
    backlog = Backlog(per_day=practice.history_per_day)
    found: list[TouchDraft] = []
    for client_id in ids:
        plans = _Plans(running[client_id])
        for visit in [v for v in visits[client_id] if v.id in wanted]:
            plans.add(
                visit,
                plan_visit(
                    visit,
                    others=[v for v in visits[client_id] if v.id != visit.id],
                    running=plans.facts,
                    book=book,
                    practice=facts,
                    recipient=recipient_of(clients[client_id]),
                    now=now,
                    is_history=True,
                ),
            )
        found += [t for t in (spread(t, backlog, zone=facts.timezone) for t in plans.touches()) if not t.dropped]
    return found


class _Plans:
    """The plans of one client as they start and end each other."""

    def __init__(self, running: Sequence[PlanFacts]) -> None:
        self.facts = list(running)
        self._drafts: list[tuple[str, PlanDraft]] = []
        self._ended: dict[str, set[Function]] = defaultdict(set)

    def add(self, visit: VisitFacts, planning: VisitPlanning) -> None:
        for stop in planning.stops:
            self._ended[stop.plan_id] |= stop.functions
        for draft in planning.plans:
            key = f"new {len(self._drafts)}"
            self._drafts.append((key, draft))
            self.facts.append(draft.running(plan_id=key, visit=visit))

    def touches(self) -> Iterable[TouchDraft]:
        for key, draft in self._drafts:
            yield from (t for t in draft.touches if not t.dropped and t.function not in self._ended[key])
