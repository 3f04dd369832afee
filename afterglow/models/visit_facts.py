"""What the rules are told about visits, treatments and running plans: a fixed number of queries for any number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from afterglow.models.bulk import Values, fetch_rows
from afterglow.models.plans import Plan
from afterglow.models.practice import Practice
from afterglow.models.visits import Treatment, Visit
from afterglow.rules.facts import PlanFacts, Series, TreatmentFacts, VisitFacts


def visits_of(practice: Practice, client_ids: Iterable[int]) -> dict[int, list[VisitFacts]]:
    """Every performed visit of these clients, oldest first. Two queries."""
    visits = Visit.objects.filter(practice=practice, client_id__among=Values(client_ids), status=Visit.Status.COMPLETED)
    rows = fetch_rows(
        visits.order_by("ended_at").values_list("pk", "client_id", "ended_at", "visit_on", "reported_at", "provider")
    )
    treatments = treatments_of(practice, [row[0] for row in rows])
    found: dict[int, list[VisitFacts]] = defaultdict(list)
    for pk, client_id, ended_at, visit_on, reported_at, provider in rows:
        found[client_id].append(
            VisitFacts(
                id=str(pk),
                ended_at=ended_at,
                visit_on=visit_on,
                reported_at=reported_at,
                treatments=treatments.get(pk, ()),
                provider=provider,
            )
        )
    return found


def treatments_of(practice: Practice, visit_ids: Iterable[int]) -> dict[int, tuple[TreatmentFacts, ...]]:
    """The treatments of these visits in their order. One query."""
    found: dict[int, list[TreatmentFacts]] = defaultdict(list)
    rows = Treatment.objects.filter(practice=practice, visit_id__among=Values(visit_ids)).order_by(
        "visit_id", "position"
    )
    for visit_id, session, total, family, brand, area, service, amount, decision, reason in fetch_rows(
        rows.values_list(
            "visit_id", "series_session", "series_total", "family", "brand", "area", "service", "amount", "decision",
            "reason",
        )
    ):  # fmt: skip
        found[visit_id].append(
            TreatmentFacts(
                family=family,
                brand=brand,
                area=area,
                service=service,
                amount=amount,
                series=Series(session=session, total=total) if session else None,
                decision=decision,
                reason=reason,
            )
        )
    return {visit_id: tuple(treatments) for visit_id, treatments in found.items()}


def treatment_of_plan(performed: Iterable[TreatmentFacts], *, family: str, area: str, brand: str) -> TreatmentFacts:
    """What was done, as its plan follows it up: the visit's first of the family, with the plan's area and brand."""
    found = next((t for t in performed if t.family == family), None) or TreatmentFacts(family=family)
    return found if (found.area, found.brand) == (area, brand) else replace(found, area=area, brand=brand)


def running_plans(practice: Practice, client_ids: Iterable[int]) -> dict[int, list[PlanFacts]]:
    """The plans of these clients that have not been stopped. One query."""
    found: dict[int, list[PlanFacts]] = defaultdict(list)
    plans = Plan.objects.filter(practice=practice, client_id__among=Values(client_ids), state=Plan.State.ACTIVE)
    for pk, client_id, protocol, treatment_class, family, area, visit_id, visit_on in fetch_rows(
        plans.values_list(
            "pk", "client_id", "protocol__key", "treatment_class", "family", "area", "visit_id", "visit__visit_on"
        )
    ):
        found[client_id].append(
            PlanFacts(
                id=str(pk),
                protocol=protocol,
                treatment_class=treatment_class,
                family=family,
                area=area,
                visit_id=str(visit_id),
                visit_on=visit_on,
            )
        )
    return found
