"""From a performed visit to its follow-up plans: what will be said, when, and why not more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from afterglow.rules.cycles import why_care_only
from afterglow.rules.decisions import Task
from afterglow.rules.facts import Function, PlanFacts, PracticeFacts, Recipient, Series, TreatmentFacts, VisitFacts
from afterglow.rules.overriding import with_overrides
from afterglow.rules.protocol import Protocol, Step
from afterglow.rules.protocol_book import NoProtocol, ProtocolBook
from afterglow.rules.scheduling import TouchDraft, draft_touch
from afterglow.rules.timing import spoken_day

CHECK_IN_WINDOW = timedelta(hours=48)  # an older visit from a file is history
CALL_INSTEAD_FOR = timedelta(days=14)  # a check-in missed by a late entry is still worth a phone call this long
CARE = frozenset({Function.CHECK_IN, Function.RESULTS})
AFTER_CHECK_IN = frozenset({Function.RESULTS, Function.REBOOK, Function.REACTIVATE})


@dataclass(frozen=True, slots=True)
class PlanDraft:
    protocol: Protocol
    treatment: TreatmentFacts
    touches: tuple[TouchDraft, ...]
    remark: str

    def running(self, *, plan_id: str, visit: VisitFacts) -> PlanFacts:
        """The plan as the client's next visit finds it."""
        return PlanFacts(
            id=plan_id,
            protocol=self.protocol.key,
            treatment_class=self.protocol.treatment_class,
            family=self.treatment.family,
            area=self.treatment.area,
            visit_id=visit.id,
            visit_on=visit.visit_on,
        )


@dataclass(frozen=True, slots=True)
class Stop:
    """End these functions of a running plan."""

    plan_id: str
    functions: frozenset[Function]
    reason: str


@dataclass(frozen=True, slots=True)
class VisitPlanning:
    """All that follows from one visit. Without plans, `not_covered` or `no_follow_up` says why."""

    plans: tuple[PlanDraft, ...] = ()
    stops: tuple[Stop, ...] = ()
    tasks: tuple[Task, ...] = ()
    not_covered: str = ""
    no_follow_up: str = ""


def plan_visit(
    visit: VisitFacts,
    *,
    others: Sequence[VisitFacts],
    running: Sequence[PlanFacts],
    book: ProtocolBook,
    practice: PracticeFacts,
    recipient: Recipient,
    now: datetime,
    is_history: bool = False,
) -> VisitPlanning:
    """The plans a performed visit starts, the older ones it ends, and what staff must be asked.

    `others` are the client's other performed visits, earlier or later. With `is_history` only steps still ahead of
    `now` exist at all and nobody is asked about what is long past.
    """
    asked = [t for t in visit.treatments if t.decision == "ask" or (t.decision == "enrol" and t.family == "none")]
    enrolled = _by_family(t for t in visit.treatments if t.decision == "enrol" and t.family != "none")
    chosen, uncovered = _choose_protocols(enrolled, book, practice)
    limits = [
        why_care_only(protocol, treatment, visit, others, book) if others else "" for protocol, treatment in chosen
    ]
    plans = [
        _plan(protocol, treatment, limit, visit, practice, recipient, now, is_history)
        for (protocol, treatment), limit in zip(chosen, limits, strict=True)
    ]
    return VisitPlanning(
        plans=tuple(_with_one_check_in(plans)),
        stops=tuple(_stops(visit, chosen, limits, running)),
        tasks=() if is_history else tuple(_tasks(visit, asked, chosen, plans, now)),
        not_covered="" if plans else _not_covered(asked, uncovered),
        no_follow_up="" if plans or asked or uncovered else _no_follow_up(visit),
    )


def _by_family(treatments: Iterable[TreatmentFacts]) -> list[TreatmentFacts]:
    """One treatment per family: two syringes in two places are one filler visit with two areas."""
    merged: dict[str, TreatmentFacts] = {}
    for treatment in treatments:
        known = merged.get(treatment.family)
        merged[treatment.family] = treatment if known is None else _joined(known, treatment)
    return list(merged.values())


def _joined(a: TreatmentFacts, b: TreatmentFacts) -> TreatmentFacts:
    series: Series | None = a.series or b.series
    return replace(
        a,
        brand="+".join(sorted(a.brands | b.brands)),
        area="+".join(sorted(a.areas | b.areas)),
        amount=Decimal(a.amount) + Decimal(b.amount),
        series=series,
    )


def _choose_protocols(
    treatments: Sequence[TreatmentFacts], book: ProtocolBook, practice: PracticeFacts
) -> tuple[list[tuple[Protocol, TreatmentFacts]], list[str]]:
    """One protocol per class of treatment, and the reasons for treatments that have none."""
    chosen: dict[str, tuple[Protocol, TreatmentFacts]] = {}
    uncovered: list[str] = []
    for treatment in treatments:
        found = book.find(treatment)
        if isinstance(found, NoProtocol):
            uncovered.append(found.reason)
            continue
        protocol = with_overrides(found, practice.overrides, treatment) if practice.overrides else found
        rival = chosen.get(protocol.treatment_class)
        if rival is None or protocol.check_in_rank > rival[0].check_in_rank:
            chosen[protocol.treatment_class] = (protocol, treatment)
    return list(chosen.values()), uncovered


def _plan(
    protocol: Protocol,
    treatment: TreatmentFacts,
    limit: str,
    visit: VisitFacts,
    practice: PracticeFacts,
    recipient: Recipient,
    now: datetime,
    is_history: bool,
) -> PlanDraft:
    steps = [s for s in protocol.steps if not _is_left_out(s, treatment, is_care_only=bool(limit))]
    touches = [
        draft_touch(step, protocol=protocol, visit=visit, practice=practice, recipient=recipient, now=now)
        for step in steps
    ]
    if is_history:
        touches = [touch for touch in touches if touch.planned_at > now]
    remark = _remark(protocol, visit, limit, touches, is_history=is_history)
    return PlanDraft(protocol, treatment, tuple(touches), remark)


def _is_left_out(step: Step, treatment: TreatmentFacts, *, is_care_only: bool) -> bool:
    if is_care_only and step.function not in CARE:
        return True
    is_finished = treatment.series is not None and treatment.series.is_finished
    return step.conditions.series == "unfinished" and is_finished


def _remark(
    protocol: Protocol, visit: VisitFacts, limit: str, touches: Sequence[TouchDraft], *, is_history: bool
) -> str:
    start = f": {limit}" if limit else f" plan from the visit on {spoken_day(visit.visit_on)}"
    if not is_history:
        return protocol.title + start
    rest = "only what is still ahead is planned" if touches else "nothing is left to send"
    return f"{protocol.title}{start}; from approved history: {rest}"


def _with_one_check_in(plans: list[PlanDraft]) -> list[PlanDraft]:
    """Several treatments on one day get one check-in, worded for the one that needs the most care."""
    if len(plans) < 2:
        return plans
    lead = max(plans, key=lambda p: (any(t.function is Function.CHECK_IN for t in p.touches), p.protocol.check_in_rank))
    return [p if p is lead else _without_check_in(p, lead) for p in plans]


def _without_check_in(plan: PlanDraft, lead: PlanDraft) -> PlanDraft:
    covered = f"one check-in for the whole visit goes out with the {lead.protocol.title} plan"
    said_by_lead = {t.step for t in lead.touches}

    def is_covered(touch: TouchDraft) -> bool:
        is_extra = plan.protocol.step(touch.step).is_optional
        return touch.function is Function.CHECK_IN and (not is_extra or touch.step in said_by_lead)

    touches = tuple(replace(t, dropped=t.dropped or covered) if is_covered(t) else t for t in plan.touches)
    return replace(plan, touches=touches)


def _stops(
    visit: VisitFacts,
    chosen: Sequence[tuple[Protocol, TreatmentFacts]],
    limits: Sequence[str],
    running: Sequence[PlanFacts],
) -> Iterable[Stop]:
    for plan in running:
        if not plan.is_active or plan.visit_id == visit.id or plan.visit_on > visit.visit_on:
            continue
        for (protocol, treatment), limit in zip(chosen, limits, strict=True):
            if plan.treatment_class in protocol.stops_classes:
                yield Stop(plan.id, AFTER_CHECK_IN, f"{protocol.title} on {spoken_day(visit.visit_on)}")
            elif not limit and _renews(protocol, treatment, plan):
                reason = f"a new visit on {spoken_day(visit.visit_on)} starts the plan again"
                yield Stop(plan.id, AFTER_CHECK_IN, reason)


def _renews(protocol: Protocol, treatment: TreatmentFacts, plan: PlanFacts) -> bool:
    if plan.treatment_class != protocol.treatment_class:
        return False
    areas = frozenset(a for a in plan.area.split("+") if a)
    return not (protocol.is_per_area and areas and treatment.areas and not areas & treatment.areas)


def _tasks(
    visit: VisitFacts,
    asked: Sequence[TreatmentFacts],
    chosen: Sequence[tuple[Protocol, TreatmentFacts]],
    plans: Sequence[PlanDraft],
    now: datetime,
) -> Iterable[Task]:
    for treatment in asked:
        yield Task("service", f"Which treatment was “{treatment.service}”? {treatment.reason}".strip())
    for protocol, treatment in chosen:
        if protocol.has_area_task and not treatment.areas:
            asked_for = f"Which area was treated on {spoken_day(visit.visit_on)}?"
            yield Task("area", f"{asked_for} Until then the shortest interval counts.")
        if protocol.task_on_visit:
            yield Task("review", protocol.task_on_visit)
    if now - visit.ended_at < CALL_INSTEAD_FOR and any(_is_missed_check_in(p, t) for p in plans for t in p.touches):
        yield Task("call", "Please call: the visit was reported too late for the check-in message.")


def _is_missed_check_in(plan: PlanDraft, touch: TouchDraft) -> bool:
    return bool(touch.dropped) and plan.protocol.step(touch.step).has_task_fallback


def _not_covered(asked: Sequence[TreatmentFacts], uncovered: Sequence[str]) -> str:
    if asked:
        return "; ".join(t.reason or f"“{t.service}” is not in the catalog yet" for t in asked)
    return "; ".join(dict.fromkeys(uncovered))


def _no_follow_up(visit: VisitFacts) -> str:
    reasons = [t.reason or f"“{t.service}” needs no follow-up" for t in visit.treatments]
    return "; ".join(dict.fromkeys(reasons)) or "no service was reported for this visit"
