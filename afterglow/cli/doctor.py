"""`afterglow doctor`: what is configured, what is missing, is it alive."""

from __future__ import annotations

from datetime import datetime, timedelta

import typer
from django.conf import settings
from django.db import connection

from afterglow.cli.edge import now, ready
from afterglow.cli.output import DONE, PROBLEMS, Format, FormatOption, show
from afterglow.models import Heartbeat, Practice, ProtocolVersion
from afterglow.models.across import all_practices
from afterglow.models.scope import practice_scope
from afterglow.queries.health import PracticeHealth, practice_health
from afterglow.queries.words import counted

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
SILENT_AFTER = timedelta(minutes=1)
GOOD, NOTE, BAD = "ok", "look", "fault"
Line = dict[str, object]


@command.command()
def doctor(form: FormatOption = Format.TABLE) -> None:
    """Check this installation and say in plain words what to do about each finding."""
    ready()
    at = now()
    lines = [_database(), _site(), _scheduler(at)]
    ids = all_practices()
    if not ids:
        lines.append(_line(BAD, "practice", "There is none yet. Open one: afterglow open-practice --help"))
    for practice_id in ids:
        lines.extend(_practice(practice_id, at))
    show(lines, columns=("state", "what", "finding"), form=form)
    raise typer.Exit(PROBLEMS if any(line["state"] == BAD for line in lines) else DONE)


def _line(state: str, what: str, finding: str) -> Line:
    return {"state": state, "what": what, "finding": finding}


def _database() -> Line:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_user")
        version, user = cursor.fetchone()
    kind = "server from DATABASE_URL" if settings.OWNER_DATABASE_URL else "embedded"
    return _line(GOOD, "database", f"PostgreSQL {version}, {kind}, as {user}")


def _site() -> Line:
    is_local = "127.0.0.1" in settings.SITE_URL or "localhost" in settings.SITE_URL
    if is_local:
        return _line(
            NOTE,
            "address",
            f"{settings.SITE_URL}: links in messages work on this machine only. Set AFTERGLOW_SITE_URL.",
        )
    return _line(GOOD, "address", settings.SITE_URL)


def _scheduler(at: datetime) -> Line:
    beat = Heartbeat.objects.filter(part="scheduler").first()
    if beat is None:
        return _line(BAD, "scheduler", "It has never run: nothing is sent. Start it: afterglow up")
    silence = at - beat.at
    if silence > SILENT_AFTER:
        return _line(BAD, "scheduler", f"Silent for {_spoken(silence)}: nothing is sent. Start it: afterglow up")
    return _line(GOOD, "scheduler", f"alive, {int(silence.total_seconds())} s ago")


def _practice(practice_id: int, at: datetime) -> list[Line]:
    with practice_scope(practice_id):
        practice = Practice.objects.get(pk=practice_id)
        health = practice_health(practice_id=practice_id, now=at)
        protocols = ProtocolVersion.objects.filter(practice=practice_id, is_current=True, is_on=True).count()
    name = f"practice {practice_id}"
    lines = [_line(GOOD, name, f"{practice.name}, {practice.timezone}, {protocols} protocols on")]
    if not practice.urgent_phone and not practice.phone:
        lines.append(_line(BAD, name, "No phone number: check-ins cannot say whom to call and are held. Set one."))
    if not practice.address:
        lines.append(_line(BAD, name, "No postal address: marketing e-mail must show one and is held."))
    lines.extend(_senders(name, health))
    lines.extend(_queue(name, health))
    return lines


def _senders(name: str, health: PracticeHealth) -> list[Line]:
    lines = [_line(GOOD, name, f"{channel} goes through {provider}") for channel, provider in health.senders]
    if not any(channel == "sms" for channel, _ in health.senders):
        lines.append(_line(BAD, name, "No sender for texts: afterglow set-sender sms twilio --config FILE"))
    if not any(channel == "email" for channel, _ in health.senders):
        lines.append(_line(NOTE, name, "No sender for e-mail: afterglow set-sender email smtp --config FILE"))
    return lines


def _queue(name: str, health: PracticeHealth) -> list[Line]:
    lines = []
    if health.oldest_due_for is not None and health.oldest_due_for > SILENT_AFTER:
        lines.append(
            _line(BAD, name, f"{counted(health.due, 'message')} due, the oldest for {_spoken(health.oldest_due_for)}.")
        )
    if health.unknown:
        lines.append(
            _line(
                NOTE,
                name,
                f"The provider is being asked whether {counted(health.unknown, 'message')} went out.",
            )
        )
    if health.unread_events:
        lines.append(_line(NOTE, name, f"Not processed yet: {counted(health.unread_events, 'reported event')}."))
    if health.last_visit_reported_for is not None and health.last_visit_reported_for > timedelta(days=3):
        lines.append(_line(NOTE, name, f"No visit was reported for {_spoken(health.last_visit_reported_for)}."))
    return lines


def _spoken(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 60 * 48 else f"{minutes // 1440} days"
