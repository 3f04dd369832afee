"""All that a batch of planned visits writes: plans, touches, stops, tasks, remarks and what became of each visit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from afterglow.actions.desk import Desk
from afterglow.actions.leave_remarks import NewRemark, leave_remarks
from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.actions.review_reach import why_unreachable
from afterglow.models import Plan, Touch, Visit
from afterglow.models.bulk import Row, insert_rows, reserve_ids, update_rows
from afterglow.models.client_facts import Person
from afterglow.models.standing import Standing
from afterglow.rules.drip import Backlog, spread
from afterglow.rules.facts import Function, PlanFacts, VisitFacts
from afterglow.rules.planning import PlanDraft, Stop, VisitPlanning
from afterglow.rules.scheduling import TouchDraft

PLAN_COLUMNS = (
    "id", "practice", "client", "visit", "protocol", "treatment_class", "family", "brand", "area", "state",
    "stopped_reason", "created_at",
)  # fmt: skip
TOUCH_COLUMNS = (
    "practice", "client", "plan", "step", "function", "visit_on", "planned_at", "due_at", "valid_until", "state",
    "reason", "ended_at",
)  # fmt: skip
_PLANNED = (Touch.State.PLANNED.value, "", None)
_NEW = "new "  # the id of a plan that has no row yet begins with it


@dataclass(frozen=True, slots=True)
class _Started:
    """A plan of this batch, and what later visits of the batch end of it."""

    client: Person
    visit: VisitFacts
    draft: PlanDraft
    stops: list[Stop] = field(default_factory=list)


@dataclass(slots=True)
class PlanSheet:
    """Enter visit after visit, then write everything in bulk. `counts` says how many ended with which coverage."""

    desk: Desk
    covered: Mapping[int, Sequence[str]]  # coverage and reason of each visit, as they are stored now
    backlog: Backlog | None = None
    counts: Counter[str] = field(default_factory=Counter)
    _started: dict[str, _Started] = field(default_factory=dict)
    _stops: list[tuple[int, Stop]] = field(default_factory=list)
    _tasks: list[NewTask] = field(default_factory=list)
    _remarks: list[NewRemark] = field(default_factory=list)
    _coverage: list[Row] = field(default_factory=list)

    def enter(self, client: Person, standing: Standing, visit: VisitFacts, planning: VisitPlanning) -> list[PlanFacts]:
        """Note all that follows from one visit; the plans it starts, as the next visit finds them."""
        for stop in planning.stops:
            if stop.plan_id.startswith(_NEW):
                self._started[stop.plan_id].stops.append(stop)
            else:
                self._stops.append((client.pk, stop))
        self._tasks += (
            NewTask(
                kind=task.kind,
                reason=task.reason,
                is_urgent=task.is_urgent,
                client_id=client.pk,
                visit_id=int(visit.id),
            )
            for task in planning.tasks
        )
        self._cover(client, standing, visit, planning)
        return [self._start(client, visit, draft) for draft in planning.plans]

    def _start(self, client: Person, visit: VisitFacts, draft: PlanDraft) -> PlanFacts:
        key = f"{_NEW}{len(self._started)}"
        self._started[key] = _Started(client, visit, draft)
        return draft.running(plan_id=key, visit=visit)

    def _cover(self, client: Person, standing: Standing, visit: VisitFacts, planning: VisitPlanning) -> None:
        coverage, reason = Visit.Coverage.PLANNED, ""
        if not planning.plans:
            is_open = bool(planning.not_covered)
            coverage = Visit.Coverage.NOT_COVERED if is_open else Visit.Coverage.NO_FOLLOW_UP
            reason = planning.not_covered or planning.no_follow_up
        elif unreachable := why_unreachable(client, standing):
            coverage, reason = Visit.Coverage.NOT_COVERED, unreachable
        if self.covered[int(visit.id)] != [coverage.value, reason]:
            self._coverage.append((int(visit.id), coverage.value, reason))
        self.counts[coverage.value] += 1

    def write(self) -> None:
        """Write it all, in a number of statements that does not grow with the number of visits."""
        practice_id, now = self.desk.practice.pk, self.desk.now
        plan_ids = reserve_ids(Plan, len(self._started))
        plans: list[Row] = []
        touches: list[Row] = []
        for plan_id, started in zip(plan_ids, self._started.values(), strict=True):
            plans.append(self._plan_row(plan_id, started))
            touches += self._touch_rows(plan_id, started)
            texts = [started.draft.remark, *(f"Stopped: {stop.reason}" for stop in started.stops)]
            self._remark(started.client.pk, plan_id, *texts)
        insert_rows(Plan, PLAN_COLUMNS, plans)
        insert_rows(Touch, TOUCH_COLUMNS, touches)
        self._stop_running()
        leave_remarks(practice_id=practice_id, remarks=self._remarks, now=now)
        open_tasks(practice_id=practice_id, tasks=self._tasks, now=now)
        update_rows(Visit, ("id", "coverage", "coverage_reason"), self._coverage)

    def _plan_row(self, plan_id: int, started: _Started) -> Row:
        draft, treatment, stops = started.draft, started.draft.treatment, started.stops
        state = Plan.State.STOPPED if stops else Plan.State.ACTIVE
        version = self.desk.book.version_ids[draft.protocol.key]
        return (
            plan_id, self.desk.practice.pk, started.client.pk, int(started.visit.id), version,
            draft.protocol.treatment_class, treatment.family, treatment.brand, treatment.area, state.value,
            stops[0].reason if stops else "", self.desk.now,
        )  # fmt: skip

    def _touch_rows(self, plan_id: int, started: _Started) -> Iterable[Row]:
        practice_id, client_id, visit_on = self.desk.practice.pk, started.client.pk, started.visit.visit_on
        for touch in self._spread(started.draft):
            yield (
                practice_id, client_id, plan_id, touch.step, touch.function.value, visit_on,
                touch.planned_at, touch.due_at, touch.valid_until, *self._state(touch, started.stops),
            )  # fmt: skip

    def _state(self, touch: TouchDraft, stops: Sequence[Stop]) -> tuple[str, str, datetime | None]:
        """State, reason and end of a touch that is about to be written."""
        if touch.dropped:
            return Touch.State.SKIPPED.value, touch.dropped, self.desk.now
        for stop in stops:
            if touch.function in stop.functions:
                return Touch.State.CANCELLED.value, stop.reason, self.desk.now
        return _PLANNED

    def _spread(self, draft: PlanDraft) -> Sequence[TouchDraft]:
        if self.backlog is None:
            return draft.touches
        return [spread(touch, self.backlog, zone=self.desk.facts.timezone) for touch in draft.touches]

    def _stop_running(self) -> None:
        """One statement for each reason: most of a batch's stops share a few."""
        by_reason: dict[tuple[str, frozenset[Function]], list[int]] = defaultdict(list)
        for client_id, stop in self._stops:
            by_reason[(stop.reason, stop.functions)].append(int(stop.plan_id))
            self._remark(client_id, int(stop.plan_id), f"Stopped: {stop.reason}")
        for (reason, functions), plan_ids in by_reason.items():
            Touch.objects.filter(
                practice=self.desk.practice,
                plan__in=plan_ids,
                function__in=[f.value for f in functions],
                state=Touch.State.PLANNED,
            ).update(state=Touch.State.CANCELLED, reason=reason, ended_at=self.desk.now)
            Plan.objects.filter(practice=self.desk.practice, pk__in=plan_ids).update(
                state=Plan.State.STOPPED, stopped_reason=reason
            )

    def _remark(self, client_id: int, plan_id: int, *texts: str) -> None:
        self._remarks += (NewRemark(client_id=client_id, plan_id=plan_id, text=text) for text in texts)
