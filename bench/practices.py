"""A practice of invented clients whose check-ins are due, made by the actions that a real one uses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from afterglow.actions.open_practice import open_practice
from afterglow.actions.open_senders import set_sender
from afterglow.actions.record_visits import record_visits
from afterglow.intake.contract import ClientReported, ConsentReported, ServiceReported, VisitReported, VisitStatus
from afterglow.rules.facts import Channel, Purpose
from afterglow.rules.zones import area_codes

ZONE = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)  # at the practice: a Wednesday, and a holiday nowhere
NUMBERS_PER_CODE = 100  # 555-01xx is all that fiction has
NAMES = ("Rosa", "Dana", "Maya", "Ines", "Joan", "Lena", "Noor", "Petra", "Quinn", "Sana")


def practice_with_due_check_ins(*, clients: int, config: dict[str, str], now: datetime) -> int:
    """The id of a practice that texts through this account, each client with one text due at `now`."""
    practice_id = open_practice(
        name="Glow Clinic",
        timezone=ZONE.key,
        state="ME",
        now=now,
        phone="(207) 555-0134",
        booking_link="https://book.example.test/glow",
    ).practice_id
    set_sender(practice_id=practice_id, channel=Channel.SMS, provider="twilio", config=config, now=now)
    record_visits(practice_id=practice_id, source="bench", reports=_visits(clients, now), now=now)
    return practice_id


def _visits(clients: int, now: datetime) -> Iterator[VisitReported]:
    ended_at = now - timedelta(hours=25)
    for number, phone in zip(range(clients), _phones(), strict=False):
        consent = ConsentReported(
            channel=Channel.SMS, purpose=Purpose.CARE, granted_at=ended_at - timedelta(days=30), evidence="intake form"
        )
        yield VisitReported(
            external_id=f"visit-{number}",
            status=VisitStatus.COMPLETED,
            starts_at=ended_at - timedelta(minutes=30),
            ended_at=ended_at,
            client=ClientReported(
                external_id=f"client-{number}",
                first_name=NAMES[number % len(NAMES)],
                last_name=f"Example {number}",
                phone=phone,
                state="ME",
                consents=(consent,),
            ),
            services=(ServiceReported(name="Botox", amount=Decimal(420)),),
            provider="Hale",
        )


def _phones() -> Iterator[str]:
    """Numbers of fiction, in places that share the practice's hours."""
    for code, (_, zones) in area_codes().items():
        if zones == (ZONE.key,):
            for number in range(NUMBERS_PER_CODE):
                yield f"+1{code}55501{number:02}"
