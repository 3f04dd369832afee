"""What the rules are told about clients before a message: a fixed number of queries for any number of clients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Max, Min, QuerySet, Sum

from afterglow.models.bulk import Values, fetch_rows
from afterglow.models.messages import AddressFault, Message
from afterglow.models.number_checks import UNCHECKED, number_checks
from afterglow.models.people import Client, ClientFlag
from afterglow.models.plans import Touch
from afterglow.models.practice import Practice
from afterglow.models.standing import recipient_of, standing_consents
from afterglow.models.visit_facts import treatments_of
from afterglow.models.visits import Treatment, Visit
from afterglow.models.work import Concern
from afterglow.rules.facts import BookingFacts, Channel, ClientFacts, Function, PendingFacts, PracticeFacts, SentFacts
from afterglow.rules.obstacles import BOOKING_GRACE, MARKETING
from afterglow.rules.timing import local_day

RECENT = timedelta(days=9)
SOON = timedelta(days=3)
ONE_DAY = timedelta(hours=24)


class Person(NamedTuple):
    """The row of a client, as far as sending needs it."""

    pk: int
    first_name: str
    phone: str
    email: str
    state: str
    birth_on: date | None
    lifetime_value: Decimal | None
    is_held_out: bool
    reply_waiting_since: datetime | None
    last_inbound_at: datetime | None


def people_of(practice: Practice, client_ids: Iterable[int]) -> dict[int, Person]:
    """The rows of these clients. One query."""
    rows = Client.objects.filter(practice=practice, pk__among=Values(client_ids)).values_list(*Person._fields)
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
    flagged = ClientFlag.objects.filter(practice=practice, client_id__among=Values(ids))
    flags = _grouped(fetch_rows(flagged.values_list("client_id", "flag")))
    open_concerns = Concern.objects.filter(practice=practice, client_id__among=Values(ids), closed_at=None)
    concerns = dict(fetch_rows(open_concerns.values_list("client_id").annotate(at=Max("opened_at"))))
    performed = Visit.objects.filter(practice=practice, client_id__among=Values(ids), status=Visit.Status.COMPLETED)
    first_visits = dict(fetch_rows(performed.values_list("client_id").annotate(at=Min("ended_at"))))
    last_visits = _last_visits(practice, performed)
    values = _lifetime_values(practice, people.values())
    bookings = _bookings(practice, ids, now)
    sent, pending = _touches(practice, facts, ids, now)
    dead = _dead(practice, people.values())
    checks = number_checks(practice, people.values())
    texts = _recent_texts(practice, {p.phone for p in people.values() if p.phone}, now)
    return {
        p.pk: ClientFacts(
            id=str(p.pk),
            first_name=p.first_name,
            has_phone=bool(p.phone),
            has_email=bool(p.email),
            dead=dead.get(p.pk, _ALIVE),
            recipient=recipient_of(p),
            granted=standing[p.pk].granted,
            entries=standing[p.pk].entries,
            opted_out_at=standing[p.pk].opted_out_at,
            mail_stopped_at=standing[p.pk].mail_stopped_at,
            number=checks.get(p.pk, UNCHECKED),
            birth_on=p.birth_on,
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


def _grouped(pairs: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return found


class _LastVisit(NamedTuple):
    ended_at: datetime | None
    families: frozenset[str]


_ALIVE: Mapping[Channel, str] = {}
_NO_VISIT = _LastVisit(None, frozenset())


def _last_visits(practice: Practice, performed: QuerySet[Visit]) -> dict[int, _LastVisit]:
    newest = performed.order_by("client_id", "-ended_at").distinct("client_id")
    rows = fetch_rows(newest.values_list("client_id", "ended_at", "pk"))
    treated = Treatment.objects.filter(practice=practice, visit_id__among=Values([pk for _, _, pk in rows]))
    families = _grouped(fetch_rows(treated.values_list("visit_id", "family")))
    return {
        client_id: _LastVisit(ended_at, frozenset(families.get(visit_id, ()))) for client_id, ended_at, visit_id in rows
    }


def _lifetime_values(practice: Practice, people: Iterable[Person]) -> dict[int, Decimal]:
    stated = {p.pk: p.lifetime_value for p in people}
    unstated = [pk for pk, value in stated.items() if value is None]
    paid = Treatment.objects.filter(
        practice=practice, visit__client_id__among=Values(unstated), visit__status=Visit.Status.COMPLETED
    ).values_list("visit__client_id")
    sums = dict(fetch_rows(paid.annotate(total=Sum("amount")))) if unstated else {}
    return {pk: value if value is not None else sums.get(pk) or Decimal(0) for pk, value in stated.items()}


def _bookings(practice: Practice, ids: list[int], now: datetime) -> dict[int, list[BookingFacts]]:
    rows = Visit.objects.filter(
        practice=practice, client_id__among=Values(ids), status=Visit.Status.BOOKED, starts_at__gt=now - BOOKING_GRACE
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
    touches = Touch.objects.filter(practice=practice, client_id__among=Values(ids))
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


def _dead(practice: Practice, people: Iterable[Person]) -> dict[int, dict[Channel, str]]:
    """By client the channels whose address cannot receive. An address may belong to several clients."""
    by_address: dict[str, list[int]] = defaultdict(list)
    for person in people:
        for address in (person.phone, person.email):
            if address:
                by_address[address].append(person.pk)
    found: dict[int, dict[Channel, str]] = defaultdict(dict)
    faults = AddressFault.objects.filter(practice=practice, address__among=Values(by_address), cleared_at=None)
    for channel, address, reason in fetch_rows(faults.values_list("channel", "address", "reason")):
        for client_id in by_address[address]:
            found[client_id][Channel(channel)] = reason[:1].lower() + reason[1:].rstrip(".")
    return found


def _recent_texts(practice: Practice, phones: set[str], now: datetime) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = defaultdict(list)
    rows = Message.objects.filter(
        practice=practice,
        address__among=Values(phones),
        direction=Message.Direction.OUT,
        at__gt=now - ONE_DAY,
        notice=None,  # an answer to what the client has just written uses up nothing
    ).exclude(status=Message.Status.FAILED)
    for address, at in fetch_rows(rows.values_list("address", "at")):
        found[address].append(at)
    return found
