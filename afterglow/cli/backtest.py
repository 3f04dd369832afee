"""Reported visits as happenings for the simulator: who was treated, booked, cancelled, and when it was known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from afterglow.intake.contract import ClientReported, VisitReported, VisitStatus
from afterglow.rules.catalog import match_service
from afterglow.rules.facts import (
    BookingFacts,
    Channel,
    ClientFacts,
    PracticeFacts,
    Purpose,
    Recipient,
    Series,
    TreatmentFacts,
    VisitFacts,
)
from afterglow.rules.happenings import Happening, VisitBooked, VisitNotHappening, VisitPerformed
from afterglow.rules.timing import local_day
from afterglow.rules.zones import area_code_of

EVERY_CONSENT = frozenset(
    {
        (Channel.SMS, Purpose.CARE),
        (Channel.SMS, Purpose.MARKETING),
        (Channel.EMAIL, Purpose.MARKETING),
        (Channel.VOICE, Purpose.VOICE),
    }
)
LOOK_AHEAD = timedelta(days=183)


@dataclass(slots=True)
class Backtest:
    """Collects visits; each counts as reported at its end. Without consent columns every consent counts as given."""

    practice: PracticeFacts
    has_consent_columns: bool = False
    visits: list[tuple[str, VisitReported]] = field(default_factory=list)
    people: dict[str, ClientReported] = field(default_factory=dict)

    def add(self, visit: VisitReported) -> None:
        key = _key(visit.client)
        self.people[key] = visit.client
        self.visits.append((key, visit))

    @property
    def last_day(self) -> date:
        """Half a year after the last visit: far enough for what most plans still have to say."""
        ends = (local_day(v.ended_at, self.practice.timezone) for _, v in self.visits)
        return max(ends, default=date(2000, 1, 1)) + LOOK_AHEAD

    def clients(self) -> Iterator[tuple[ClientFacts, str]]:
        spent: dict[str, Decimal] = {}
        for key, visit in self.visits:
            if visit.status is VisitStatus.COMPLETED:
                spent[key] = spent.get(key, Decimal(0)) + sum(s.amount for s in visit.services)
        for key, person in self.people.items():
            value = person.lifetime_value if person.lifetime_value is not None else spent.get(key, Decimal(0))
            facts = ClientFacts(
                id=key,
                first_name=person.first_name,
                has_phone=bool(person.phone),
                has_email=bool(person.email),
                recipient=Recipient(
                    area_code=area_code_of(person.phone) if person.phone else None, state=person.state or None
                ),
                granted=self._granted(person),
                birth_on=person.birth_on,
                lifetime_value=value,
            )
            yield facts, person.phone

    def _granted(self, person: ClientReported) -> frozenset[tuple[Channel, Purpose]]:
        if not self.has_consent_columns:
            return EVERY_CONSENT
        return frozenset((c.channel, c.purpose) for c in person.consents)

    def happenings(self) -> Iterator[Happening]:
        for key, visit in self.visits:
            yield from self._of(key, visit)

    def _of(self, key: str, visit: VisitReported) -> Iterator[Happening]:
        booked_at = visit.booked_at
        if booked_at is not None and booked_at < visit.starts_at:
            yield VisitBooked(at=booked_at, client_id=key, booking=_booking(visit))
        elif visit.status is VisitStatus.BOOKED:
            yield VisitBooked(at=visit.starts_at - timedelta(days=1), client_id=key, booking=_booking(visit))
        if visit.status is VisitStatus.COMPLETED:
            yield VisitPerformed(
                at=visit.ended_at, client_id=key, visit=self._visit(visit), booking_id=visit.external_id
            )
        elif visit.status in (VisitStatus.CANCELLED, VisitStatus.NO_SHOW):
            known_at = min(visit.updated_at or visit.starts_at, visit.starts_at)
            yield VisitNotHappening(at=_later(known_at, booked_at), client_id=key, booking_id=visit.external_id)

    def _visit(self, visit: VisitReported) -> VisitFacts:
        return VisitFacts(
            id=visit.external_id,
            ended_at=visit.ended_at,
            visit_on=local_day(visit.ended_at, self.practice.timezone),
            reported_at=visit.ended_at,
            treatments=tuple(_treatments(visit)),
            provider=visit.provider,
        )


def _later(at: datetime, other: datetime | None) -> datetime:
    return at if other is None else max(at, other)


def _key(client: ClientReported) -> str:
    return client.external_id or f"{client.phone or client.email}|{client.first_name}|{client.last_name}"


def _booking(visit: VisitReported) -> BookingFacts:
    found = [t for s in visit.services for t in match_service(s.name, s.code).treatments]
    return BookingFacts(
        id=visit.external_id,
        starts_at=visit.starts_at,
        family="+".join(t.family for t in found) or "none",
        area="+".join(t.area for t in found if t.area),
        brand="+".join(t.brand for t in found if t.brand),
    )


def _treatments(visit: VisitReported) -> Iterator[TreatmentFacts]:
    for service in visit.services:
        match = match_service(service.name, service.code)
        session = service.series_session or match.session
        series = Series(session=session, total=service.series_total or match.session_total) if session else None
        for index, (family, brand, area) in enumerate(
            [(t.family, t.brand, t.area) for t in match.treatments] or [("none", "", "")]
        ):
            yield TreatmentFacts(
                family=family,
                brand=brand,
                area=area,
                service=service.name,
                amount=service.amount if index == 0 else Decimal(0),
                series=series,
                decision=match.decision,
                reason=match.reason,
            )
