"""Staff say what a treatment was. Asked once, remembered for every visit of that name."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from afterglow.actions.desk import open_desk
from afterglow.actions.end_plans import end_plans
from afterglow.actions.plan_visits import plan_visits
from afterglow.actions.release_touches import release_touches
from afterglow.models import ServiceRule, Task, Treatment, Visit
from afterglow.models.scope import practice_scope
from afterglow.rules.catalog import MatchedTreatment, service_key


def name_service(
    *,
    practice_id: int,
    service: str,
    code: str = "",
    decision: str,
    treatment: MatchedTreatment | None = None,
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
                "treatments": [asdict(treatment)] if treatment else [],
                "decided_by": by,
                "decided_at": now,
            },
        )
        named = treatment or MatchedTreatment("none")
        waiting = _waiting(practice_id, key)
        Treatment.objects.filter(practice=practice_id, pk__in=list(waiting)).update(
            family=named.family, brand=named.brand, area=named.area, decision=decision, reason=f"named by {by}"
        )
        visit_ids = set(waiting.values())
        _plan_anew(practice_id, visit_ids, "staff named the treatment", now)
        Task.objects.filter(practice=practice_id, kind="service", visit__in=visit_ids, closed_at=None).update(
            closed_at=now, closed_by=by, outcome=decision
        )
        return len(visit_ids)


def _waiting(practice_id: int, key: str) -> dict[int, int]:
    """The treatments nobody has named yet that go by this key, and the visit of each."""
    asked = Treatment.objects.filter(practice=practice_id, decision="ask")
    rows = asked.values_list("pk", "visit_id", "service", "code")
    return {pk: visit_id for pk, visit_id, service, code in rows if service_key(service, code) == key}


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
    release_touches(practice_id=practice_id, client_ids=[client_id for _, client_id in live], now=now)
