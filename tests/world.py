"""One small world for every test: Rosa and Dana (clients), Hale (clinician), Kit (front desk), Vic (elsewhere)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from afterglow.actions.open_practice import OpenedPractice, add_member, open_practice
from afterglow.actions.open_senders import open_senders, set_sender
from afterglow.actions.receive_texts import finish_replies, receive_texts
from afterglow.actions.record_visits import record_visits
from afterglow.actions.send_touches import send_touches
from afterglow.channels.receipts import InboundText
from afterglow.intake.contract import ClientReported, ConsentReported, ServiceReported, VisitReported, VisitStatus
from afterglow.models import Client, Message, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Purpose

NOW = datetime(2027, 3, 10, 15, tzinfo=UTC)  # a Wednesday, 11 am in Portland, Maine
ZONE = "America/New_York"
ROSA_PHONE, DANA_PHONE, MINA_PHONE = "+12075550101", "+12075550102", "+12075550103"
PASSWORD = "a-calm-passphrase"
_AGREED = ConsentReported(
    channel=Channel.SMS, purpose=Purpose.CARE, granted_at=NOW - timedelta(days=400), evidence="Intake form, signed"
)


@dataclass(frozen=True, slots=True)
class World:
    """Ids of the practice that Kit works in and of its people, and of the practice of Vic."""

    practice_id: int
    webhook_token: str
    webhook_secret: str
    rosa_id: int
    dana_id: int
    other_practice_id: int
    vic_id: int


def build_world(*, now: datetime = NOW) -> World:
    """Kit's and Hale's practice with three clients and a little of everything, and Vic's practice with one."""
    ours = open_practice(
        name="Juniper Skin Studio",
        timezone=ZONE,
        state="ME",
        now=now,
        is_demo=True,
        phone="(207) 555-0100",
        urgent_phone="(207) 555-0199",
        address="12 Alder St, Portland, ME 04101",
        booking_link="https://juniper.example.test/book",
    )
    other = open_practice(name="Quiet Harbor", timezone=ZONE, state="ME", now=now)
    add_member(practice_id=ours.practice_id, username="kit", password=PASSWORD, role="front_desk")
    add_member(practice_id=ours.practice_id, username="hale", password=PASSWORD, role="clinician")
    add_member(practice_id=other.practice_id, username="vic", password=PASSWORD, role="owner")
    for practice_id in (ours.practice_id, other.practice_id):
        for channel in (Channel.SMS, Channel.EMAIL):
            set_sender(practice_id=practice_id, channel=channel, provider="simulated", config={}, now=now)
    _report(ours, _visits(now), now)
    _report(other, [visit("V-1", "Vic", "Dune", "+12075550104", "Botox 20u", ended_at=now - timedelta(days=2))], now)
    return _after_replies(ours, other, now)


def visit(
    external_id: str,
    first_name: str,
    last_name: str,
    phone: str,
    service: str,
    *,
    ended_at: datetime,
    status: VisitStatus = VisitStatus.COMPLETED,
    email: str = "",
    is_marketing: bool = True,
) -> VisitReported:
    """A visit as a booking system reports it. Clients agree to texts unless they have no phone."""
    agreed = [Purpose.CARE, Purpose.MARKETING] if is_marketing else [Purpose.CARE]
    consents = tuple(
        ConsentReported(channel=Channel.SMS, purpose=p, granted_at=_AGREED.granted_at, evidence=_AGREED.evidence)
        for p in agreed
    )
    client = ClientReported(
        external_id=phone or email or last_name,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        email=email,
        state="ME",
        consents=consents if phone else (),
    )
    return VisitReported(
        external_id=external_id,
        status=status,
        starts_at=ended_at - timedelta(hours=1),
        ended_at=ended_at,
        client=client,
        services=(ServiceReported(name=service),),
        provider="Hale",
    )


def client_id(practice_id: int, first_name: str) -> int:
    with practice_scope(practice_id):
        return Client.objects.values_list("pk", flat=True).get(practice=practice_id, first_name=first_name)


def _visits(now: datetime) -> list[VisitReported]:
    """Rosa: fresh toxin. Dana: filler in an unnamed area. Mina: a service nobody knows. Lou: nobody can reach."""
    hours = timedelta(hours=1)
    return [
        visit("A-1", "Rosa", "Alvarez", ROSA_PHONE, "Botox 40u", ended_at=now - 20 * hours, email="rosa@example.test"),
        visit("A-2", "Dana", "Whitfield", DANA_PHONE, "Filler 1 syringe", ended_at=now - 30 * hours),
        visit("A-3", "Mina", "Park", MINA_PHONE, "Signature Glow Ritual", ended_at=now - 26 * hours),
        visit("A-4", "Lou", "Lind", "", "HydraFacial", ended_at=now - 22 * hours),
        visit(
            "A-5",
            "Mina",
            "Park",
            MINA_PHONE,
            "HydraFacial",
            ended_at=now + timedelta(days=9),
            status=VisitStatus.BOOKED,
        ),
    ]


def _report(practice: OpenedPractice, visits: list[VisitReported], now: datetime) -> None:
    record_visits(practice_id=practice.practice_id, source="csv", reports=visits, now=now)


def _after_replies(ours: OpenedPractice, other: OpenedPractice, now: datetime) -> World:
    texts = [
        InboundText(provider_id="in-1", from_=ROSA_PHONE, text="My lip is white on one side and hurts"),
        InboundText(provider_id="in-2", from_=DANA_PHONE, text="STOP"),
    ]
    receive_texts(practice_id=ours.practice_id, texts=texts, now=now - timedelta(minutes=22))
    return World(
        practice_id=ours.practice_id,
        webhook_token=ours.webhook_token,
        webhook_secret=ours.webhook_secret,
        rosa_id=client_id(ours.practice_id, "Rosa"),
        dana_id=client_id(ours.practice_id, "Dana"),
        other_practice_id=other.practice_id,
        vic_id=client_id(other.practice_id, "Vic"),
    )


def text_rosa(world: World) -> Message:
    """Her reply is read, and the check-in goes out to her half an hour from now."""
    with practice_scope(world.practice_id):
        touch = Touch.objects.filter(client=world.rosa_id, state="planned", function="check_in").earliest("due_at")
        Touch.objects.filter(pk=touch.pk).update(due_at=NOW, planned_at=NOW, valid_until=NOW + timedelta(hours=5))
    finish_replies(practice_id=world.practice_id, client_id=world.rosa_id, by="kit", now=NOW)
    senders = open_senders(practice_id=world.practice_id)
    send_touches(practice_id=world.practice_id, senders=senders, clock=lambda: NOW + timedelta(minutes=30))
    with practice_scope(world.practice_id):
        return Message.objects.filter(client=world.rosa_id, direction="out", address=ROSA_PHONE).latest("pk")
