"""From rows to the facts that the rules are told: a fixed number of queries for any number of clients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from django.db.models import Max, Sum

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
from afterglow.rules.protocol import Protocol
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.protocol_file import parse_protocol
from afterglow.rules.sending import BOOKING_GRACE, MARKETING
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
    visits = Visit.objects.filter(practice=practice, client__in=list(client_ids), status=Visit.Status.COMPLETED)
    rows = list(
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
    rows = Treatment.objects.filter(practice=practice, visit__in=list(visit_ids)).order_by("visit_id", "position")
    for row in rows:
        found[row.visit_id].append(treatment_facts(row))
    return {visit_id: tuple(treatments) for visit_id, treatments in found.items()}


def treatment_facts(row: Treatment) -> TreatmentFacts:
    """One stored treatment as the rules see it."""
    series = Series(session=row.series_session, total=row.series_total) if row.series_session else None
    return TreatmentFacts(
        family=row.family,
        brand=row.brand,
        area=row.area,
        service=row.service,
        amount=row.amount,
        series=series,
        decision=row.decision,
        reason=row.reason,
    )


def running_plans(practice: Practice, client_ids: Iterable[int]) -> dict[int, list[PlanFacts]]:
    """The plans of these clients that have not been stopped. One query."""
    found: dict[int, list[PlanFacts]] = defaultdict(list)
    plans = Plan.objects.filter(practice=practice, client__in=list(client_ids), state=Plan.State.ACTIVE)
    for plan in plans.select_related("visit", "protocol"):
        found[plan.client_id].append(
            PlanFacts(
                id=str(plan.pk),
                protocol=plan.protocol.key,
                treatment_class=plan.treatment_class,
                family=plan.family,
                area=plan.area,
                visit_id=str(plan.visit_id),
                visit_on=plan.visit.visit_on,
            )
        )
    return found


def client_facts(
    practice: Practice, facts: PracticeFacts, client_ids: Iterable[int], *, now: datetime
) -> dict[int, ClientFacts]:
    """All that the send decision may look at, for many clients at once. Ten queries, however many there are."""
    clients = list(Client.objects.filter(practice=practice, pk__in=list(client_ids)))
    ids = [c.pk for c in clients]
    standing = standing_consents(practice, clients)
    flags = _grouped(ClientFlag.objects.filter(practice=practice, client__in=ids).values_list("client_id", "flag"))
    concerns = dict(
        Concern.objects.filter(practice=practice, client__in=ids, closed_at=None)
        .values_list("client_id")
        .annotate(at=Max("opened_at"))
    )
    performed = Visit.objects.filter(practice=practice, client__in=ids, status=Visit.Status.COMPLETED)
    last_visits = dict(performed.values_list("client_id").annotate(at=Max("ended_at")))
    values = _lifetime_values(practice, clients)
    bookings = _bookings(practice, ids, now)
    sent, pending = _touches(practice, facts, ids, now)
    texts = _recent_texts(practice, {c.phone for c in clients if c.phone}, now)
    return {
        c.pk: ClientFacts(
            id=str(c.pk),
            first_name=c.first_name,
            has_phone=bool(c.phone),
            has_email=bool(c.email),
            recipient=recipient_of(c),
            granted=standing[c.pk].granted,
            opted_out_at=standing[c.pk].opted_out_at,
            lifetime_value=values[c.pk],
            is_held_out=c.is_held_out,
            flags=frozenset(flags.get(c.pk, ())),
            concern_opened_at=concerns.get(c.pk),
            reply_waiting_since=c.reply_waiting_since,
            last_visit_at=last_visits.get(c.pk),
            last_inbound_at=c.last_inbound_at,
            bookings=tuple(bookings.get(c.pk, ())),
            sent=tuple(sent.get(c.pk, ())),
            pending=tuple(pending.get(c.pk, ())),
            texts_to_number_at=tuple(texts.get(c.phone, ())),
        )
        for c in clients
    }


def recipient_of(client: Client) -> Recipient:
    """Where a message to this client may arrive."""
    return Recipient(area_code=area_code_of(client.phone) if client.phone else None, state=client.state or None)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client allows right now, and since when the number is silent."""

    granted: frozenset[tuple[Channel, Purpose]]
    opted_out_at: datetime | None


def standing_consents(practice: Practice, clients: Iterable[Client]) -> dict[int, Standing]:
    """Consents folded in order of time: the newest word about an address, channel and purpose counts. One query.

    A revocation without a client was said by the number itself and silences everybody who shares it.
    """
    by_address: dict[str, list[Client]] = defaultdict(list)
    known = list(clients)
    for client in known:
        for address in (client.phone, client.email):
            if address:
                by_address[address].append(client)
    granted: dict[int, set[tuple[Channel, Purpose]]] = {c.pk: set() for c in known}
    silent: dict[int, datetime | None] = {c.pk: None for c in known}
    rows = Consent.objects.filter(practice=practice, address__in=list(by_address)).order_by("at", "pk")
    for said_by, address, channel, purpose, status, at in rows.values_list(
        "client_id", "address", "channel", "purpose", "status", "at"
    ):
        key = (Channel(channel), Purpose(purpose))
        for client in by_address[address]:
            if said_by not in (None, client.pk):
                continue
            if str(status) == Consent.Status.GRANTED.value:
                granted[client.pk].add(key)
                silent[client.pk] = None if channel != Channel.EMAIL else silent[client.pk]
            else:
                granted[client.pk].discard(key)
                if channel == Channel.SMS and said_by is None:
                    silent[client.pk] = at
    return {c.pk: Standing(frozenset(granted[c.pk]), silent[c.pk]) for c in known}


def _grouped(pairs: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return found


def _lifetime_values(practice: Practice, clients: Iterable[Client]) -> dict[int, Decimal]:
    stated = {c.pk: c.lifetime_value for c in clients}
    unstated = [pk for pk, value in stated.items() if value is None]
    paid = dict(
        Treatment.objects.filter(practice=practice, visit__client__in=unstated, visit__status=Visit.Status.COMPLETED)
        .values_list("visit__client_id")
        .annotate(total=Sum("amount"))
        if unstated
        else ()
    )
    return {pk: value if value is not None else paid.get(pk) or Decimal(0) for pk, value in stated.items()}


def _bookings(practice: Practice, ids: list[int], now: datetime) -> dict[int, list[BookingFacts]]:
    rows = Visit.objects.filter(
        practice=practice, client__in=ids, status=Visit.Status.BOOKED, starts_at__gt=now - BOOKING_GRACE
    )
    booked = list(rows.values_list("pk", "client_id", "starts_at"))
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
    touches = Touch.objects.filter(practice=practice, client__in=ids)
    sent: dict[int, list[SentFacts]] = defaultdict(list)
    out = touches.filter(state__in=[Touch.State.SENT, Touch.State.SENDING], ended_at__gt=now - RECENT)
    for client_id, function, at in out.values_list("client_id", "function", "ended_at"):
        assert at is not None
        kind = Function(function)
        sent[client_id].append(
            SentFacts(at=at, on=local_day(at, facts.timezone), function=kind, is_marketing=kind in MARKETING)
        )
    pending: dict[int, list[PendingFacts]] = defaultdict(list)
    ahead = touches.filter(state=Touch.State.PLANNED, due_at__lt=now + SOON)
    for pk, client_id, function, due_at, valid_until, visit_on in ahead.values_list(
        "pk", "client_id", "function", "due_at", "valid_until", "visit_on"
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
        practice=practice, address__in=list(phones), direction=Message.Direction.OUT, at__gt=now - ONE_DAY
    ).exclude(status=Message.Status.FAILED)
    for address, at in rows.values_list("address", "at"):
        found[address].append(at)
    return found
