"""A practice on a virtual clock, moved only by the actions that production uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from afterglow.actions.open_practice import open_practice
from afterglow.actions.open_senders import open_senders, set_sender
from afterglow.actions.record_visits import Recorded, record_visits
from afterglow.actions.send_touches import send_touches
from afterglow.channels.contract import Sender
from afterglow.intake.contract import ClientReported, ConsentReported, ServiceReported, VisitReported, VisitStatus
from afterglow.models import Message, Practice, Task, Touch, Visit
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Purpose

ZONE = ZoneInfo("America/New_York")
LONG_AGO = datetime(2026, 1, 2, tzinfo=UTC)
EVERY_CONSENT = tuple(
    ConsentReported(channel=channel, purpose=purpose, granted_at=LONG_AGO, evidence="intake form v3")
    for channel, purpose in (
        (Channel.SMS, Purpose.CARE),
        (Channel.SMS, Purpose.MARKETING),
        (Channel.EMAIL, Purpose.MARKETING),
        (Channel.VOICE, Purpose.VOICE),
    )
)
ROSA = ClientReported(
    external_id="rosa",
    first_name="Rosa",
    last_name="Alvarez",
    phone="+12075550101",
    email="rosa@example.test",
    state="ME",
    lifetime_value=Decimal(4800),
    consents=EVERY_CONSENT,
)
SHORT = {"sms": "text", "email": "e-mail", "voice": "voicemail"}


@dataclass
class Stage:
    """Tell it what happens; it sends whatever falls due in between."""

    now: datetime
    practice_id: int
    senders: dict[Channel, Sender]
    reports: dict[str, VisitReported] = field(default_factory=dict)

    @classmethod
    def open(cls, at: str, **settings: object) -> Stage:
        now = local(at)
        opened = open_practice(
            name="Glow Clinic",
            timezone=ZONE.key,
            state="ME",
            now=now,
            phone="(207) 555-0134",
            urgent_phone="(207) 555-0199",
            address="12 Alder St, Portland, ME 04101",
            booking_link="https://book.example.test/glow",
        )
        for channel in (Channel.SMS, Channel.EMAIL, Channel.VOICE):
            set_sender(practice_id=opened.practice_id, channel=channel, provider="simulated", config={}, now=now)
        with practice_scope(opened.practice_id):
            Practice.objects.filter(pk=opened.practice_id).update(is_voice_enabled=True, **settings)
        return cls(now, opened.practice_id, open_senders(practice_id=opened.practice_id))

    def visit(self, key: str, at: str, *services: str, client: ClientReported = ROSA, **more: object) -> Recorded:
        """A performed visit, reported at its end (or now, when that has passed)."""
        ended_at = local(at)
        self.run_until(max(self.now, ended_at))
        return self._report(key, VisitStatus.COMPLETED, ended_at, services, client, **more)

    def book(self, key: str, at: str, *services: str, client: ClientReported = ROSA) -> None:
        self._report(key, VisitStatus.BOOKED, local(at), services, client)

    def cancel(self, key: str) -> None:
        self._again(key, VisitStatus.CANCELLED)

    def no_show(self, key: str) -> None:
        self._again(key, VisitStatus.NO_SHOW)

    def _again(self, key: str, status: VisitStatus) -> None:
        former = self.reports[key]
        services = [s.name for s in former.services]
        self._report(key, status, former.ended_at, services, former.client)

    def _report(
        self, key: str, status: VisitStatus, at: datetime, services: object, client: ClientReported, **more: object
    ) -> Recorded:
        report = VisitReported(
            external_id=key,
            status=status,
            starts_at=at - timedelta(hours=1),
            ended_at=at,
            client=client,
            services=tuple(ServiceReported(name=name) for name in services),  # type: ignore[attr-defined]
        )
        self.reports[key] = report
        return record_visits(
            practice_id=self.practice_id,
            source="test",
            reports=[report],
            now=self.now,
            **more,  # type: ignore[arg-type]
        )

    def run_until(self, moment: datetime | str) -> None:
        """Let time pass; every touch is looked at in the minute it falls due."""
        end = local(moment) if isinstance(moment, str) else moment
        while (due := self._next_due(end)) is not None:
            self.now = max(self.now, due)
            send_touches(
                practice_id=self.practice_id,
                senders=self.senders,
                clock=self._clock,
                public_url="https://g.example.test",
            )
        self.now = end

    def _clock(self) -> datetime:
        return self.now

    def _next_due(self, end: datetime) -> datetime | None:
        with practice_scope(self.practice_id):
            planned = Touch.objects.filter(practice=self.practice_id, state=Touch.State.PLANNED, due_at__lte=end)
            return planned.order_by("due_at").values_list("due_at", flat=True).first()

    def sent(self, *, since: str = "2000-01-01", first_name: str = "") -> list[tuple[int, str, str]]:
        """Day after the first visit, function and channel of every message that went out."""
        with practice_scope(self.practice_id):
            first = Visit.objects.filter(practice=self.practice_id).earliest("visit_on").visit_on
            messages = Message.objects.filter(practice=self.practice_id, direction="out").select_related("touch")
            if first_name:
                messages = messages.filter(client__first_name=first_name)
            return [
                ((local_day(m.at) - first).days, m.touch.function, SHORT[m.channel])
                for m in messages.order_by("at", "pk")
                if m.touch is not None and local_day(m.at) >= date.fromisoformat(since)
            ]

    def texts(self) -> list[str]:
        with practice_scope(self.practice_id):
            return list(
                Message.objects.filter(practice=self.practice_id, direction="out")
                .order_by("at", "pk")
                .values_list("body", flat=True)
            )

    def ended(self, function: str) -> list[tuple[str, str]]:
        """State and reason of the touches of this function."""
        with practice_scope(self.practice_id):
            touches = Touch.objects.filter(practice=self.practice_id, function=function).order_by("planned_at")
            return list(touches.values_list("state", "reason"))

    def tasks(self) -> list[tuple[str, str]]:
        with practice_scope(self.practice_id):
            return list(Task.objects.filter(practice=self.practice_id, closed_at=None).values_list("kind", "reason"))

    def coverage(self) -> list[tuple[str, str]]:
        with practice_scope(self.practice_id):
            return list(Visit.objects.filter(practice=self.practice_id).values_list("coverage", "coverage_reason"))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def local_day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()
