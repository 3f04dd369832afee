"""A practice of invented clients whose check-ins are due, made by the actions that a real one uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice, repeat
from zoneinfo import ZoneInfo

from afterglow.actions.open_practice import open_practice
from afterglow.actions.open_senders import set_sender
from afterglow.actions.record_visits import record_visits
from afterglow.intake.contract import ClientReported, ConsentReported, ServiceReported, VisitReported, VisitStatus
from afterglow.rules.facts import Channel, Purpose
from afterglow.rules.zones import area_codes

ZONE = ZoneInfo("America/New_York")
NUMBERS_PER_CODE = 100  # 555-01xx is all that fiction has
NAMES = ("Rosa", "Dana", "Maya", "Ines", "Joan", "Lena", "Noor", "Petra", "Quinn", "Sana")


def practice_with_due_check_ins(*, clients: int, config: dict[str, str], now: datetime, skip: int = 0) -> int:
    """The id of a practice that texts through this account, each client with one text due at `now`.

    `skip` numbers are left to other practices, so that nobody is a client of two.
    """
    practice_id = open_clinic(config=config, now=now)
    add_due_check_ins(practice_id, clients=clients, now=now, skip=skip)
    return practice_id


def open_clinic(*, config: dict[str, str], now: datetime) -> int:
    """The id of a practice that texts through this account and has no clients yet."""
    practice_id = open_practice(
        name="Glow Clinic",
        timezone=ZONE.key,
        state="ME",
        now=now,
        phone="(207) 555-0134",
        booking_link="https://book.example.test/glow",
    ).practice_id
    set_sender(practice_id=practice_id, channel=Channel.SMS, provider="twilio", config=config, now=now)
    return practice_id


def add_due_check_ins(practice_id: int, *, clients: int, now: datetime, skip: int = 0) -> None:
    """So many more clients, each with one text due at `now` and the later steps of its plan."""
    record_visits(practice_id=practice_id, source="bench", reports=_visits(clients, skip, now), now=now)


def add_later_plans(practice_id: int, *, visits: int, now: datetime) -> None:
    """So many clients treated an hour ago: all that follows from their visits is planned, and none of it is due."""
    reports = map(_visit_of_today, range(visits), repeat(now - timedelta(hours=1)))
    record_visits(practice_id=practice_id, source="bench", reports=reports, now=now)


def _visits(clients: int, skip: int, now: datetime) -> Iterator[VisitReported]:
    ended_at = now - timedelta(hours=25)
    for number, phone in zip(range(skip, skip + clients), islice(_phones(), skip, None), strict=False):
        yield _visit(str(number), ended_at, _client(number, ended_at, Channel.SMS, phone=phone))


def _visit_of_today(number: int, ended_at: datetime) -> VisitReported:
    client = _client(number, ended_at, Channel.EMAIL, email=f"client-{number}@example.test")
    return _visit(f"today-{number}", ended_at, replace(client, external_id=f"today-{number}"))


def _visit(name: str, ended_at: datetime, client: ClientReported) -> VisitReported:
    return VisitReported(
        external_id=f"visit-{name}",
        status=VisitStatus.COMPLETED,
        starts_at=ended_at - timedelta(minutes=30),
        ended_at=ended_at,
        client=client,
        services=(ServiceReported(name="Botox", amount=Decimal(420)),),
        provider="Hale",
    )


def _client(number: int, ended_at: datetime, channel: Channel, *, phone: str = "", email: str = "") -> ClientReported:
    consent = ConsentReported(
        channel=channel, purpose=Purpose.CARE, granted_at=ended_at - timedelta(days=30), evidence="intake form"
    )
    return ClientReported(
        external_id=f"client-{number}",
        first_name=NAMES[number % len(NAMES)],
        last_name=f"Example {number}",
        phone=phone,
        email=email,
        state="ME",
        consents=(consent,),
    )


def _phones() -> Iterator[str]:
    """Numbers of fiction, in places that share the practice's hours."""
    for code, (_, zones) in area_codes().items():
        if zones == (ZONE.key,):
            for number in range(NUMBERS_PER_CODE):
                yield f"+1{code}55501{number:02}"
