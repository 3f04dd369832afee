"""Staff say what a treatment was. Asked once, remembered for every visit of that name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from afterglow.actions.plan_visits import end_plans, open_desk, plan_visits, release_touches
from afterglow.models import ServiceRule, Task, Treatment, Visit
from afterglow.models.scope import practice_scope
from afterglow.rules.catalog import MatchedTreatment, service_key


def name_service(
    *,
    practice_id: int,
    service: str,
    code: str = "",
    decision: str,
    treatments: Sequence[MatchedTreatment] = (),
    by: str,
    now: datetime,
) -> int:
    """Remember what this service is, and plan every recorded visit that was waiting for the answer.

    Returns the number of visits it answered. Plans count from each visit's own date.
    """
    with practice_scope(practice_id):
        key = service_key(service, code)
        ServiceRule.objects.update_or_create(
            practice_id=practice_id,
            key=key,
            defaults={
                "name": service,
                "decision": decision,
                "treatments": [asdict(t) for t in treatments],
                "decided_by": by,
                "decided_at": now,
            },
        )
        waiting = [
            t
            for t in Treatment.objects.filter(practice=practice_id, decision="ask").select_related("visit")
            if service_key(t.service, t.code) == key
        ]
        first = treatments[0] if treatments else MatchedTreatment("none")
        for treatment in waiting:
            treatment.family, treatment.brand, treatment.area = first.family, first.brand, first.area
            treatment.decision, treatment.reason = decision, f"named by {by}"
            treatment.save(update_fields=["family", "brand", "area", "decision", "reason"])
        _plan_anew(practice_id, {t.visit_id for t in waiting}, "staff named the treatment", now)
        Task.objects.filter(
            practice=practice_id, kind="service", visit__in=[t.visit_id for t in waiting], closed_at=None
        ).update(closed_at=now, closed_by=by, outcome=decision)
        return len({t.visit_id for t in waiting})


def name_area(*, practice_id: int, visit_id: int, area: str, by: str, now: datetime) -> None:
    """Say which area a filler visit treated; its dates follow from it from now on."""
    with practice_scope(practice_id):
        Treatment.objects.filter(practice=practice_id, visit=visit_id, family="ha_filler", area="").update(area=area)
        _plan_anew(practice_id, {visit_id}, f"staff named the area: {area}", now)
        Task.objects.filter(practice=practice_id, kind="area", visit=visit_id, closed_at=None).update(
            closed_at=now, closed_by=by, outcome=area
        )


def _plan_anew(practice_id: int, visit_ids: set[int], reason: str, now: datetime) -> None:
    performed = Visit.objects.filter(practice=practice_id, pk__in=visit_ids, status=Visit.Status.COMPLETED)
    live = list(performed.exclude(coverage=Visit.Coverage.HISTORY).values_list("pk", "client_id"))
    desk = open_desk(practice_id, now=now)
    end_plans(desk, [pk for pk, _ in live], reason)
    plan_visits(desk, [pk for pk, _ in live])
    release_touches(desk, [client_id for _, client_id in live])
