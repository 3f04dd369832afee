"""Visits of a simulated client become plans: performed, corrected by staff, or remembered once a year."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from afterglow.rules.facts import Channel, Function, PlanFacts, SeasonalRule, VisitFacts
from afterglow.rules.happenings import StaffAnswered, VisitPerformed
from afterglow.rules.planning import CHECK_IN_WINDOW, PlanDraft, VisitPlanning, plan_visit
from afterglow.rules.replanning import replan_visit, with_answer
from afterglow.rules.seasonal import VALID_FOR_DAYS, seasonal_protocol, seasonal_visit
from afterglow.rules.simulated_client import PlannedTouch, RunningPlan, SimulatedClient
from afterglow.rules.simulated_stage import Stage
from afterglow.rules.timing import end_of_day, local_day
from afterglow.rules.touch_facts import TouchFacts

HISTORY = "imported history: nothing is sent before staff approve it"


def perform_visit(stage: Stage, client: SimulatedClient, performed: VisitPerformed, now: datetime) -> None:
    """A visit is reported: it starts its plans, or is silent history."""
    visit, others = performed.visit, list(client.visits)
    zone = stage.practice.timezone
    client.come(
        visit,
        booking_id=performed.booking_id,
        local_days={key: local_day(b.starts_at, zone) for key, b in client.bookings.items()},
    )
    if performed.is_from_file and now > visit.ended_at + CHECK_IN_WINDOW:
        client.silent.add(visit.id)
        stage.note(client.id, visit.ended_at, Function.CHECK_IN, Channel.SMS, "skipped", HISTORY)
        return
    planning = plan_visit(
        visit,
        others=others,
        running=[p.facts for p in client.plans],
        book=stage.book,
        practice=stage.practice,
        recipient=client.known.recipient,
        now=now,
    )
    _follow(stage, client, visit, planning, now)


def correct_visit(stage: Stage, client: SimulatedClient, answer: StaffAnswered, now: datetime) -> None:
    """Staff say what a treatment was: its plans are made anew, without what was already said."""
    for index, visit in enumerate(client.visits):
        corrected = with_answer(visit, family=answer.family, area=answer.area)
        if visit.ended_at != answer.visited_at or corrected == visit:
            continue
        client.visits[index] = corrected
        planning = replan_visit(
            corrected,
            done={(function, step) for visit_id, function, step in client.done if visit_id == visit.id},
            others=[v for v in client.visits if v.id != visit.id],
            running=[p.facts for p in client.plans],
            book=stage.book,
            practice=stage.practice,
            recipient=client.known.recipient,
            now=now,
        )
        for plan in client.plans:
            if plan.facts.visit_id == visit.id:
                reason = "staff corrected the treatment; the plan was made anew"
                _stop(stage, client, plan, frozenset(Function), reason)
        _follow(stage, client, corrected, planning, now)


def invite_in_season(stage: Stage, client: SimulatedClient, rule: SeasonalRule, now: datetime) -> None:
    """The season of a rule has come: one invitation, if an earlier visit earns it."""
    today = local_day(now, stage.practice.timezone)
    visit = seasonal_visit(rule, on=today, visits=client.visits, bookings=client.bookings.values())
    if visit is None or visit.id in client.silent:
        return
    protocol = seasonal_protocol(rule)
    plan = RunningPlan(
        PlanFacts(
            id=f"{rule.id}.{today.year}.{client.id}",
            protocol=protocol.key,
            treatment_class=protocol.treatment_class,
            family=rule.family,
            area="",
            visit_id=visit.id,
            visit_on=visit.visit_on,
        )
    )
    client.plans.append(plan)
    facts = TouchFacts(
        id=plan.facts.id,
        client_id=client.id,
        protocol=protocol,
        step=protocol.steps[0],
        treatment=next(t for t in visit.treatments if t.family == rule.family),
        visited_at=visit.ended_at,
        planned_at=now,
        due_at=now,
        valid_until=end_of_day(today + timedelta(days=VALID_FOR_DAYS), stage.practice.timezone),
    )
    _await(stage, client, plan, PlannedTouch(facts, visit, due_at=now))


def _follow(stage: Stage, client: SimulatedClient, visit: VisitFacts, planning: VisitPlanning, now: datetime) -> None:
    for stop in planning.stops:
        for plan in client.plans:
            if plan.facts.id == stop.plan_id:
                _stop(stage, client, plan, stop.functions, stop.reason)
    for task in planning.tasks:
        stage.ask_staff(client.id, task, now)
    if reason := planning.not_covered or planning.no_follow_up:
        stage.note(client.id, visit.ended_at, Function.CHECK_IN, Channel.SMS, "skipped", f"not covered: {reason}")
    for draft in planning.plans:
        _start(stage, client, visit, draft)


def _stop(
    stage: Stage, client: SimulatedClient, plan: RunningPlan, functions: frozenset[Function], reason: str
) -> None:
    for touch in plan.touches:
        if touch.is_open and touch.facts.step.function in functions:
            stage.end(touch, "cancelled", reason)
            del client.waiting[touch.facts.id]
    if functions >= {Function.REBOOK, Function.REACTIVATE}:
        plan.facts = replace(plan.facts, is_active=any(t.is_open for t in plan.touches))


def _start(stage: Stage, client: SimulatedClient, visit: VisitFacts, draft: PlanDraft) -> None:
    plan = RunningPlan(draft.running(plan_id=f"{client.id}.{len(client.plans)}", visit=visit))
    client.plans.append(plan)
    for touch in draft.touches:
        step = draft.protocol.step(touch.step)
        if touch.dropped:
            stage.note(client.id, touch.planned_at, touch.function, step.channels[0], "skipped", touch.dropped)
            continue
        facts = TouchFacts(
            id=f"{plan.facts.id}.{touch.step}",
            client_id=client.id,
            protocol=draft.protocol,
            step=step,
            treatment=draft.treatment,
            visited_at=visit.ended_at,
            planned_at=touch.planned_at,
            due_at=touch.due_at,
            valid_until=touch.valid_until,
        )
        _await(stage, client, plan, PlannedTouch(facts, visit, due_at=touch.due_at))


def _await(stage: Stage, client: SimulatedClient, plan: RunningPlan, touch: PlannedTouch) -> None:
    plan.touches.append(touch)
    client.waiting[touch.facts.id] = touch
    stage.expect(touch.due_at, touch)
