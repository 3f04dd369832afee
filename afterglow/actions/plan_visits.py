"""Turn performed visits into plans and touches, and end what they make obsolete."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef, Q

from afterglow.actions.desk import Desk
from afterglow.actions.plan_sheet import PlanSheet
from afterglow.actions.stop_touches import BY_HAND
from afterglow.models import Attempt, Plan, Touch, Visit
from afterglow.models.bulk import fetch_rows
from afterglow.models.client_facts import Person, people_of
from afterglow.models.standing import recipient_of, standing_consents
from afterglow.models.visit_facts import running_plans, visits_of
from afterglow.rules.drip import Backlog
from afterglow.rules.facts import Function, PlanFacts, VisitFacts
from afterglow.rules.planning import VisitPlanning, plan_visit
from afterglow.rules.replanning import replan_visit

Steps = set[tuple[Function, str]]


def plan_visits(
    desk: Desk, visit_ids: Collection[int], *, is_history: bool = False, backlog: Backlog | None = None
) -> dict[str, int]:
    """Plan these performed visits; returns how many ended with which coverage. Written in bulk."""
    if not visit_ids:
        return {}
    wanted = {str(pk) for pk in visit_ids}
    treated = Visit.objects.filter(practice=desk.practice, pk__among=visit_ids)
    client_ids, covered = set(), {}
    for visit_id, client_id, *coverage in fetch_rows(
        treated.values_list("pk", "client_id", "coverage", "coverage_reason")
    ):
        client_ids.add(client_id)
        covered[visit_id] = coverage
    clients = people_of(desk.practice, client_ids)
    standing = standing_consents(desk.practice, clients.values())
    visits, running = visits_of(desk.practice, client_ids), running_plans(desk.practice, client_ids)
    over = _over(desk, visit_ids)
    sheet = PlanSheet(desk, covered, backlog)
    for client_id, client in clients.items():
        plans = running[client_id]
        for visit in [v for v in visits[client_id] if v.id in wanted]:
            planning = _planned(desk, visit, visits[client_id], plans, client, over.get(visit.id), is_history)
            plans.extend(sheet.enter(client, standing[client_id], visit, planning))
    sheet.write()
    return dict(sheet.counts)


def _planned(
    desk: Desk,
    visit: VisitFacts,
    visits: Sequence[VisitFacts],
    plans: Sequence[PlanFacts],
    client: Person,
    over: Steps | None,
    is_history: bool,
) -> VisitPlanning:
    others = [v for v in visits if v.id != visit.id]
    recipient, book = recipient_of(client), desk.book.protocols
    if over is not None:
        return replan_visit(
            visit,
            done=over,
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


def _over(desk: Desk, visit_ids: Collection[int]) -> dict[str, Steps]:
    """For visits that had a plan before: what was said, may have been said, or was stopped by a person."""
    plans = Plan.objects.filter(practice=desk.practice, visit_id__among=visit_ids)
    over: dict[str, Steps] = {str(visit_id): set() for (visit_id,) in fetch_rows(plans.values_list("visit_id"))}
    if not over:
        return over
    reached = Attempt.objects.filter(practice=desk.practice, touch=OuterRef("pk"), state__in=Attempt.LIVE)
    touches = Touch.objects.filter(
        Q(state__in=[Touch.State.SENT, Touch.State.SENDING])
        | Q(state=Touch.State.CANCELLED, reason__startswith=BY_HAND)
        | Exists(reached),
        practice=desk.practice,
        plan__visit_id__among=visit_ids,
    )
    for visit_id, function, step in touches.values_list("plan__visit_id", "function", "step"):
        over[str(visit_id)].add((Function(function), step))
    return over
