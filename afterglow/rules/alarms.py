"""What keeps Afterglow from doing its work right now, in words that an owner understands.

Health facts in, standing alarms out. A cause hides its consequences: while nothing runs at all, nobody is told as well
that messages are late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from afterglow.rules.channel_words import of_account

OUTAGE_AFTER = timedelta(minutes=5)
UNKNOWN_AFTER = timedelta(minutes=15)
UNREAD_AFTER = timedelta(minutes=15)
SOURCE_SILENT_AFTER = timedelta(hours=72)  # longer than a weekend
REPORTS_SINCE = timedelta(days=1)  # a source that sent only a test on its first day has no habit to break
NO_PROGRESS = timedelta(minutes=5)
FAR_TOO_LATE = 4  # times the owner's own limit: then it counts that messages are late, although some go out
LEAST_MESSAGES = 10
FAILING_SHARE = 0.3
MANY_UNREADABLE = 5

REMEDIES = {
    "scheduler": "Start Afterglow again on its machine (afterglow up), and see what its log says.",
    "worker": "Start Afterglow again on its machine (afterglow up), and see what its log says.",
    "queue": "Open Health: it names the account that holds messages up. If none is named, start Afterglow again.",
    "outage": "Look at the status page and the balance of the provider. Messages go on by themselves when it answers.",
    "unknown": "Look at the provider's own log for these messages. Nothing is sent a second time on a guess.",
    "source": "See in the booking system whether its connection to Afterglow is still switched on.",
    "failing": "Open Health: it lists the provider's reasons. A number or a domain may not be registered.",
    "unread": "Start Afterglow again on its machine (afterglow up). What arrived is kept and will be read.",
    "unreadable": "Open Today: each of them is a task there. Tell whoever connected the booking system.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """Signs of life of the parts that all practices share. None: never seen."""

    scheduler_at: datetime | None
    worker_at: datetime | None
    watcher_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageFacts:
    channel: str
    provider: str
    reason: str
    tries: int
    began_at: datetime
    retry_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    id: int
    name: str
    created_at: datetime
    last_event_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHour:
    """How many messages of the last hour have an outcome, and how many of them failed."""

    channel: str
    settled: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFacts:
    """What one practice has waiting, and what has come and gone."""

    machine: MachineFacts
    due: int
    oldest_due_at: datetime | None
    last_out_at: datetime | None
    last_visit_at: datetime | None  # when one was last reported
    unknown: int
    oldest_unknown_at: datetime | None
    unread: int
    oldest_unread_at: datetime | None
    unreadable: int  # of the last day, and nobody has looked at them
    outages: tuple[OutageFacts, ...]
    sources: tuple[SourceFacts, ...]
    last_hour: tuple[ChannelHour, ...]


@dataclass(frozen=True, slots=True)
class StandingAlarm:
    """One alarm that stands now. `subject` says which one, where a kind can stand several times."""

    kind: str
    subject: str
    reason: str


def standing_alarms(facts: HealthFacts, *, after: timedelta, now: datetime) -> tuple[StandingAlarm, ...]:
    """Every alarm that stands now, the gravest first. `after`: how long nothing may run before the owner hears."""
    stopped = tuple(_stopped(facts, after, now))
    return (
        *(stopped or _late(facts, after, now)),
        *_outages(facts, now),
        *_failing(facts),
        *_unknown(facts, now),
        *(() if stopped else _unread(facts, now)),
        *_unreadable(facts),
        *_silent_sources(facts, now),
    )


def is_silent(source: SourceFacts, *, now: datetime) -> bool:
    """Whether a source that used to report has stopped."""
    if source.last_event_at is None or source.last_event_at - source.created_at < REPORTS_SINCE:
        return False
    return now - source.last_event_at > SOURCE_SILENT_AFTER


def spoken_span(span: timedelta) -> str:
    """A length of time in one unit, rounded down: "40 seconds", "16 minutes", "3 hours", "2 days"."""
    seconds = max(int(span.total_seconds()), 0)
    for size, unit, until in ((1, "second", 60), (60, "minute", 120 * 60), (3600, "hour", 48 * 3600)):
        if seconds < until:
            return _counted(seconds // size, unit)
    return _counted(seconds // 86_400, "day")


def _counted(count: int, unit: str) -> str:
    return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"


def _stopped(facts: HealthFacts, after: timedelta, now: datetime) -> Iterator[StandingAlarm]:
    scheduler_at, worker_at = facts.machine.scheduler_at, facts.machine.worker_at
    if scheduler_at is not None and now - scheduler_at > after:
        silence = spoken_span(now - scheduler_at)
        yield StandingAlarm("scheduler", "", f"Afterglow has not run for {silence}. No message goes out.")
    elif facts.oldest_due_at is not None and worker_at is not None and now - worker_at > after:
        silence = spoken_span(now - worker_at)
        yield StandingAlarm("worker", "", f"No worker has run for {silence}, and {_messages(facts.due)} should go out.")


def _late(facts: HealthFacts, after: timedelta, now: datetime) -> Iterator[StandingAlarm]:
    if facts.oldest_due_at is None:
        return
    lateness = now - facts.oldest_due_at
    is_stuck = facts.last_out_at is None or now - facts.last_out_at > NO_PROGRESS
    if lateness > after and is_stuck:
        late = f"{_messages(facts.due)} should have gone out, the oldest {spoken_span(lateness)} ago."
        yield StandingAlarm("queue", "", f"{late} Nothing is moving.")
    elif lateness > FAR_TOO_LATE * after:
        late = f"Messages go out {spoken_span(lateness)} late; {_messages(facts.due)} still to go."
        yield StandingAlarm("queue", "", late)


def _outages(facts: HealthFacts, now: datetime) -> Iterator[StandingAlarm]:
    for outage in facts.outages:
        if now - outage.began_at > OUTAGE_AFTER:
            what, since = of_account(outage.channel), spoken_span(now - outage.began_at)
            reason = f"The account for {what} ({outage.provider}) has taken nothing for {since}: {outage.reason}."
            yield StandingAlarm("outage", outage.channel, reason)


def _failing(facts: HealthFacts) -> Iterator[StandingAlarm]:
    for hour in facts.last_hour:
        if hour.settled >= LEAST_MESSAGES and hour.failed / hour.settled > FAILING_SHARE:
            what = of_account(hour.channel)
            reason = f"{hour.failed} of the last {hour.settled} messages ({what}) were refused or did not arrive."
            yield StandingAlarm("failing", hour.channel, reason)


def _unknown(facts: HealthFacts, now: datetime) -> Iterator[StandingAlarm]:
    if facts.oldest_unknown_at is not None and now - facts.oldest_unknown_at > UNKNOWN_AFTER:
        since = spoken_span(now - facts.oldest_unknown_at)
        verb = "is" if facts.unknown == 1 else "are"
        yield StandingAlarm("unknown", "", f"{_messages(facts.unknown)} {verb} in doubt, the oldest for {since}.")


def _unread(facts: HealthFacts, now: datetime) -> Iterator[StandingAlarm]:
    if facts.oldest_unread_at is not None and now - facts.oldest_unread_at > UNREAD_AFTER:
        since = spoken_span(now - facts.oldest_unread_at)
        what = "1 report" if facts.unread == 1 else f"{facts.unread:,} reports"
        yield StandingAlarm(
            "unread", "", f"{what} from outside (visits, replies) not read yet, the oldest for {since}."
        )


def _unreadable(facts: HealthFacts) -> Iterator[StandingAlarm]:
    if facts.unreadable >= MANY_UNREADABLE:
        yield StandingAlarm(
            "unreadable", "", f"{facts.unreadable:,} reports from outside could not be read since yesterday."
        )


def _silent_sources(facts: HealthFacts, now: datetime) -> Iterator[StandingAlarm]:
    for source in facts.sources:
        if source.last_event_at is not None and is_silent(source, now=now):
            since = spoken_span(now - source.last_event_at)
            yield StandingAlarm("source", str(source.id), f"{source.name} has reported nothing for {since}.")


def _messages(count: int) -> str:
    return _counted(count, "message")
