"""Everything about one client on one line of time: what was done and said, what comes next, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db.models import Q

from afterglow.models import Client, ClientFlag, Concern, Consent, Message, Practice, Remark, Task, Touch, Visit
from afterglow.models.facts import standing_consents, treatments_of
from afterglow.queries.forecasts import forecasts
from afterglow.queries.timeline_entries import (
    Entry,
    concern_entries,
    consent_entries,
    remark_entries,
    task_entries,
    touch_entries,
    visit_entries,
)
from afterglow.queries.visits import LastVisit
from afterglow.queries.words import day_number, flag_label, purpose_label, treatments_label
from afterglow.rules.timing import local_day

SHOWN = 60  # entries of the past; earlier ones are a link away
CONSENTS = (("sms", "care"), ("sms", "marketing"), ("email", "marketing"), ("voice", "voice"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One thing a client may allow. `at` is when the newest word about it was said."""

    label: str
    is_given: bool
    at: datetime | None


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
    """The client's line of time, newest first; with `before`, the part that is older. Client.DoesNotExist if unknown."""
    client = Client.objects.get(practice=practice, pk=client_id)
    until = before or now
    touches = list(_of(Touch, client).select_related("client", "plan__visit").order_by("-planned_at")[: SHOWN * 2])
    planned = [t for t in touches if t.state == Touch.State.PLANNED and before is None]
    visits = list(_of(Visit, client).order_by("-starts_at")[: SHOWN + 1])
    treatments = treatments_of(practice, [v.pk for v in visits])
    consents = list(
        Consent.objects.filter(practice=practice, address__in=[a for a in (client.phone, client.email) if a])
    )
    concerns = list(_of(Concern, client))
    entries = list(
        chain(
            visit_entries(visits, treatments),
            touch_entries(touches, forecasts(practice, planned, now=now), _messages(client, until), practice),
            consent_entries(c for c in consents if c.client_id in (None, client.pk)),
            remark_entries(_of(Remark, client).filter(at__lte=until).order_by("-at")[: SHOWN + 1]),
            task_entries(_of(Task, client).filter(opened_at__lte=until).order_by("-opened_at")[: SHOWN + 1]),
            concern_entries(concerns),
        )
    )
    is_ahead = {id(e) for e in entries if e.forecast is not None or e.at > now}
    past = sorted((e for e in entries if id(e) not in is_ahead and e.at < until), key=lambda e: e.at, reverse=True)
    ahead = sorted((e for e in entries if id(e) in is_ahead), key=lambda e: e.at, reverse=True)
    return Timeline(
        client_id=client.pk,
        name=client.name,
        phone=client.phone,
        email=client.email,
        last_visit=_last_visit(visits, treatments, practice, now),
        permissions=_permissions(consents, client),
        flags=tuple(flag_label(f) for f in _of(ClientFlag, client).order_by("flag").values_list("flag", flat=True)),
        stopped_at=standing_consents(practice, [client])[client.pk].opted_out_at,
        concern_opened_at=max((c.opened_at for c in concerns if c.closed_at is None), default=None),
        waiting_since=client.reply_waiting_since,
        is_held_out=client.is_held_out,
        ahead=() if before else ahead,
        past=past[:SHOWN],
        earlier_than=past[SHOWN - 1].at if len(past) > SHOWN else None,
        planned_count=len(planned),
    )


def _of(model: type, client: Client):
    return model.objects.filter(practice=client.practice_id, client=client.pk)


def _messages(client: Client, until: datetime) -> list[Message]:
    """Messages with this client, and those from this number while nobody knew whose it was."""
    whose = Q(client=client.pk) | Q(client=None, address=client.phone) if client.phone else Q(client=client.pk)
    found = Message.objects.filter(whose, practice=client.practice_id, at__lte=until)
    return sorted(found.order_by("-at")[: SHOWN * 2], key=lambda m: m.at)


def _last_visit(visits, treatments, practice: Practice, now: datetime) -> LastVisit | None:
    done = next((v for v in visits if v.status == Visit.Status.COMPLETED), None)
    if done is None:
        return None
    return LastVisit(
        treatments=treatments_label(treatments.get(done.pk, ())),
        visit_on=done.visit_on,
        day=day_number(done.visit_on, today=local_day(now, practice.timezone)),
    )


def _permissions(consents: Iterable[Consent], client: Client) -> tuple[Permission, ...]:
    """The newest word about each thing a client may allow."""
    newest: dict[tuple[str, str], Consent] = {}
    for consent in sorted(consents, key=lambda c: (c.at, c.pk)):
        if consent.client_id in (None, client.pk):
            newest[(consent.channel, consent.purpose)] = consent
    known = [*CONSENTS, *(key for key in newest if key not in CONSENTS)]
    return tuple(
        Permission(
            label=purpose_label(*key),
            is_given=key in newest and newest[key].status == Consent.Status.GRANTED,
            at=newest[key].at if key in newest else None,
        )
        for key in known
    )
