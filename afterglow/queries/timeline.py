"""Everything about one client on one line of time: what was done and said, what comes next, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q

from afterglow.channels.refusal_words import why_lost, why_refused
from afterglow.models import (
    AddressFault,
    Attempt,
    Client,
    ClientFlag,
    Concern,
    Consent,
    Message,
    MessageEvent,
    Notice,
    Practice,
    Remark,
    Task,
    Touch,
    Visit,
)
from afterglow.models.standing import Standing, standing_consents
from afterglow.models.visit_facts import treatments_of
from afterglow.queries.forecasts import forecasts
from afterglow.queries.ledger_entries import with_proof
from afterglow.queries.timeline_entries import Entry, Fate, notice_entries, touch_entries, visit_entries
from afterglow.queries.timeline_notes import concern_entries, consent_entries, remark_entries, task_entries
from afterglow.queries.visits import LastVisit, last_visits
from afterglow.queries.words import flag_label, purpose_label
from afterglow.rules.facts import Channel
from afterglow.rules.timing import local_day

SHOWN = 60  # entries of the past; earlier ones are a link away
_WHY = {Attempt.State.REFUSED: why_refused, Attempt.State.UNDELIVERED: why_lost}
CONSENTS = (("sms", "care"), ("sms", "marketing"), ("email", "marketing"), ("voice", "voice"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One thing a client may allow. `at` is when the newest word about it was said."""

    label: str
    is_given: bool
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """A number or mailbox of the client that cannot receive, by its provider's word."""

    fault_id: int
    is_email: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    client_id: int
    name: str
    phone: str
    email: str
    last_visit: LastVisit | None
    unreachable: Sequence[Unreachable]
    permissions: Sequence[Permission]
    flags: Sequence[str]
    stopped_at: datetime | None
    concern_opened_at: datetime | None
    waiting_since: datetime | None
    is_held_out: bool
    erased_at: datetime | None
    ahead: Sequence[Entry]
    past: Sequence[Entry]
    earlier_than: datetime | None
    planned_count: int


def timeline(practice: Practice, client_id: int, *, before: datetime | None, now: datetime) -> Timeline:
    """The client's line of time, newest first; with `before`, the older part. Client.DoesNotExist when unknown."""
    client = Client.objects.get(practice=practice, pk=client_id)
    rows = _load(practice, client, before, now)
    past, ahead = _sorted(rows.entries(practice, now), until=before or now, now=now)
    page = _page(past)
    standing = standing_consents(practice, [client])[client.pk]
    return Timeline(
        client_id=client.pk,
        name=client.name,
        phone=client.phone,
        email=client.email,
        last_visit=last_visits(practice, [client.pk], today=local_day(now, practice.timezone)).get(client.pk),
        unreachable=_unreachable(practice, client),
        permissions=_permissions(rows.consents, standing),
        flags=tuple(flag_label(flag) for flag in rows.flags),
        stopped_at=standing.opted_out_at,
        concern_opened_at=max((c.opened_at for c in rows.concerns if c.closed_at is None), default=None),
        waiting_since=client.reply_waiting_since,
        is_held_out=client.is_held_out,
        erased_at=client.erased_at,
        ahead=() if before else ahead,
        past=_merged(page),
        earlier_than=page[-1].at if len(page) < len(past) else None,
        planned_count=sum(e.touch_id is not None for e in ahead),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """What the database knows about one client: the newest of each kind, enough for one page."""

    visits: Sequence[Visit]
    touches: Sequence[Touch]
    messages: Sequence[Message]
    notices: Sequence[Notice]
    fates: Mapping[int, Fate]  # by message
    consents: Sequence[Consent]
    concerns: Sequence[Concern]
    remarks: Sequence[Remark]
    tasks: Sequence[Task]
    flags: Sequence[str]

    def entries(self, practice: Practice, now: datetime) -> Iterator[Entry]:
        planned = [t for t in self.touches if t.state == Touch.State.PLANNED]
        yield from visit_entries(self.visits, treatments_of(practice, [v.pk for v in self.visits]))
        told = forecasts(practice, planned, now=now)
        yield from touch_entries(self.touches, told, self.messages, self.fates, practice)
        yield from notice_entries(self.notices)
        yield from consent_entries(self.consents)
        yield from remark_entries(self.remarks)
        yield from task_entries(self.tasks)
        yield from concern_entries(self.concerns)


def _load(practice: Practice, client: Client, before: datetime | None, now: datetime) -> _Rows:
    most = SHOWN + 1
    until = before or now + timedelta(microseconds=1)  # what happens now is past
    whose = {"practice": practice, "client": client.pk}
    visits, touches = Visit.objects.filter(**whose), Touch.objects.filter(**whose)
    if before is not None:
        visits = visits.filter(starts_at__lt=until)
        touches = touches.filter(planned_at__lt=until).exclude(state=Touch.State.PLANNED)
    said = Q(client=client.pk) | Q(client=None, address=client.phone) if client.phone else Q(client=client.pk)
    written = Message.objects.filter(said, practice=practice, at__lt=until)
    messages = list(written.select_related("notice").order_by("-at")[: 2 * most])
    notices = Notice.objects.filter(said, practice=practice, ended_at__lt=until).order_by("-ended_at")
    addresses = [address for address in (client.phone, client.email) if address]
    consents = with_proof(Consent.objects.filter(practice=practice, address__in=addresses)).order_by("at", "pk")
    return _Rows(
        visits=list(visits.order_by("-starts_at")[:most]),
        touches=list(touches.select_related("client", "plan__visit").order_by("-planned_at")[: 2 * most]),
        messages=sorted(messages, key=lambda m: m.at),
        notices=list(notices[:most]),
        fates=_fates(practice, messages),
        consents=[c for c in consents if c.client_id in (None, client.pk)],
        concerns=list(Concern.objects.filter(**whose)),
        remarks=list(Remark.objects.filter(**whose, at__lt=until).order_by("-at")[:most]),
        tasks=list(Task.objects.filter(**whose, opened_at__lt=until).order_by("-opened_at")[:most]),
        flags=list(ClientFlag.objects.filter(**whose).order_by("flag").values_list("flag", flat=True)),
    )


def _fates(practice: Practice, messages: Iterable[Message]) -> Mapping[int, Fate]:
    """What providers told about those of these messages that are ours. Two queries, if there are any."""
    ours = [message.pk for message in messages if message.direction == Message.Direction.OUT]
    if not ours:
        return {}
    events = MessageEvent.objects.filter(practice=practice, message_id__among=ours)
    kinds: dict[int, set[str]] = defaultdict(set)
    for message_id, kind in events.values_list("message_id", "kind"):
        kinds[message_id].add(kind)
    ended = Attempt.objects.filter(practice=practice, message_id__among=ours, state__in=list(_WHY))
    reasons: dict[int, str] = {}
    for message_id, state, channel, stored in ended.values_list("message_id", "state", "channel", "code"):
        kind, _, code = stored.partition(":")
        reasons[message_id] = _WHY[Attempt.State(state)](kind, code, Channel(channel))
    return {pk: Fate(frozenset(kinds[pk]), reasons.get(pk, "")) for pk in {*kinds, *reasons}}


def _unreachable(practice: Practice, client: Client) -> tuple[Unreachable, ...]:
    email = Q(channel="email", address=client.email)
    phone = ~Q(channel="email") & Q(address=client.phone)
    faults = AddressFault.objects.filter(email | phone, practice=practice, cleared_at=None).exclude(address="")
    return tuple(
        Unreachable(fault_id=f.pk, is_email=f.channel == "email", reason=f.reason, at=f.at)
        for f in faults.order_by("channel")
    )


def _sorted(entries: Iterable[Entry], *, until: datetime, now: datetime) -> tuple[list[Entry], list[Entry]]:
    """What is past and what is still ahead, both with the latest first."""
    past, ahead = [], []
    for entry in sorted(entries, key=lambda e: e.at, reverse=True):
        if entry.forecast is not None or entry.at > now:
            ahead.append(entry)
        elif entry.at < until or until == now:
            past.append(entry)
    return past, ahead


def _page(past: Sequence[Entry]) -> Sequence[Entry]:
    """The first entries, up to a change of moment: what happened at once begins the next page as a whole."""
    if len(past) <= SHOWN:
        return past
    together = past[SHOWN].at
    page = [entry for entry in past[:SHOWN] if entry.at != together]
    return page or past[:SHOWN]


def _merged(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Messages that stayed silent one after the other for one reason, as one entry."""
    found: list[Entry] = []
    for entry in entries:
        last = found[-1] if found else None
        if last and entry.kind == last.kind == "quiet" and entry.sentence == last.sentence:
            titles = dict.fromkeys((*last.title.split(", "), *entry.title.split(", ")))
            found[-1] = replace(last, title=", ".join(titles))
        else:
            found.append(entry)
    return tuple(found)


def _permissions(consents: Iterable[Consent], standing: Standing) -> tuple[Permission, ...]:
    """What the client allows right now, and when the newest word about it was said."""
    newest = {(c.channel, c.purpose): c for c in consents}
    return tuple(
        Permission(
            label=purpose_label(*key),
            is_given=key in standing.granted,
            at=newest[key].at if key in newest else None,
        )
        for key in [*CONSENTS, *(key for key in newest if key not in CONSENTS)]
    )
