"""The whole engine on a virtual clock: visits and protocols in, every touch that would happen out. No database.

It asks the same rules as the real engine, `plan_visit` when something happens and `decide_due` when a touch falls due.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from afterglow.rules.decisions import Task
from afterglow.rules.facts import Channel, ClientFacts, PracticeFacts, SeasonalRule
from afterglow.rules.happenings import (
    ClientComplained,
    ClientFlagged,
    ClientOptedOut,
    ClientReplied,
    ConcernClosed,
    ConsentGiven,
    Happening,
    Outage,
    StaffAnswered,
    VisitBooked,
    VisitNotHappening,
    VisitPerformed,
)
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.simulated_client import SimulatedClient
from afterglow.rules.simulated_planning import correct_visit, invite_in_season, perform_visit
from afterglow.rules.simulated_sending import Outbox
from afterglow.rules.simulated_stage import SimulatedTouch, Stage
from afterglow.rules.timing import end_of_day, local_moment


def simulate(
    happenings: Iterable[Happening],
    *,
    clients: Iterable[tuple[ClientFacts, str]],
    practice: PracticeFacts,
    book: ProtocolBook,
    until: date,
    outages: Sequence[Outage] = (),
    has_texts: bool = True,
) -> list[SimulatedTouch]:
    """Every touch up to the end of `until`, in order of time. `clients` come with the key of their phone number."""
    stage = Stage(practice=practice, book=book, has_texts=has_texts)
    run = _Run(stage, clients, outages)
    for happening in happenings:
        stage.expect(happening.at, happening)
    run.expect_seasons(until)
    run.to(end_of_day(until, practice.timezone))
    return sorted(stage.journal, key=lambda t: (t.at, t.client_id, t.function.rank))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Season(Happening):
    rule: SeasonalRule


class _Run:
    def __init__(self, stage: Stage, clients: Iterable[tuple[ClientFacts, str]], outages: Sequence[Outage]) -> None:
        self.stage, self.outages = stage, outages
        self.outbox = Outbox(stage)
        self.clients = {facts.id: SimulatedClient(facts, phone) for facts, phone in clients}
        self.sharing: dict[str, list[SimulatedClient]] = defaultdict(list)
        for client in self.clients.values():
            if client.phone:
                self.sharing[client.phone].append(client)

    def expect_seasons(self, until: date) -> None:
        practice, agenda = self.stage.practice, self.stage.agenda
        if not practice.seasonal_rules or not agenda:
            return
        for year in range(agenda[0][0].year, until.year + 1):
            for rule in practice.seasonal_rules:
                at = local_moment(date(year, rule.month, rule.day), practice.window.opens_at, practice.timezone)
                for client_id in self.clients:
                    self.stage.expect(at, _Season(at=at, client_id=client_id, rule=rule))

    def to(self, end: datetime) -> None:
        """Let everything happen up to that moment; what is still open then ends with the reason it waits for."""
        agenda = self.stage.agenda
        while agenda and agenda[0][0] <= end:
            now, _, _, item = heapq.heappop(agenda)
            if self.outages and (later := self._end_of_outage(now)) is not None:
                self.stage.expect(later, item)
            elif isinstance(item, Happening):
                client = self.clients[item.client_id]
                self._happen(client, item, now)
                self._release(client, now)
            elif item.is_open and item.due_at <= now:
                self.outbox.send_due(self.clients[item.facts.client_id], now)
        for client in self.clients.values():
            for touch in client.waiting.values():
                if touch.facts.planned_at <= end:
                    self.stage.end(touch, "skipped", touch.held or "the simulation ended before its lawful hour")

    def _end_of_outage(self, now: datetime) -> datetime | None:
        return next((o.end for o in self.outages if o.at <= now < o.end), None)

    def _happen(self, client: SimulatedClient, happening: Happening, now: datetime) -> None:
        match happening:
            case VisitPerformed():
                perform_visit(self.stage, client, happening, now)
            case VisitBooked(booking=booking):
                client.bookings[booking.id] = booking
            case VisitNotHappening(booking_id=booking_id):
                client.bookings.pop(booking_id, None)
            case ClientReplied(urgency=urgency):
                self._reply(client, urgency, now)
            case ClientComplained():
                self._open_concern(client, "the client complained", now)
            case ConcernClosed():
                client.close_concern()
            case ClientOptedOut(channel=channel):
                self._opt_out(client, channel, now)
            case ConsentGiven(granted=granted):
                client.grant(granted)
            case ClientFlagged(flag=flag):
                client.flag(flag)
            case StaffAnswered():
                correct_visit(self.stage, client, happening, now)
            case _Season(rule=rule):
                invite_in_season(self.stage, client, rule, now)

    def _reply(self, client: SimulatedClient, urgency: str, now: datetime) -> None:
        is_unread = urgency == "unread"
        client.write_in(now, is_waiting=is_unread)
        if urgency in ("urgent", "emergency"):
            self._open_concern(client, f"the client's reply needs a clinician: {urgency}", now)
        elif urgency != "none":
            self.stage.ask_staff(client.id, Task("reply", "the client wrote", is_urgent=is_unread), now)

    def _open_concern(self, client: SimulatedClient, reason: str, now: datetime) -> None:
        client.open_concern(now)
        self.stage.ask_staff(client.id, Task("concern", reason, is_urgent=True), now)

    def _opt_out(self, client: SimulatedClient, channel: Channel, now: datetime) -> None:
        client.write_in(now)
        if channel is Channel.EMAIL:
            client.stop_email()
            return
        for each in self.sharing.get(client.phone, [client]):
            each.stop_number(now)

    def _release(self, client: SimulatedClient, now: datetime) -> None:
        """Something changed for the client: whatever was waiting is looked at again."""
        for touch in client.waiting.values():
            if touch.held and touch.due_at > now:
                touch.due_at = max(touch.facts.due_at, now)
                self.stage.expect(touch.due_at, touch)
