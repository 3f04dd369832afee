"""Is the machine alive for a practice, and what is stuck."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min

from afterglow.models import Attempt, RawEvent, SenderAccount, Touch, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeHealth:
    senders: tuple[tuple[str, str], ...]  # channel, provider
    due: int
    oldest_due_for: timedelta | None
    unknown: int
    unread_events: int
    last_visit_reported_for: timedelta | None


def practice_health(*, practice_id: int, now: datetime) -> PracticeHealth:
    """How long the oldest due message has waited, what nobody can tell, what was not read. Inside a practice scope."""
    due = Touch.objects.filter(practice=practice_id, state=Touch.State.PLANNED, due_at__lte=now)
    counted = due.aggregate(count=Count("pk"), oldest=Min("due_at"))
    reported = Visit.objects.filter(practice=practice_id).aggregate(last=Max("reported_at"))["last"]
    open_states = [Attempt.State.INTENT, Attempt.State.UNKNOWN]
    return PracticeHealth(
        senders=tuple(
            SenderAccount.objects.filter(practice=practice_id).order_by("channel").values_list("channel", "provider")
        ),
        due=counted["count"],
        oldest_due_for=now - counted["oldest"] if counted["oldest"] else None,
        unknown=Attempt.objects.filter(practice=practice_id, state__in=open_states).count(),
        unread_events=RawEvent.objects.filter(practice=practice_id, processed_at=None).count(),
        last_visit_reported_for=now - reported if reported else None,
    )
