"""What changes when staff or the booking system correct a visit that already has plans."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from afterglow.rules.facts import Function, PlanFacts, PracticeFacts, Recipient, TreatmentFacts, VisitFacts
from afterglow.rules.planning import PlanDraft, VisitPlanning, plan_visit
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.scheduling import TouchDraft


def replan_visit(
    visit: VisitFacts,
    *,
    done: Collection[tuple[Function, str]],
    others: Sequence[VisitFacts],
    running: Sequence[PlanFacts],
    book: ProtocolBook,
    practice: PracticeFacts,
    recipient: Recipient,
    now: datetime,
) -> VisitPlanning:
    """The plans of a corrected visit, without the steps (`done`) that this visit's clients were already sent.

    The caller ends whatever is still open in the visit's former plans.
    """
    planning = plan_visit(
        visit,
        others=others,
        running=[p for p in running if p.visit_id != visit.id],
        book=book,
        practice=practice,
        recipient=recipient,
        now=now,
    )
    return replace(planning, plans=tuple(_without(plan, done) for plan in planning.plans))


def _without(plan: PlanDraft, done: Collection[tuple[Function, str]]) -> PlanDraft:
    """What was said is not said again, and nothing extra goes beside it: an extra alone replaces no check-in."""
    said = {function for function, _ in done}

    def is_over(touch: TouchDraft) -> bool:
        is_extra = plan.protocol.step(touch.step).is_optional
        return (touch.function, touch.step) in done or (is_extra and touch.function in said)

    return replace(plan, touches=tuple(t for t in plan.touches if not is_over(t)))


def with_answer(visit: VisitFacts, *, family: str = "", brand: str = "", area: str = "") -> VisitFacts:
    """The visit as staff corrected it: what nobody knew gets its name; a visit of one known treatment is renamed."""
    is_single = len(visit.treatments) == 1

    def answered(treatment: TreatmentFacts) -> TreatmentFacts:
        is_unknown = treatment.family == "none" or treatment.decision == "ask"
        if family and (is_unknown or (is_single and family != treatment.family)):
            return replace(treatment, family=family, brand=brand, area=area, decision="enrol", reason="named by staff")
        if area and treatment.decision == "enrol" and (is_single or not treatment.areas):
            return replace(treatment, area=area)
        return treatment

    return replace(visit, treatments=tuple(answered(t) for t in visit.treatments))
