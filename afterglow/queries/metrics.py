"""The figures that a monitoring system reads: ids and counts, never a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from afterglow.models import Alarm, Attempt, SenderAccount
from afterglow.models.across import all_practices
from afterglow.models.health_facts import health_facts, machine_facts
from afterglow.models.scope import practice_scope
from afterglow.rules.alarms import HealthFacts, MachineFacts

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeFigures:
    practice_id: int
    facts: HealthFacts
    attempts: Mapping[tuple[str, str, str], int]  # channel, provider, state: those of the last hour
    alarms: Mapping[str, int]  # by kind


def part_ages(*, now: datetime) -> Mapping[str, float]:
    """Seconds since each part was last alive; a part that never was is left out."""
    machine = machine_facts()
    moments = {
        "scheduler": machine.scheduler_at,
        "worker": machine.worker_at,
        "watcher": machine.watcher_at,
    }
    return {part: max((now - at).total_seconds(), 0.0) for part, at in moments.items() if at is not None}


def practice_figures(*, now: datetime) -> Iterator[PracticeFigures]:
    """One practice after the other, each inside its own scope."""
    machine = machine_facts()
    for practice_id in all_practices():
        with practice_scope(practice_id):
            yield _figures(practice_id, machine, now)


def _figures(practice_id: int, machine: MachineFacts, now: datetime) -> PracticeFigures:
    providers = dict(SenderAccount.objects.filter(practice=practice_id).values_list("channel", "provider"))
    attempts = (
        Attempt.objects.filter(practice=practice_id, message__at__gte=now - AN_HOUR)
        .order_by()
        .values_list("channel", "state")
        .annotate(Count("pk"))
    )
    alarms = Alarm.objects.filter(practice=practice_id, closed_at=None).exclude(kind="test")
    return PracticeFigures(
        practice_id=practice_id,
        facts=health_facts(practice_id=practice_id, machine=machine, now=now),
        attempts={(channel, providers.get(channel, ""), state): count for channel, state, count in attempts},
        alarms=dict(alarms.order_by().values_list("kind").annotate(Count("pk"))),
    )
