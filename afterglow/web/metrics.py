"""The figures in the format that Prometheus reads. Everything is asked of the database at the moment of the call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.metadata import version

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from afterglow.queries.metrics import PracticeFigures, part_ages, practice_figures

PRACTICE = ("practice",)


def metrics_text(*, now: datetime) -> bytes:
    """All figures as text. A registry of its own: nothing of this one process is mixed in."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(now))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily("afterglow_build", "The version that runs.", {"version": version("afterglow")})
        age = _gauge("afterglow_last_alive_seconds", "Seconds since a part was last alive.", ("part",))
        for part, seconds in part_ages(now=self._now).items():
            age.add_metric([part], seconds)
        yield age
        practices = list(practice_figures(now=self._now))
        yield from _waiting(practices, self._now)
        yield _attempts(practices)
        yield _outages(practices)
        yield _alarms(practices)


def _waiting(practices: Sequence[PracticeFigures], now: datetime) -> Iterable[Metric]:
    due = _gauge("afterglow_due_messages", "Messages that are due and not decided yet.", PRACTICE)
    oldest = _gauge(
        "afterglow_oldest_due_seconds", "How long the oldest of them has been due; 0 without any.", PRACTICE
    )
    unknown = _gauge("afterglow_messages_in_doubt", "Messages of which nobody knows yet whether they left.", PRACTICE)
    unread = _gauge("afterglow_unread_events", "Calls from outside that are kept and not read yet.", PRACTICE)
    for practice in practices:
        label, facts = [str(practice.practice_id)], practice.facts
        due.add_metric(label, facts.due)
        oldest.add_metric(label, _seconds(facts.oldest_due_at, now))
        unknown.add_metric(label, facts.unknown)
        unread.add_metric(label, facts.unread)
    return due, oldest, unknown, unread


def _attempts(practices: Sequence[PracticeFigures]) -> Metric:
    labels = ("practice", "channel", "provider", "state")
    attempts = _gauge("afterglow_attempts_last_hour", "Calls to providers in the last hour, by how they stand.", labels)
    for practice in practices:
        for (channel, provider, state), count in practice.attempts.items():
            attempts.add_metric([str(practice.practice_id), channel, provider, state], count)
    return attempts


def _outages(practices: Sequence[PracticeFigures]) -> Metric:
    labels = ("practice", "channel", "provider")
    outages = _gauge("afterglow_outage", "1 for every account that takes nothing now.", labels)
    for practice in practices:
        for outage in practice.facts.outages:
            outages.add_metric([str(practice.practice_id), outage.channel, outage.provider], 1)
    return outages


def _alarms(practices: Sequence[PracticeFigures]) -> Metric:
    alarms = _gauge("afterglow_alarms", "Alarms that stand now.", ("practice", "kind"))
    for practice in practices:
        for kind, count in practice.alarms.items():
            alarms.add_metric([str(practice.practice_id), kind], count)
    return alarms


def _gauge(name: str, says: str, labels: Sequence[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, labels=labels)


def _seconds(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
