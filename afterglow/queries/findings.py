"""What a person should know about the health of Afterglow: each finding with what it means and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings

from afterglow.models import Practice
from afterglow.queries.health import AccountHealth, DatabaseHealth, PracticeHealth
from afterglow.queries.words import counted
from afterglow.rules.alarms import (
    FAILING_SHARE,
    LEAST_MESSAGES,
    REMEDIES,
    MachineFacts,
    StandingAlarm,
    is_silent,
    spoken_span,
    standing_alarms,
)
from afterglow.rules.channel_words import of_account

SILENT_AFTER = timedelta(minutes=1)
LATE_AFTER = timedelta(minutes=1)
QUIET_AFTER = timedelta(days=3)
START = "Start it: afterglow up"


class State(StrEnum):
    GOOD = "ok"
    LOOK = "look"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line: `what` it is about, how it is, and what to do when it is not well."""

    state: State
    what: str
    says: str
    remedy: str = ""


def parts_findings(machine: MachineFacts, *, now: datetime) -> tuple[Finding, ...]:
    """The parts that all practices share: is each alive?"""
    nothing = "Nothing is sent."
    return (
        _part("Scheduler", machine.scheduler_at, "looks every 5 seconds for what is due", nothing, now=now),
        _part("Worker", machine.worker_at, "sends messages and reads what arrives", nothing, now=now),
        _part(
            "Watcher",
            machine.watcher_at,
            "tells the owner when something stops",
            "Nobody is told when something stops.",
            now=now,
            is_vital=False,
        ),
    )


def practice_findings(practice: Practice, health: PracticeHealth) -> tuple[Finding, ...]:
    """What is set up, what waits and what fails, for one practice."""
    limit = timedelta(minutes=practice.alert_after_minutes)
    standing = standing_alarms(health.facts, after=limit, now=health.now)
    return (
        *_setup(practice, health),
        *(_alarm(s) for s in standing if s.kind not in ("scheduler", "worker")),
        *_waiting(health, {s.kind for s in standing}),
        *_accounts(health, {s.subject for s in standing if s.kind in ("outage", "failing")}),
        *_sources(health),
    )


def account_finding(account: AccountHealth, *, now: datetime) -> Finding:
    """How one account does, in a sentence."""
    what = f"{of_account(account.channel)} through {account.provider}".capitalize()
    if account.outage is not None:
        return _outage(account, what, now)
    if account.week.total == 0:
        return Finding(state=State.GOOD, what=what, says="Nothing was sent in the last 7 days.")
    day = "nothing in the last 24 hours" if account.day.percent is None else f"{account.day.percent}% in the last 24 h"
    says = f"{day}, {account.week.percent}% of {counted(account.week.total, 'message')} in 7 days were taken."
    says = says[:1].upper() + says[1:]
    if account.day.total >= LEAST_MESSAGES and account.day.failed / account.day.total > FAILING_SHARE:
        return Finding(state=State.LOOK, what=what, says=says, remedy=REMEDIES["failing"])
    return Finding(state=State.GOOD, what=what, says=says)


def site_finding() -> Finding:
    if "127.0.0.1" in settings.SITE_URL or "localhost" in settings.SITE_URL:
        says = f"{settings.SITE_URL}: links in messages work on this machine only."
        return Finding(state=State.LOOK, what="Address", says=says, remedy="Set AFTERGLOW_SITE_URL.")
    return Finding(state=State.GOOD, what="Address", says=settings.SITE_URL)


def database_finding(database: DatabaseHealth) -> Finding:
    kind = "embedded" if database.is_embedded else "server from DATABASE_URL"
    says = f"PostgreSQL {database.version}, {kind}, {spoken_size(database.bytes)}, as {database.user}"
    return Finding(state=State.GOOD, what="Database", says=says)


def spoken_size(size: int) -> str:
    """ "84 MB", "3.2 GB"."""
    megabytes = size / 1_000_000
    return f"{megabytes:,.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:,.1f} GB"


def _part(what: str, at: datetime | None, does: str, without: str, *, now: datetime, is_vital: bool = True) -> Finding:
    bad = State.FAULT if is_vital else State.LOOK
    if at is None:
        return Finding(state=bad, what=what, says=f"It has never run. {without}", remedy=START)
    if now - at > SILENT_AFTER:
        return Finding(state=bad, what=what, says=f"Silent for {spoken_span(now - at)}. {without}", remedy=START)
    return Finding(state=State.GOOD, what=what, says=f"Alive {spoken_span(now - at)} ago; it {does}.")


def _setup(practice: Practice, health: PracticeHealth) -> Iterator[Finding]:
    channels = {account.channel for account in health.accounts}
    if not practice.urgent_phone and not practice.phone:
        says = "None: check-ins cannot say whom to call and are held."
        yield Finding(state=State.FAULT, what="Phone number", says=says, remedy="Set one.")
    if not practice.address:
        says = "None: marketing e-mail must show one and is held."
        yield Finding(state=State.FAULT, what="Postal address", says=says, remedy="Set one.")
    if "sms" not in channels:
        remedy = "afterglow set-sender sms twilio --config FILE"
        yield Finding(state=State.FAULT, what="Texts", says="No sender for texts.", remedy=remedy)
    if "email" not in channels:
        remedy = "afterglow set-sender email smtp --config FILE"
        yield Finding(state=State.LOOK, what="E-mail", says="No sender for e-mail.", remedy=remedy)
    if not practice.alert_email and not practice.alert_phone:
        says = "Nobody is told when Afterglow stops."
        yield Finding(
            state=State.LOOK, what="Alerts", says=says, remedy="Give an e-mail address or a phone number on Health."
        )


_NAMES = {
    "queue": "Waiting messages",
    "outage": "Outage",
    "failing": "Failing messages",
    "unknown": "Messages in doubt",
    "unread": "Reports from outside",
    "unreadable": "Unreadable reports",
    "source": "Silent source",
}


def _alarm(standing: StandingAlarm) -> Finding:
    state = State.LOOK if standing.kind in ("source", "unreadable") else State.FAULT
    return Finding(
        state=state, what=_NAMES[standing.kind], says=standing.reason, remedy=REMEDIES.get(standing.kind, "")
    )


def _waiting(health: PracticeHealth, standing: set[str]) -> Iterator[Finding]:
    """What waits: a good line when nothing does, and none where an alarm has said it already."""
    facts, now = health.facts, health.now
    if "queue" not in standing:
        yield _due(facts.due, facts.oldest_due_at, now)
    if facts.unknown and "unknown" not in standing:
        says = f"The provider is being asked whether {counted(facts.unknown, 'message')} went out."
        yield Finding(state=State.LOOK, what=_NAMES["unknown"], says=says)
    if facts.unread and "unread" not in standing:
        says = f"{counted(facts.unread, 'report')} from outside not read yet."
        yield Finding(state=State.GOOD, what=_NAMES["unread"], says=says)
    if facts.unreadable and "unreadable" not in standing:
        says = f"{counted(facts.unreadable, 'report')} could not be read since yesterday."
        yield Finding(state=State.LOOK, what=_NAMES["unreadable"], says=says, remedy=REMEDIES["unreadable"])


def _due(due: int, oldest_at: datetime | None, now: datetime) -> Finding:
    if oldest_at is None:
        return Finding(state=State.GOOD, what=_NAMES["queue"], says="No message is due and waiting.")
    lateness = now - oldest_at
    says = f"{counted(due, 'message')} due, the oldest for {spoken_span(lateness)}."
    return Finding(state=State.LOOK if lateness > LATE_AFTER else State.GOOD, what=_NAMES["queue"], says=says)


def _accounts(health: PracticeHealth, said: set[str]) -> Iterator[Finding]:
    for account in health.accounts:
        if account.channel not in said:
            yield account_finding(account, now=health.now)
        if account.dead_addresses:
            dead = counted(account.dead_addresses, "address", "addresses")
            says = f"{dead} cannot receive {of_account(account.channel)}."
            remedy = "Correct them with the client. They are used again once corrected."
            yield Finding(state=State.GOOD, what="Dead addresses", says=says, remedy=remedy)


def _outage(account: AccountHealth, what: str, now: datetime) -> Finding:
    assert account.outage is not None
    wait = account.outage.retry_at - now
    next_try = f"Next try in {spoken_span(wait)}." if wait > timedelta() else "It is being tried again now."
    says = f"It has taken nothing for {spoken_span(now - account.outage.began_at)}: {account.outage.reason}. {next_try}"
    return Finding(state=State.LOOK, what=what, says=says, remedy=REMEDIES["outage"])


def _sources(health: PracticeHealth) -> Iterator[Finding]:
    for source in health.facts.sources:
        if source.last_event_at is not None and not is_silent(source, now=health.now):
            says = f"Last report {spoken_span(health.now - source.last_event_at)} ago."
            yield Finding(state=State.GOOD, what=source.name, says=says)
    if health.facts.last_visit_at is not None and health.now - health.facts.last_visit_at > QUIET_AFTER:
        says = f"No visit was reported for {spoken_span(health.now - health.facts.last_visit_at)}."
        remedy = "Import a fresh file, or check the connection of the booking system."
        yield Finding(state=State.LOOK, what="Visits", says=says, remedy=remedy)
