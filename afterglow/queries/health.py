"""Is the machine alive, does every account deliver, what is stuck: the facts behind Health and `afterglow doctor`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Count, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate

from afterglow.channels.refusal_words import why_lost, why_refused
from afterglow.models import AddressFault, Alarm, Attempt, Message, Practice, SenderAccount
from afterglow.models.health_facts import health_facts, machine_facts
from afterglow.rules.alarms import HealthFacts, OutageFacts
from afterglow.rules.facts import Channel
from afterglow.rules.timing import local_day

DAYS = 7
REASONS = 5
ALARMS = 8
A_DAY = timedelta(days=1)
STATUSES = ("delivered", "accepted", "unknown", "failed")  # the order of every picture and table


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What became of the messages of a span. `accepted` counts those taken and not (yet) reported delivered."""

    delivered: int = 0
    accepted: int = 0
    unknown: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.delivered + self.accepted + self.unknown + self.failed

    @property
    def percent(self) -> int | None:
        """Taken or delivered, of all that left us; none when nothing did."""
        return round(100 * (self.delivered + self.accepted) / self.total) if self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailReason:
    """Why messages failed, in words, and the provider's own code for it."""

    words: str
    code: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHealth:
    channel: str
    provider: str
    last_success_at: datetime | None  # of the last week
    day: Share
    week: Share
    reasons: Sequence[FailReason]
    dead_addresses: int
    outage: OutageFacts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayShare:
    on: date
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    kind: str
    reason: str
    opened_at: datetime
    closed_at: datetime | None
    told_at: datetime | None
    told_how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseHealth:
    version: str
    user: str
    bytes: int
    is_embedded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeHealth:
    """All that Health and the doctor say about one practice."""

    facts: HealthFacts
    accounts: Sequence[AccountHealth]
    days: Sequence[DayShare]
    alarms: Sequence[AlarmRow]
    now: datetime


def practice_health(practice: Practice, *, now: datetime) -> PracticeHealth:
    """Eleven queries, however many messages there are. Inside a practice scope."""
    facts = health_facts(practice_id=practice.pk, machine=machine_facts(), now=now)
    return PracticeHealth(
        facts=facts,
        accounts=_accounts(practice, facts, now),
        days=_days(practice, now),
        alarms=_alarms(practice, now),
        now=now,
    )


def database_health() -> DatabaseHealth:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_user, pg_database_size(current_database())")
        version, user, size = cursor.fetchone()
    return DatabaseHealth(
        version=version.split()[0], user=user, bytes=size, is_embedded=not settings.OWNER_DATABASE_URL
    )


def _accounts(practice: Practice, facts: HealthFacts, now: datetime) -> tuple[AccountHealth, ...]:
    accounts = _with_dead_addresses(practice)
    shares = _shares(practice, now)
    reasons = _reasons(practice, now)
    outages = {outage.channel: outage for outage in facts.outages}
    return tuple(
        AccountHealth(
            channel=channel,
            provider=provider,
            last_success_at=shares[channel].last_success_at,
            day=Share(**shares[channel].day),
            week=Share(**shares[channel].week),
            reasons=reasons.get(channel, ()),
            dead_addresses=dead,
            outage=outages.get(channel),
        )
        for channel, provider, dead in accounts
    )


def _with_dead_addresses(practice: Practice) -> list[tuple[str, str, int]]:
    """Channel, provider and the number of dead addresses of every account."""
    faults = AddressFault.objects.filter(practice=practice, channel=OuterRef("channel"), cleared_at=None)
    counted = faults.order_by().values("channel").annotate(n=Count("pk")).values("n")
    dead = Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    accounts = SenderAccount.objects.filter(practice=practice).annotate(dead=dead).order_by("channel")
    return list(accounts.values_list("channel", "provider", "dead"))


class _Counts:
    """The messages of a channel by status, as they are added up."""

    def __init__(self) -> None:
        self.day: dict[str, int] = {}
        self.week: dict[str, int] = {}
        self.last_success_at: datetime | None = None


def _shares(practice: Practice, now: datetime) -> Mapping[str, _Counts]:
    rows = (
        _left(practice, since=now - DAYS * A_DAY)
        .order_by()
        .values_list("channel", "status")
        .annotate(week=Count("pk"), day=Count("pk", filter=Q(at__gte=now - A_DAY)), last=Max("at"))
    )
    counts: dict[str, _Counts] = defaultdict(_Counts)
    for channel, status, week, day, last in rows:
        of = counts[channel]
        of.week[status], of.day[status] = week, day
        if status in (Message.Status.ACCEPTED, Message.Status.DELIVERED):
            of.last_success_at = max(of.last_success_at or last, last)
    return counts


def _reasons(practice: Practice, now: datetime) -> Mapping[str, Sequence[FailReason]]:
    """Why messages of the last week failed, by the provider's code, the most frequent first."""
    failed = Attempt.objects.filter(
        practice=practice,
        state__in=[Attempt.State.REFUSED, Attempt.State.UNDELIVERED],
        message__at__gte=now - DAYS * A_DAY,
        message__status=Message.Status.FAILED,
    )
    rows = failed.order_by().values_list("channel", "state", "code").annotate(count=Count("pk"))
    found: dict[str, list[FailReason]] = defaultdict(list)
    for channel, state, stored, count in sorted(rows, key=lambda row: -row[3]):
        kind, _, code = stored.partition(":")
        why = why_lost if state == Attempt.State.UNDELIVERED else why_refused
        found[channel].append(FailReason(words=why(kind, code, Channel(channel)), code=code, count=count))
    return {channel: reasons[:REASONS] for channel, reasons in found.items()}


def _days(practice: Practice, now: datetime) -> tuple[DayShare, ...]:
    """The last week by day of the practice's own calendar, the oldest first."""
    today = local_day(now, practice.timezone)
    days = [today - n * A_DAY for n in reversed(range(DAYS))]
    rows = (
        _left(practice, since=now - (DAYS + 1) * A_DAY)
        .order_by()
        .annotate(on=TruncDate("at", tzinfo=ZoneInfo(practice.timezone)))
        .values_list("on", "status")
        .annotate(Count("pk"))
    )
    counts: dict[date, dict[str, int]] = defaultdict(dict)
    for on, status, count in rows:
        counts[on][status] = count
    return tuple(DayShare(on=on, share=Share(**counts[on])) for on in days)


def _left(practice: Practice, *, since: datetime) -> QuerySet[Message, Any]:
    """The messages that were handed to a provider and are not just on their way."""
    out = Message.objects.filter(practice=practice, direction=Message.Direction.OUT, at__gte=since)
    return out.filter(status__in=STATUSES)


def _alarms(practice: Practice, now: datetime) -> tuple[AlarmRow, ...]:
    """The open ones, then those of the last month."""
    shown = Q(closed_at=None) | Q(opened_at__gte=now - 30 * A_DAY)
    rows = Alarm.objects.filter(shown, practice=practice).order_by("-opened_at", "-pk")[:ALARMS]
    fields = ("kind", "reason", "opened_at", "closed_at", "told_at", "told_how")
    return tuple(AlarmRow(**row) for row in rows.values(*fields))
