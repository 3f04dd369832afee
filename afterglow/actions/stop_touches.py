"""A person stops messages that are planned, or takes that back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest

from afterglow.actions.leave_remarks import NewRemark, leave_remarks
from afterglow.models import Plan, Touch
from afterglow.models.scope import practice_scope

BY_HAND = "stopped by "  # how the reason begins of what a person stopped


def stop_touch(*, practice_id: int, touch_id: int, by: str, now: datetime) -> int | None:
    """The client whose message will not go out any more; none when it was not planned any more."""
    with practice_scope(practice_id):
        planned = _planned(practice_id).select_for_update().filter(pk=touch_id)
        found = planned.values_list("client_id", "plan_id").first()
        if found is None:
            return None
        _cancel(planned, by, now)
        _remark(practice_id, [found], f"One message stopped by {by}", by, now)
        return found[0]


def stop_client(*, practice_id: int, client_id: int, by: str, now: datetime) -> int:
    """How many planned messages of this client were stopped, with their plans. A new visit starts a new plan."""
    with practice_scope(practice_id):
        planned = _planned(practice_id).select_for_update().filter(client=client_id)
        active = Plan.objects.filter(practice=practice_id, client=client_id, state=Plan.State.ACTIVE)
        plan_ids = list(active.values_list("pk", flat=True))
        count = _cancel(planned, by, now)
        Plan.objects.filter(practice=practice_id, pk__in=plan_ids).update(
            state=Plan.State.STOPPED, stopped_reason=_reason(by)
        )
        _remark(practice_id, [(client_id, plan_id) for plan_id in plan_ids], f"Stopped: by {by}", by, now)
        return count


def resume_touches(*, practice_id: int, client_id: int, stopped_at: datetime, by: str, now: datetime) -> int:
    """How many messages that a person stopped at that moment are planned again: those whose time has not passed."""
    with practice_scope(practice_id):
        stopped = Touch.objects.filter(
            practice=practice_id,
            client=client_id,
            state=Touch.State.CANCELLED,
            ended_at=stopped_at,
            reason__startswith=BY_HAND,
            valid_until__gt=now,
        )
        plans = set(stopped.values_list("client_id", "plan_id"))
        count = stopped.update(
            state=Touch.State.PLANNED, reason="", ended_at=None, due_at=Greatest(F("planned_at"), Value(now))
        )
        Plan.objects.filter(
            practice=practice_id, pk__in=[plan_id for _, plan_id in plans], stopped_reason__startswith=BY_HAND
        ).update(state=Plan.State.ACTIVE, stopped_reason="")
        _remark(practice_id, plans, f"Planned again by {by}", by, now)
        return count


def _reason(by: str) -> str:
    return f"{BY_HAND}{by}"


def _planned(practice_id: int) -> QuerySet[Touch]:
    return Touch.objects.filter(practice=practice_id, state=Touch.State.PLANNED)


def _cancel(planned: QuerySet[Touch], by: str, now: datetime) -> int:
    return planned.update(state=Touch.State.CANCELLED, reason=_reason(by), ended_at=now)


def _remark(practice_id: int, plans: Iterable[tuple[int, int]], text: str, by: str, now: datetime) -> None:
    remarks = [NewRemark(client_id=client_id, plan_id=plan_id, text=text, by=by) for client_id, plan_id in plans]
    leave_remarks(practice_id=practice_id, remarks=remarks, now=now)
