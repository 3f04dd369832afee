"""End the plans of visits that turned out to be something else."""

from __future__ import annotations

from collections.abc import Sequence

from afterglow.actions.desk import Desk
from afterglow.actions.leave_remarks import NewRemark, leave_remarks
from afterglow.models import Plan, Touch


def end_plans(desk: Desk, visit_ids: Sequence[int], reason: str) -> None:
    """Cancel everything still open in the plans of these visits, with the reason: a stopped plan kept its check-in."""
    if not visit_ids:
        return
    plans = Plan.objects.filter(practice=desk.practice, visit__in=visit_ids)
    active = plans.filter(state=Plan.State.ACTIVE)
    rows = list(active.values_list("pk", "client_id"))
    Touch.objects.filter(practice=desk.practice, plan__in=plans, state=Touch.State.PLANNED).update(
        state=Touch.State.CANCELLED, reason=reason, ended_at=desk.now
    )
    active.update(state=Plan.State.STOPPED, stopped_reason=reason)
    remarks = [NewRemark(client_id=client_id, plan_id=pk, text=f"Stopped: {reason}") for pk, client_id in rows]
    leave_remarks(practice_id=desk.practice.pk, remarks=remarks, now=desk.now)
