"""Turn performed visits into plans and touches, and end or revive what the change makes obsolete."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, Value
from django.db.models.functions import Greatest

from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.models import Client, Plan, Practice, Remark, Touch, Visit
from afterglow.models.bulk import Row, insert_rows, reserve_ids, update_rows
from afterglow.models.practice_facts import Book, corrections, practice_facts, protocol_book
from afterglow.models.standing import Standing, recipient_of, standing_consents
from afterglow.models.visit_facts import running_plans, visits_of
from afterglow.rules.catalog import Correction
from afterglow.rules.drip import Backlog, spread
from afterglow.rules.facts import Channel, Function, PlanFacts, PracticeFacts, Purpose, VisitFacts
from afterglow.rules.planning import PlanDraft, Stop, VisitPlanning, plan_visit
from afterglow.rules.replanning import replan_visit
from afterglow.rules.scheduling import TouchDraft

PLAN_COLUMNS = (
    "id", "practice", "client", "visit", "protocol", "treatment_class", "family", "brand", "area", "state",
    "stopped_reason", "created_at",
)  # fmt: skip
TOUCH_COLUMNS = (
    "practice", "client", "plan", "step", "function", "visit_on", "planned_at", "due_at", "valid_until", "state",
    "reason", "ended_at",
)  # fmt: skip
UNREACHABLE = "cannot be reached"
REMARK_COLUMNS = ("practice", "client", "plan", "at", "text", "by")


@dataclass(frozen=True, slots=True)
class Desk:
    """What one batch of work needs to know about its practice."""

    practice: Practice
    facts: PracticeFacts
    book: Book
    corrections: dict[str, Correction]
    now: datetime


def open_desk(practice_id: int, *, now: datetime) -> Desk:
    """The practice, its protocols and its corrections as of now. Five queries."""
    practice = Practice.objects.get(pk=practice_id)
    return Desk(practice, practice_facts(practice), protocol_book(practice), corrections(practice), now)


def plan_visits(
    desk: Desk, visit_ids: Collection[int], *, is_history: bool = False, backlog: Backlog | None = None
) -> dict[str, int]:
    """Plan these performed visits; returns how many ended with which coverage. Written in bulk."""
    if not visit_ids:
        return {}
    wanted = {str(pk) for pk in visit_ids}
    client_ids = set(
        Visit.objects.filter(practice=desk.practice, pk__in=list(visit_ids)).values_list("client_id", flat=True)
    )
    clients = {c.pk: c for c in Client.objects.filter(practice=desk.practice, pk__in=client_ids)}
    standing = standing_consents(desk.practice, clients.values())
    visits, running = visits_of(desk.practice, client_ids), running_plans(desk.practice, client_ids)
    done = _done(desk, visit_ids)
    sheet = _Sheet(desk, backlog)
    for client_id in client_ids:
        plans = running[client_id]
        for visit in [v for v in visits[client_id] if v.id in wanted]:
            planning = _planned(desk, visit, visits[client_id], plans, clients[client_id], done, is_history)
            plans.extend(sheet.write(clients[client_id], visit, planning))
            sheet.cover(visit, planning, clients[client_id], standing[client_id])
    sheet.flush()
    return dict(sheet.counts)


def end_plans(desk: Desk, visit_ids: Sequence[int], reason: str) -> None:
    """Cancel everything still open in the plans of these visits, with the reason."""
    if not visit_ids:
        return
    plans = Plan.objects.filter(practice=desk.practice, visit__in=visit_ids, state=Plan.State.ACTIVE)
    rows = list(plans.values_list("pk", "client_id"))
    Touch.objects.filter(practice=desk.practice, plan__in=[pk for pk, _ in rows], state=Touch.State.PLANNED).update(
        state=Touch.State.CANCELLED, reason=reason, ended_at=desk.now
    )
    plans.update(state=Plan.State.STOPPED, stopped_reason=reason)
    remarks = [(desk.practice.pk, client_id, pk, desk.now, f"Stopped: {reason}", "") for pk, client_id in rows]
    insert_rows(Remark, REMARK_COLUMNS, remarks)


def review_reach(desk: Desk, client_ids: Iterable[int]) -> None:
    """Visits listed because their client could not be reached leave the list once there is a way."""
    listed = Visit.objects.filter(
        practice=desk.practice,
        client__in=list(client_ids),
        coverage=Visit.Coverage.NOT_COVERED,
        coverage_reason__startswith=UNREACHABLE,
    ).select_related("client")
    visits = list(listed)
    standing = standing_consents(desk.practice, {v.client_id: v.client for v in visits}.values())
    reached = [v.pk for v in visits if not _unreachable(v.client, standing[v.client_id])]
    Visit.objects.filter(practice=desk.practice, pk__in=reached).update(
        coverage=Visit.Coverage.PLANNED, coverage_reason=""
    )


def release_touches(desk: Desk, client_ids: Iterable[int]) -> None:
    """Something changed for these clients: what was waiting is looked at again, at its own time or now."""
    waiting = Touch.objects.filter(
        practice=desk.practice, client__in=list(client_ids), state=Touch.State.PLANNED, due_at__gt=F("planned_at")
    ).exclude(reason="")
    waiting.update(due_at=Greatest(F("planned_at"), Value(desk.now)))


def _planned(
    desk: Desk,
    visit: VisitFacts,
    visits: Sequence[VisitFacts],
    plans: Sequence[PlanFacts],
    client: Client,
    done: dict[str, set[tuple[Function, str]]],
    is_history: bool,
) -> VisitPlanning:
    others = [v for v in visits if v.id != visit.id]
    recipient, book = recipient_of(client), desk.book.protocols
    if visit.id in done:
        return replan_visit(
            visit,
            done=done[visit.id],
            others=others,
            running=plans,
            book=book,
            practice=desk.facts,
            recipient=recipient,
            now=desk.now,
        )
    return plan_visit(
        visit,
        others=others,
        running=plans,
        book=book,
        practice=desk.facts,
        recipient=recipient,
        now=desk.now,
        is_history=is_history,
    )


def _done(desk: Desk, visit_ids: Collection[int]) -> dict[str, set[tuple[Function, str]]]:
    """What was already said about visits that had a plan before."""
    rows = Touch.objects.filter(
        practice=desk.practice, plan__visit__in=list(visit_ids), state__in=[Touch.State.SENT, Touch.State.SENDING]
    )
    done: dict[str, set[tuple[Function, str]]] = defaultdict(set)
    for visit_id in Plan.objects.filter(practice=desk.practice, visit__in=list(visit_ids)).values_list(
        "visit_id", flat=True
    ):
        done[str(visit_id)] = set()
    for visit_id, function, step in rows.values_list("plan__visit_id", "function", "step"):
        done[str(visit_id)].add((Function(function), step))
    return done


@dataclass(slots=True)
class _Sheet:
    """Everything a batch is going to write."""

    desk: Desk
    backlog: Backlog | None
    drafts: list[tuple[Client, VisitFacts, PlanDraft, PlanFacts]] = field(default_factory=list)
    stops: list[tuple[int, Stop]] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    coverage: list[tuple[int, str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def write(self, client: Client, visit: VisitFacts, planning: VisitPlanning) -> list[PlanFacts]:
        self.stops.extend((client.pk, stop) for stop in planning.stops)
        self.tasks.extend(
            NewTask(
                kind=task.kind,
                reason=task.reason,
                is_urgent=task.is_urgent,
                client_id=client.pk,
                visit_id=int(visit.id),
            )
            for task in planning.tasks
        )
        started = []
        for draft in planning.plans:
            facts = PlanFacts(
                id=f"new {len(self.drafts)}",
                protocol=draft.protocol.key,
                treatment_class=draft.protocol.treatment_class,
                family=draft.treatment.family,
                area=draft.treatment.area,
                visit_id=visit.id,
                visit_on=visit.visit_on,
            )
            self.drafts.append((client, visit, draft, facts))
            started.append(facts)
        return started

    def cover(self, visit: VisitFacts, planning: VisitPlanning, client: Client, standing: Standing) -> None:
        coverage, reason = Visit.Coverage.PLANNED, ""
        if not planning.plans:
            is_open = bool(planning.not_covered)
            coverage = Visit.Coverage.NOT_COVERED if is_open else Visit.Coverage.NO_FOLLOW_UP
            reason = planning.not_covered or planning.no_follow_up
        elif unreachable := _unreachable(client, standing):
            coverage, reason = Visit.Coverage.NOT_COVERED, unreachable
        self.coverage.append((int(visit.id), coverage.value, reason))
        self.counts[coverage.value] += 1

    def flush(self) -> None:
        practice_id, now = self.desk.practice.pk, self.desk.now
        stopped = self._stops_of_new_plans()
        plan_ids = reserve_ids(Plan, len(self.drafts))
        plans: list[Row] = []
        touches: list[Row] = []
        remarks: list[Row] = []
        for plan_id, (client, visit, draft, facts) in zip(plan_ids, self.drafts, strict=True):
            version = self.desk.book.version_ids[draft.protocol.key]
            treatment, stops = draft.treatment, stopped[facts.id]
            plan_state = Plan.State.STOPPED if stops else Plan.State.ACTIVE
            plans.append(
                (plan_id, practice_id, client.pk, int(visit.id), version, draft.protocol.treatment_class,
                 treatment.family, treatment.brand, treatment.area, plan_state.value,
                 stops[0].reason if stops else "", now)
            )  # fmt: skip
            remarks.append((practice_id, client.pk, plan_id, now, draft.remark, ""))
            for stop in stops:
                remarks.append((practice_id, client.pk, plan_id, now, f"Stopped: {stop.reason}", ""))
            for touch in self._limited(draft):
                state, reason, ended = Touch.State.PLANNED, "", None
                ending = next((s for s in stops if touch.function in s.functions), None)
                if touch.dropped:
                    state, reason, ended = Touch.State.SKIPPED, touch.dropped, now
                elif ending is not None:
                    state, reason, ended = Touch.State.CANCELLED, ending.reason, now
                touches.append(
                    (practice_id, client.pk, plan_id, touch.step, touch.function.value, visit.visit_on,
                     touch.planned_at, touch.due_at, touch.valid_until, state.value, reason, ended)
                )  # fmt: skip
        insert_rows(Plan, PLAN_COLUMNS, plans)
        insert_rows(Touch, TOUCH_COLUMNS, touches)
        self._stop_running(remarks)
        insert_rows(Remark, REMARK_COLUMNS, remarks)
        open_tasks(practice_id=practice_id, tasks=self.tasks, now=now)
        update_rows(Visit, ("id", "coverage", "coverage_reason"), self.coverage)

    def _stops_of_new_plans(self) -> dict[str, list[Stop]]:
        found: dict[str, list[Stop]] = defaultdict(list)
        for _, stop in self.stops:
            if stop.plan_id.startswith("new "):
                found[stop.plan_id].append(stop)
        return found

    def _limited(self, draft: PlanDraft) -> Iterable[TouchDraft]:
        if self.backlog is None:
            return draft.touches
        return tuple(spread(touch, self.backlog, zone=self.desk.facts.timezone) for touch in draft.touches)

    def _stop_running(self, remarks: list[Row]) -> None:
        by_reason: dict[tuple[str, frozenset[Function]], list[int]] = defaultdict(list)
        for client_id, stop in self.stops:
            if stop.plan_id.startswith("new "):
                continue
            by_reason[(stop.reason, stop.functions)].append(int(stop.plan_id))
            remarks.append(
                (self.desk.practice.pk, client_id, int(stop.plan_id), self.desk.now, f"Stopped: {stop.reason}", "")
            )
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


def _unreachable(client: Client, standing: Standing) -> str:
    if not client.phone and not client.email:
        return f"{UNREACHABLE}: no phone number and no e-mail address"
    if client.email or (Channel.SMS, Purpose.CARE) in standing.granted:
        return ""
    return f"{UNREACHABLE}: no consent to texts about care and no e-mail address"
