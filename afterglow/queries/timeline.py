"""Everything about one client on one line of time: what was done and said, what comes next, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from afterglow.models import Attempt, Client, ClientFlag, Concern, Consent, Message, Practice, Remark, Task, Touch, Visit
from afterglow.models.facts import standing_consents, treatments_of
from afterglow.queries.forecasts import Forecast, forecasts
from afterglow.queries.today import LABELS, why_planned
from afterglow.queries.visits import LastVisit, last_visits
from afterglow.queries.words import CHANNELS, FUNCTIONS, flag_label, purpose_label, treatment_label
from afterglow.rules.facts import TreatmentFacts
from afterglow.rules.timing import local_day

SHOWN = 60  # of the past; earlier ones are a link away


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words that really went out or came in."""

    message_id: int
    is_ours: bool
    channel: str
    subject: str
    text: str
    at: datetime
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing on the line. `kind` picks its picture, `tone` its colour; `title` and `sentence` say it all in words."""

    kind: str  # visit | booking | message | reply | planned | skipped | remark | task | concern | consent
    at: datetime
    title: str
    sentence: str = ""
    details: tuple[str, ...] = ()
    tone: str = ""
    said: tuple[Said, ...] = ()
    preview: str = ""
    touch_id: int | None = None  # a message that can still be stopped
    is_certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    label: str
    at: datetime
    is_given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    client_id: int
    name: str
    phone: str
    email: str
    last_visit: LastVisit | None
    permissions: Sequence[Permission]
    flags: Sequence[str]
    stopped_at: datetime | None
    concern_opened_at: datetime | None
    waiting_since: datetime | None
    is_held_out: bool
    ahead: Sequence[Entry]
    past: Sequence[Entry]
    earlier_than: datetime | None
    planned_count: int


def timeline(practice: Practice, client_id: int, *, before: datetime | None, now: datetime) -> Timeline:
    """The client's line of time. `Client.DoesNotExist` when this practice has no such client."""
    client = Client.objects.get(practice=practice, pk=client_id)
    pages = _Rows(practice, client, before or now, now)
    entries = sorted(pages.entries(), key=lambda e: e.at, reverse=True)
    past = [e for e in entries if e.at <= (before or now)]
    ahead = [] if before else sorted((e for e in entries if e.at > now), key=lambda e: e.at)
    standing = standing_consents(practice, [client])[client.pk]
    visits = last_visits(practice, [client.pk], today=local_day(now, practice.timezone))
    concerns = [c for c in pages.concerns if c.closed_at is None]
    return Timeline(
        client_id=client.pk,
        name=client.name,
        phone=client.phone,
        email=client.email,
        last_visit=visits.get(client.pk),
        permissions=_permissions(pages.consents),
        flags=tuple(flag_label(f) for f in pages.flags),
        stopped_at=standing.opted_out_at,
        concern_opened_at=concerns[0].opened_at if concerns else None,
        waiting_since=client.reply_waiting_since,
        is_held_out=client.is_held_out,
        ahead=ahead,
        past=past[:SHOWN],
        earlier_than=past[SHOWN - 1].at if len(past) > SHOWN else None,
        planned_count=sum(e.touch_id is not None for e in entries),
    )
