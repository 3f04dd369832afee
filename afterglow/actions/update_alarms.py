"""Open an alarm for what is wrong now, close it when it is over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import F, Q

from afterglow.models import Alarm, Practice
from afterglow.models.health_facts import health_facts, machine_facts
from afterglow.models.scope import practice_scope
from afterglow.rules.alarms import StandingAlarm, standing_alarms

CALM = timedelta(minutes=10)  # over for so long: only then it is over, and what comes back earlier is the same alarm
TEST = "test"
TEST_LASTS = timedelta(hours=1)


def update_alarms(*, practice_id: int, now: datetime) -> int:
    """How many alarms stand now. One row for each, however many watchers look at the same time."""
    with practice_scope(practice_id):
        practice = Practice.objects.get(pk=practice_id)
        facts = health_facts(practice_id=practice_id, machine=machine_facts(), now=now)
        standing = standing_alarms(facts, after=timedelta(minutes=practice.alert_after_minutes), now=now)
        known = _close_what_is_over(practice_id, standing, now)
        fresh = [s for s in standing if (s.kind, s.subject) not in known]
        _open(practice_id, [s for s in fresh if not _reopened(practice_id, s, now)], now)
        return len(standing)


def ask_for_test(*, practice_id: int, now: datetime) -> None:
    """The watcher tells the owner that this is a test, the same way it would tell of an alarm. Inside a scope."""
    _open(practice_id, [StandingAlarm(TEST, "", "This is a test. Alerts of Afterglow reach you.")], now)


def _close_what_is_over(practice_id: int, standing: Collection[StandingAlarm], now: datetime) -> set[tuple[str, str]]:
    """The alarms that stay open."""
    still = {(s.kind, s.subject) for s in standing}
    alarms = Alarm.objects.filter(practice=practice_id, closed_at=None)
    is_done = Q(kind=TEST) & (~Q(told_how="") | Q(opened_at__lt=now - TEST_LASTS))
    alarms.filter(is_done).update(closed_at=now)
    rows = list(alarms.exclude(kind=TEST).values_list("pk", "kind", "subject"))
    over = [pk for pk, kind, subject in rows if (kind, subject) not in still]
    if over:
        alarms.filter(pk__in=over).update(closed_at=now)
    return {(kind, subject) for _, kind, subject in rows} & still


def _reopened(practice_id: int, standing: StandingAlarm, now: datetime) -> bool:
    """Whether it was over for a moment only, and nobody has been told so."""
    ended = Alarm.objects.filter(
        Q(told_at=None) | Q(told_at__lt=F("closed_at")),
        practice=practice_id,
        kind=standing.kind,
        subject=standing.subject,
        closed_at__gt=now - CALM,
    )
    latest = ended.order_by("-opened_at").values_list("pk", flat=True).first()
    return latest is not None and Alarm.objects.filter(practice=practice_id, pk=latest).update(closed_at=None) == 1


def _open(practice_id: int, standing: Collection[StandingAlarm], now: datetime) -> None:
    Alarm.objects.bulk_create(
        [
            Alarm(practice_id=practice_id, kind=s.kind, subject=s.subject, reason=s.reason, opened_at=now)
            for s in standing
        ],
        ignore_conflicts=True,  # another watcher was first
    )
