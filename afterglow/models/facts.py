"""From rows to the facts that the rules are told: a fixed number of queries for any number of clients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from typing import Protocol as Shape

from django.db.models import Max, Min, QuerySet, Sum

from afterglow.models.bulk import fetch_rows
from afterglow.models.messages import Message
from afterglow.models.people import Client, ClientFlag, Consent
from afterglow.models.plans import Plan, ProtocolVersion, Touch
from afterglow.models.practice import ClosedDay, Practice, SenderAccount
from afterglow.models.visits import ServiceRule, Treatment, Visit
from afterglow.models.work import Concern
from afterglow.rules.catalog import Correction, MatchedTreatment
from afterglow.rules.facts import (
    BookingFacts,
    Channel,
    ClientFacts,
    Function,
    PendingFacts,
    PlanFacts,
    PracticeFacts,
    Purpose,
    Recipient,
    SendWindow,
    SentFacts,
    Series,
    TreatmentFacts,
    VisitFacts,
)
from afterglow.rules.obstacles import BOOKING_GRACE, MARKETING
from afterglow.rules.protocol import Protocol
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.protocol_file import parse_protocol
from afterglow.rules.timing import local_day
from afterglow.rules.zones import area_code_of

RECENT = timedelta(days=9)
SOON = timedelta(days=3)
ONE_DAY = timedelta(hours=24)


def practice_facts(practice: Practice) -> PracticeFacts:
    """The practice as the rules see it. Two queries."""
    closed_on = frozenset(ClosedDay.objects.filter(practice=practice).values_list("on", flat=True))
    channels = SenderAccount.objects.filter(practice=practice).values_list("channel", flat=True)
    return PracticeFacts(
        id=str(practice.pk),
        name=practice.name,
        timezone=practice.timezone,
        state=practice.state,
        phone=practice.phone,
        urgent_phone=practice.urgent_phone,
        address=practice.address,
        booking_link=practice.booking_link,
        window=SendWindow(
            opens_at=practice.opens_at, closes_at=practice.closes_at, weekdays=frozenset(practice.weekdays)
        ),
        closed_on=closed_on,
        high_value_threshold=practice.high_value_threshold,
        is_voice_enabled=practice.is_voice_enabled,
        messages_per_day=practice.messages_per_day,
        marketing_per_week=practice.marketing_per_week,
        is_merging_same_day=practice.is_merging_same_day,
        has_named_treatments=practice.has_named_treatments,
        channels=frozenset(Channel(c) for c in channels),
    )


@dataclass(frozen=True, slots=True)
class Book:
    """The practice's current protocols, and which stored version each of them is."""

    protocols: ProtocolBook
    version_ids: Mapping[str, int]


def protocol_book(practice: Practice) -> Book:
    """The current protocols of the practice. One query; texts are parsed once per process."""
    versions = list(ProtocolVersion.objects.filter(practice=practice, is_current=True))
    return Book(
        ProtocolBook(_protocol(v.text, v.key, v.is_on) for v in versions),
        {v.key: v.pk for v in versions},
    )


def protocols_by_id(practice: Practice, ids: Iterable[int]) -> dict[int, Protocol]:
    """The protocols as they were in these versions. One query."""
    versions = ProtocolVersion.objects.filter(practice=practice, pk__in=set(ids))
    return {v.pk: _protocol(v.text, v.key, v.is_on) for v in versions}


@lru_cache(maxsize=1024)
def _protocol(text: str, key: str, is_on: bool) -> Protocol:
    return replace(parse_protocol(text, name=f"{key}.toml"), is_on=is_on)


def corrections(practice: Practice) -> dict[str, Correction]:
    """What staff of this practice said their services are. One query."""
    return {
        rule.key: Correction(
            key=rule.key,
            decision=rule.decision,
            treatments=tuple(MatchedTreatment(**t) for t in rule.treatments),
            by=rule.decided_by,
        )
        for rule in ServiceRule.objects.filter(practice=practice)
    }


def visits_of(practice: Practice, client_ids: Iterable[int]) -> dict[int, list[VisitFacts]]:
    """Every performed visit of these clients, oldest first. Two queries."""
    visits = Visit.objects.filter(practice=practice, client_id__among=client_ids, status=Visit.Status.COMPLETED)
    rows = fetch_rows(
        visits.order_by("ended_at").values_list("pk", "client_id", "ended_at", "visit_on", "reported_at", "provider")
    )
    treatments = treatments_of(practice, [row[0] for row in rows])
    found: dict[int, list[VisitFacts]] = defaultdict(list)
    for pk, client_id, ended_at, visit_on, reported_at, provider in rows:
        found[client_id].append(
            VisitFacts(
                id=str(pk),
                ended_at=ended_at,
                visit_on=visit_on,
                reported_at=reported_at,
                treatments=treatments.get(pk, ()),
                provider=provider,
            )
        )
    return found


def treatments_of(practice: Practice, visit_ids: Iterable[int]) -> dict[int, tuple[TreatmentFacts, ...]]:
    """The treatments of these visits in their order. One query."""
    found: dict[int, list[TreatmentFacts]] = defaultdict(list)
    rows = Treatment.objects.filter(practice=practice, visit_id__among=visit_ids).order_by("visit_id", "position")
    for visit_id, session, total, family, brand, area, service, amount, decision, reason in fetch_rows(
        rows.values_list(
            "visit_id", "series_session", "series_total", "family", "brand", "area", "service", "amount", "decision",
            "reason",
        )
    ):  # fmt: skip
        found[visit_id].append(
            TreatmentFacts(
                family=family,
                brand=brand,
                area=area,
                service=service,
                amount=amount,
                series=Series(session=session, total=total) if session else None,
                decision=decision,
                reason=reason,
            )
        )
    return {visit_id: tuple(treatments) for visit_id, treatments in found.items()}


def running_plans(practice: Practice, client_ids: Iterable[int]) -> dict[int, list[PlanFacts]]:
    """The plans of these clients that have not been stopped. One query."""
    found: dict[int, list[PlanFacts]] = defaultdict(list)
    plans = Plan.objects.filter(practice=practice, client_id__among=client_ids, state=Plan.State.ACTIVE)
    for pk, client_id, protocol, treatment_class, family, area, visit_id, visit_on in fetch_rows(
        plans.values_list(
            "pk", "client_id", "protocol__key", "treatment_class", "family", "area", "visit_id", "visit__visit_on"
        )
    ):
        found[client_id].append(
            PlanFacts(
                id=str(pk),
                protocol=protocol,
                treatment_class=treatment_class,
                family=family,
                area=area,
                visit_id=str(visit_id),
                visit_on=visit_on,
            )
        )
    return found


class Person(NamedTuple):
    """The row of a client, as far as sending needs it."""

    pk: int
    first_name: str
    phone: str
    email: str
    state: str
    lifetime_value: Decimal | None
    is_held_out: bool
    reply_waiting_since: datetime | None
    last_inbound_at: datetime | None


def people_of(practice: Practice, client_ids: Iterable[int]) -> dict[int, Person]:
    """The rows of these clients. One query."""
    rows = Client.objects.filter(practice=practice, pk__among=client_ids).values_list(*Person._fields)
    return {person.pk: person for person in map(Person._make, fetch_rows(rows))}


def client_facts(
    practice: Practice, facts: PracticeFacts, client_ids: Iterable[int], *, now: datetime
) -> dict[int, ClientFacts]:
    """All that the send decision may look at, for many clients at once. A fixed number of queries for any number."""
    return facts_about(practice, facts, people_of(practice, client_ids), now=now)


def facts_about(
    practice: Practice, facts: PracticeFacts, people: Mapping[int, Person], *, now: datetime
) -> dict[int, ClientFacts]:
    """The same for clients whose rows are at hand."""
    ids = list(people)
    standing = standing_consents(practice, people.values())
    flagged = ClientFlag.objects.filter(practice=practice, client_id__among=ids)
    flags = _grouped(fetch_rows(flagged.values_list("client_id", "flag")))
    open_concerns = Concern.objects.filter(practice=practice, client_id__among=ids, closed_at=None)
    concerns = dict(fetch_rows(open_concerns.values_list("client_id").annotate(at=Max("opened_at"))))
    performed = Visit.objects.filter(practice=practice, client_id__among=ids, status=Visit.Status.COMPLETED)
    first_visits = dict(fetch_rows(performed.values_list("client_id").annotate(at=Min("ended_at"))))
    last_visits = _last_visits(practice, performed)
    values = _lifetime_values(practice, people.values())
    bookings = _bookings(practice, ids, now)
    sent, pending = _touches(practice, facts, ids, now)
    texts = _recent_texts(practice, {p.phone for p in people.values() if p.phone}, now)
    return {
        p.pk: ClientFacts(
            id=str(p.pk),
            first_name=p.first_name,
            has_phone=bool(p.phone),
            has_email=bool(p.email),
            recipient=recipient_of(p),
            granted=standing[p.pk].granted,
            opted_out_at=standing[p.pk].opted_out_at,
            lifetime_value=values[p.pk],
            is_held_out=p.is_held_out,
            flags=frozenset(flags.get(p.pk, ())),
            concern_opened_at=concerns.get(p.pk),
            reply_waiting_since=p.reply_waiting_since,
            first_visit_at=first_visits.get(p.pk),
            last_visit_at=last_visits.get(p.pk, _NO_VISIT).ended_at,
            last_visit_families=last_visits.get(p.pk, _NO_VISIT).families,
            last_inbound_at=p.last_inbound_at,
            bookings=tuple(bookings.get(p.pk, ())),
            sent=tuple(sent.get(p.pk, ())),
            pending=tuple(pending.get(p.pk, ())),
            texts_to_number_at=tuple(texts.get(p.phone, ())),
        )
        for p in people.values()
    }


class Reachable(Shape):
    """Whatever has an address: a client's row, or a part of it."""

    @property
    def pk(self) -> int: ...
    @property
    def phone(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def state(self) -> str: ...


def recipient_of(client: Reachable) -> Recipient:
    """Where a message to this client may arrive."""
    return Recipient(area_code=area_code_of(client.phone) if client.phone else None, state=client.state or None)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client allows right now, and since when the number is silent."""

    granted: frozenset[tuple[Channel, Purpose]]
    opted_out_at: datetime | None


def standing_consents(practice: Practice, clients: Iterable[Reachable]) -> dict[int, Standing]:
    """Consents folded in order of time: the newest word about an address, channel and purpose counts. One query.

    A revocation without a client was said by the number itself and silences everybody who shares it.
    """
    by_address: dict[str, list[Reachable]] = defaultdict(list)
    known = list(clients)
    for client in known:
        for address in (client.phone, client.email):
            if address:
                by_address[address].append(client)
    granted: dict[int, set[tuple[Channel, Purpose]]] = {c.pk: set() for c in known}
    silent: dict[int, datetime | None] = {c.pk: None for c in known}
    rows = Consent.objects.filter(practice=practice, address__among=by_address).order_by("at", "pk")
    for said_by, address, channel, purpose, status, at in fetch_rows(
        rows.values_list("client_id", "address", "channel", "purpose", "status", "at")
    ):
        key = _CONSENTS[channel, purpose]
        for client in by_address[address]:
            if said_by not in (None, client.pk):
                continue
            if status == Consent.Status.GRANTED.value:
                granted[client.pk].add(key)
                silent[client.pk] = None if channel != Channel.EMAIL.value else silent[client.pk]
            else:
                granted[client.pk].discard(key)
                if channel == Channel.SMS.value and said_by is None:
                    silent[client.pk] = at
    return {c.pk: Standing(frozenset(granted[c.pk]), silent[c.pk]) for c in known}


_CONSENTS = {(c.value, p.value): (c, p) for c in Channel for p in Purpose}


def _grouped(pairs: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return found


class _LastVisit(NamedTuple):
    ended_at: datetime | None
    families: frozenset[str]


_NO_VISIT = _LastVisit(None, frozenset())


def _last_visits(practice: Practice, performed: QuerySet[Visit]) -> dict[int, _LastVisit]:
    newest = performed.order_by("client_id", "-ended_at").distinct("client_id")
    rows = fetch_rows(newest.values_list("client_id", "ended_at", "pk"))
    treated = Treatment.objects.filter(practice=practice, visit_id__among=[pk for _, _, pk in rows])
    families = _grouped(fetch_rows(treated.values_list("visit_id", "family")))
    return {
        client_id: _LastVisit(ended_at, frozenset(families.get(visit_id, ()))) for client_id, ended_at, visit_id in rows
    }


def _lifetime_values(practice: Practice, people: Iterable[Person]) -> dict[int, Decimal]:
    stated = {p.pk: p.lifetime_value for p in people}
    unstated = [pk for pk, value in stated.items() if value is None]
    paid = Treatment.objects.filter(
        practice=practice, visit__client_id__among=unstated, visit__status=Visit.Status.COMPLETED
    ).values_list("visit__client_id")
    sums = dict(fetch_rows(paid.annotate(total=Sum("amount")))) if unstated else {}
    return {pk: value if value is not None else sums.get(pk) or Decimal(0) for pk, value in stated.items()}


def _bookings(practice: Practice, ids: list[int], now: datetime) -> dict[int, list[BookingFacts]]:
    rows = Visit.objects.filter(
        practice=practice, client_id__among=ids, status=Visit.Status.BOOKED, starts_at__gt=now - BOOKING_GRACE
    )
    booked = fetch_rows(rows.values_list("pk", "client_id", "starts_at"))
    treatments = treatments_of(practice, [pk for pk, _, _ in booked]) if booked else {}
    found: dict[int, list[BookingFacts]] = defaultdict(list)
    for pk, client_id, starts_at in booked:
        services = treatments.get(pk, ())
        found[client_id].append(
            BookingFacts(
                id=str(pk),
                starts_at=starts_at,
                family="+".join(t.family for t in services if t.family != "none") or "none",
                area="+".join(sorted({a for t in services for a in t.areas})),
                brand="+".join(sorted({b for t in services for b in t.brands})),
            )
        )
    return found


def _touches(
    practice: Practice, facts: PracticeFacts, ids: list[int], now: datetime
) -> tuple[dict[int, list[SentFacts]], dict[int, list[PendingFacts]]]:
    touches = Touch.objects.filter(practice=practice, client_id__among=ids)
    sent: dict[int, list[SentFacts]] = defaultdict(list)
    out = touches.filter(state__in=[Touch.State.SENT, Touch.State.SENDING], ended_at__gt=now - RECENT)
    for client_id, function, at in fetch_rows(out.values_list("client_id", "function", "ended_at")):
        kind = Function(function)
        sent[client_id].append(
            SentFacts(at=at, on=local_day(at, facts.timezone), function=kind, is_marketing=kind in MARKETING)
        )
    pending: dict[int, list[PendingFacts]] = defaultdict(list)
    ahead = touches.filter(state=Touch.State.PLANNED, due_at__lt=now + SOON)
    for pk, client_id, function, due_at, valid_until, visit_on in fetch_rows(
        ahead.values_list("pk", "client_id", "function", "due_at", "valid_until", "visit_on")
    ):
        pending[client_id].append(
            PendingFacts(
                id=str(pk),
                function=Function(function),
                due_at=due_at,
                valid_until=valid_until,
                visit_on=visit_on,
            )
        )
    return sent, pending


def _recent_texts(practice: Practice, phones: set[str], now: datetime) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = defaultdict(list)
    rows = Message.objects.filter(
        practice=practice, address__among=phones, direction=Message.Direction.OUT, at__gt=now - ONE_DAY
    ).exclude(status=Message.Status.FAILED)
    for address, at in fetch_rows(rows.values_list("address", "at")):
        found[address].append(at)
    return found
