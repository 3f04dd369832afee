"""The whole engine on a virtual clock: visits and protocols in, every touch that would happen out. No database.

It asks the same rules as the real engine, `plan_visit` when something happens and `decide_due` when a touch falls due.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from afterglow.rules.decisions import Decision, Send, Skip, Task, Wait
from afterglow.rules.facts import (
    BookingFacts,
    Channel,
    ClientFacts,
    Function,
    PendingFacts,
    PlanFacts,
    PracticeFacts,
    Purpose,
    SentFacts,
    VisitFacts,
)
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
from afterglow.rules.planning import PlanDraft, VisitPlanning, plan_visit
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.replanning import replan_visit, with_answer
from afterglow.rules.seasonal import VALID_FOR_DAYS, seasonal_protocol, seasonal_visit
from afterglow.rules.sending import TouchFacts, decide_due
from afterglow.rules.timing import end_of_day, local_day, local_moment
from afterglow.rules.tokens import Links, Offer, tokens_for
from afterglow.rules.wording import Rendered, render

CHECK_IN_WINDOW = timedelta(hours=48)
HISTORY_REASON = "imported history: nothing is sent before staff approve it"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedTouch:
    """One line of the result. `at` is the moment sent, or the moment a skipped or cancelled touch was due."""

    client_id: str
    at: datetime
    function: Function
    channel: Channel
    outcome: str  # sent | skipped | cancelled
    reason: str
    text: str = ""


@dataclass(slots=True)
class _Touch:
    id: str
    plan: _Plan
    facts: TouchFacts
    due_at: datetime
    held: str = ""
    is_open: bool = True


@dataclass(slots=True)
class _Plan:
    facts: PlanFacts
    draft: PlanDraft
    visit: VisitFacts
    touches: list[_Touch] = field(default_factory=list)


@dataclass(slots=True)
class _Client:
    facts: ClientFacts
    phone: str
    visits: list[VisitFacts] = field(default_factory=list)
    bookings: dict[str, BookingFacts] = field(default_factory=dict)
    plans: list[_Plan] = field(default_factory=list)
    done: set[tuple[str, Function, str]] = field(default_factory=set)  # visit, function, step already sent


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
    """Every touch up to the end of `until`, in order of time. `clients` are facts with the key of their phone number."""
    engine = _Engine(practice=practice, book=book, outages=outages, has_texts=has_texts)
    engine.admit(clients)
    engine.run(happenings, until=until)
    return sorted(engine.results, key=lambda t: (t.at, t.client_id, t.function.rank))


class _Engine:
    def __init__(
        self, *, practice: PracticeFacts, book: ProtocolBook, outages: Sequence[Outage], has_texts: bool
    ) -> None:
        self.practice, self.book, self.outages, self.has_texts = practice, book, outages, has_texts
        self.clients: dict[str, _Client] = {}
        self.by_phone: dict[str, list[_Client]] = {}
        self.texts_to: dict[str, list[datetime]] = {}
        self.results: list[SimulatedTouch] = []
        self.queue: list[tuple[datetime, int, int, Happening | _Touch]] = []
        self.count = 0

    def admit(self, clients: Iterable[tuple[ClientFacts, str]]) -> None:
        for facts, phone in clients:
            client = _Client(facts=facts, phone=phone)
            self.clients[facts.id] = client
            if phone:
                self.by_phone.setdefault(phone, []).append(client)

    def run(self, happenings: Iterable[Happening], *, until: date) -> None:
        end = end_of_day(until, self.practice.timezone)
        for happening in happenings:
            self._push(happening.at, 0, happening)
        self._push_seasons(until)
        while self.queue and self.queue[0][0] <= end:
            now, _, _, item = heapq.heappop(self.queue)
            if (later := self._end_of_outage(now)) is not None:
                self._push(later, 0 if isinstance(item, Happening) else 1, item)
            elif isinstance(item, Happening):
                self._happen(item, now)
            elif item.is_open and item.due_at <= now:
                self._decide(self.clients[item.facts.client_id], now)
        self._close(end)

    def _push(self, at: datetime, rank: int, item: Happening | _Touch) -> None:
        self.count += 1
        heapq.heappush(self.queue, (at, rank, self.count, item))

    def _end_of_outage(self, now: datetime) -> datetime | None:
        return next((o.end for o in self.outages if o.at <= now < o.end), None)

    def _happen(self, happening: Happening, now: datetime) -> None:
        client = self.clients[happening.client_id]
        match happening:
            case VisitPerformed():
                self._perform(client, happening, now)
            case VisitBooked(booking=booking):
                client.bookings[booking.id] = booking
            case VisitNotHappening(booking_id=booking_id):
                client.bookings.pop(booking_id, None)
            case ClientReplied():
                self._reply(client, happening, now)
            case ClientComplained():
                self._open_concern(client, "the client complained", now)
            case ConcernClosed():
                client.facts = replace(client.facts, concern_opened_at=None, reply_waiting_since=None)
            case ClientOptedOut():
                self._opt_out(client, happening, now)
            case ConsentGiven(granted=granted):
                self._grant(client, granted)
            case ClientFlagged(flag=flag):
                client.facts = replace(client.facts, flags=client.facts.flags | {flag})
            case StaffAnswered():
                self._answer(client, happening, now)
            case _Season():
                self._season(client, happening, now)
        self._release(client, now)

    def _perform(self, client: _Client, performed: VisitPerformed, now: datetime) -> None:
        visit = performed.visit
        client.bookings = {
            key: b
            for key, b in client.bookings.items()
            if key != performed.booking_id and local_day(b.starts_at, self.practice.timezone) != visit.visit_on
        }
        last = max((v.ended_at for v in (*client.visits, visit)), default=None)
        client.facts = replace(client.facts, last_visit_at=last)
        others = list(client.visits)
        client.visits.append(visit)
        if performed.is_from_file and now > visit.ended_at + CHECK_IN_WINDOW:
            self._note(client, visit.ended_at, Function.CHECK_IN, Channel.SMS, "skipped", HISTORY_REASON)
            return
        planning = plan_visit(
            visit,
            others=others,
            running=[p.facts for p in client.plans],
            book=self.book,
            practice=self.practice,
            recipient=client.facts.recipient,
            now=now,
        )
        self._follow(client, visit, planning, now)

    def _follow(self, client: _Client, visit: VisitFacts, planning: VisitPlanning, now: datetime) -> None:
        for stop in planning.stops:
            for plan in client.plans:
                if plan.facts.id == stop.plan_id:
                    self._cancel(client, plan, stop.functions, stop.reason)
        for task in planning.tasks:
            self._task(client, task, Function.CHECK_IN, now)
        if reason := planning.not_covered or planning.no_follow_up:
            self._note(client, visit.ended_at, Function.CHECK_IN, Channel.SMS, "skipped", f"not covered: {reason}")
        for draft in planning.plans:
            self._start(client, visit, draft)

    def _start(self, client: _Client, visit: VisitFacts, draft: PlanDraft) -> None:
        treatment = draft.treatment
        facts = PlanFacts(
            id=f"p{self.count}.{len(client.plans)}",
            protocol=draft.protocol.key,
            treatment_class=draft.protocol.treatment_class,
            family=treatment.family,
            area=treatment.area,
            visit_id=visit.id,
            visit_on=visit.visit_on,
        )
        plan = _Plan(facts=facts, draft=draft, visit=visit)
        client.plans.append(plan)
        for touch in draft.touches:
            step = draft.protocol.step(touch.step)
            if touch.dropped:
                self._note(client, touch.planned_at, touch.function, step.channels[0], "skipped", touch.dropped)
                continue
            due = _Touch(
                id=f"{facts.id}.{touch.step}",
                plan=plan,
                due_at=touch.due_at,
                facts=TouchFacts(
                    id=f"{facts.id}.{touch.step}",
                    client_id=client.facts.id,
                    protocol=draft.protocol,
                    step=step,
                    treatment=treatment,
                    visited_at=visit.ended_at,
                    planned_at=touch.planned_at,
                    due_at=touch.due_at,
                    valid_until=touch.valid_until,
                    is_first_visit=len(client.visits) == 1,
                ),
            )
            plan.touches.append(due)
            self._push(touch.due_at, 1, due)

    def _cancel(self, client: _Client, plan: _Plan, functions: frozenset[Function], reason: str) -> None:
        for touch in plan.touches:
            if touch.is_open and touch.facts.step.function in functions:
                self._end(client, touch, "cancelled", reason)
        if functions >= {Function.REBOOK, Function.REACTIVATE}:
            plan.facts = replace(plan.facts, is_active=any(t.is_open for t in plan.touches))

    def _reply(self, client: _Client, reply: ClientReplied, now: datetime) -> None:
        client.facts = replace(client.facts, last_inbound_at=now)
        if reply.urgency in ("urgent", "emergency"):
            self._open_concern(client, f"the client's reply needs a clinician: {reply.urgency}", now)
        elif reply.urgency == "unread":
            client.facts = replace(client.facts, reply_waiting_since=now)
            self._task(client, Task("reply", "the client wrote", is_urgent=True), Function.CHECK_IN, now)
        elif reply.urgency == "routine":
            self._task(client, Task("reply", "the client wrote"), Function.CHECK_IN, now)

    def _open_concern(self, client: _Client, reason: str, now: datetime) -> None:
        client.facts = replace(client.facts, concern_opened_at=now, last_inbound_at=now)
        self._task(client, Task("concern", reason, is_urgent=True), Function.CHECK_IN, now)

    def _opt_out(self, client: _Client, opt_out: ClientOptedOut, now: datetime) -> None:
        if opt_out.channel is Channel.EMAIL:
            granted = frozenset(g for g in client.facts.granted if g[0] is not Channel.EMAIL)
            client.facts = replace(client.facts, granted=granted, last_inbound_at=now)
            return
        for sharing in self.by_phone.get(client.phone, [client]):
            granted = frozenset(g for g in sharing.facts.granted if g[0] is Channel.EMAIL)
            sharing.facts = replace(sharing.facts, granted=granted, opted_out_at=now)
        client.facts = replace(client.facts, last_inbound_at=now)

    def _grant(self, client: _Client, granted: frozenset[tuple[Channel, Purpose]]) -> None:
        has_text = any(channel is not Channel.EMAIL for channel, _ in granted)
        client.facts = replace(
            client.facts,
            granted=client.facts.granted | granted,
            opted_out_at=None if has_text else client.facts.opted_out_at,
        )

    def _answer(self, client: _Client, answer: StaffAnswered, now: datetime) -> None:
        for index, visit in enumerate(client.visits):
            if visit.ended_at != answer.visited_at:
                continue
            corrected = with_answer(visit, family=answer.family, area=answer.area)
            client.visits[index] = corrected
            planning = replan_visit(
                corrected,
                done={(function, step) for visit_id, function, step in client.done if visit_id == visit.id},
                others=[v for v in client.visits if v.id != visit.id],
                running=[p.facts for p in client.plans],
                book=self.book,
                practice=self.practice,
                recipient=client.facts.recipient,
                now=now,
            )
            reason = "staff corrected the treatment; the plan was made anew"
            for plan in [p for p in client.plans if p.visit.id == visit.id]:
                self._cancel(client, plan, frozenset(Function), reason)
            self._follow(client, corrected, planning, now)

    def _push_seasons(self, until: date) -> None:
        if not self.practice.seasonal_rules or not self.queue:
            return
        first = self.queue[0][0].year
        for rule in self.practice.seasonal_rules:
            for year in range(first, until.year + 1):
                at = local_moment(date(year, rule.month, rule.day), self.practice.window.opens_at, self.practice.timezone)
                for client_id in self.clients:
                    self._push(at, 0, _Season(at=at, client_id=client_id, rule_id=rule.id))

    def _season(self, client: _Client, season: _Season, now: datetime) -> None:
        rule = next(r for r in self.practice.seasonal_rules if r.id == season.rule_id)
        today = local_day(now, self.practice.timezone)
        visit = seasonal_visit(rule, on=today, visits=client.visits, bookings=client.bookings.values())
        if visit is None:
            return
        protocol = seasonal_protocol(rule)
        treatment = next(t for t in visit.treatments if t.family == rule.family)
        touch = TouchFacts(
            id=f"{season.rule_id}.{today.year}.{client.facts.id}",
            client_id=client.facts.id,
            protocol=protocol,
            step=protocol.steps[0],
            treatment=treatment,
            visited_at=visit.ended_at,
            planned_at=now,
            due_at=now,
            valid_until=end_of_day(today + timedelta(days=VALID_FOR_DAYS), self.practice.timezone),
        )
        draft = PlanDraft(protocol, treatment, (), f"seasonal invitation {today.year}")
        facts = PlanFacts(
            id=touch.id,
            protocol=protocol.key,
            treatment_class=protocol.treatment_class,
            family=rule.family,
            area="",
            visit_id=visit.id,
            visit_on=visit.visit_on,
        )
        plan = _Plan(facts=facts, draft=draft, visit=visit)
        due = _Touch(id=touch.id, plan=plan, facts=touch, due_at=now)
        plan.touches.append(due)
        client.plans.append(plan)
        self._push(now, 1, due)

    def _release(self, client: _Client, now: datetime) -> None:
        """Something changed for the client: whatever was waiting is looked at again."""
        for plan in client.plans:
            for touch in plan.touches:
                if touch.is_open and touch.held and touch.due_at > now:
                    touch.due_at = max(touch.facts.due_at, now)
                    self._push(touch.due_at, 1, touch)

    def _decide(self, client: _Client, now: datetime) -> None:
        waiting = [t for plan in client.plans for t in plan.touches if t.is_open]
        due = {t.id: t for t in waiting if t.due_at <= now}
        pending = tuple(
            PendingFacts(
                id=t.id,
                function=t.facts.step.function,
                due_at=t.due_at,
                valid_until=t.facts.valid_until,
                visit_on=t.plan.visit.visit_on,
            )
            for t in waiting
        )
        facts = replace(
            client.facts,
            bookings=tuple(client.bookings.values()),
            pending=pending,
            texts_to_number_at=tuple(at for at in self.texts_to.get(client.phone, ()) if now - at < timedelta(hours=24)),
        )
        decided = decide_due(
            [t.facts for t in due.values()], client=facts, practice=self.practice, book=self.book, now=now
        )
        for touch_facts, decision in decided:
            self._carry_out(client, due[touch_facts.id], decision, now)

    def _carry_out(self, client: _Client, touch: _Touch, decision: Decision, now: datetime) -> None:
        match decision:
            case Wait(until=until, reason=reason):
                touch.held, touch.due_at = reason, max(until, now + timedelta(seconds=1))
                self._push(touch.due_at, 1, touch)
            case Skip(reason=reason, task=task):
                self._end(client, touch, "skipped", reason)
                if task is not None:
                    self._task(client, task, touch.facts.step.function, now)
            case Send(channels=channels, reason=reason):
                self._send(client, touch, channels, reason, now)

    def _send(
        self, client: _Client, touch: _Touch, channels: tuple[Channel, ...], reason: str, now: datetime
    ) -> None:
        function = touch.facts.step.function
        texts = [self._text(client, touch, channel, now) for channel in channels] if self.has_texts else [""] * len(channels)
        if held := next((t for t in texts if not isinstance(t, str)), None):
            self._end(client, touch, "skipped", f"held: {held.reason}")
            self._task(client, Task("held", held.reason), function, now)
            return
        touch.is_open = False
        client.done.add((touch.plan.visit.id, function, touch.facts.step.key))
        for channel, text in zip(channels, texts, strict=True):
            self._note(client, now, function, channel, "sent", reason, str(text))
            if channel is not Channel.EMAIL and client.phone:
                self.texts_to.setdefault(client.phone, []).append(now)
        today = local_day(now, self.practice.timezone)
        said = SentFacts(
            at=now, on=today, function=function, is_marketing=touch.facts.step.purpose is Purpose.MARKETING
        )
        recent = tuple(s for s in client.facts.sent if (today - s.on).days < 8)
        client.facts = replace(client.facts, sent=(*recent, said))

    def _text(self, client: _Client, touch: _Touch, channel: Channel, now: datetime) -> str | _Held:
        rendered = render(touch.facts.step.templates[channel], self._tokens(client, touch, now))
        if not isinstance(rendered, Rendered):
            return _Held(rendered.reason)
        return f"{rendered.subject}\n\n{rendered.text}" if rendered.subject else rendered.text

    def _tokens(self, client: _Client, touch: _Touch, now: datetime) -> dict[str, str]:
        return tokens_for(
            practice=self.practice,
            treatment=touch.facts.treatment,
            first_name=client.facts.first_name,
            provider=touch.plan.visit.provider,
            visit_on=touch.plan.visit.visit_on,
            today=local_day(now, self.practice.timezone),
            duration_text=touch.facts.protocol.duration_text,
            links=SIMULATED_LINKS,
            offer=Offer(),
        )

    def _close(self, end: datetime) -> None:
        for client in self.clients.values():
            for plan in client.plans:
                for touch in plan.touches:
                    if touch.is_open and touch.facts.planned_at <= end:
                        self._end(client, touch, "skipped", touch.held or "the simulation ended before its lawful hour")

    def _end(self, client: _Client, touch: _Touch, outcome: str, reason: str) -> None:
        touch.is_open = False
        step = touch.facts.step
        self._note(client, touch.facts.planned_at, step.function, step.channels[0], outcome, reason)

    def _task(self, client: _Client, task: Task, function: Function, now: datetime) -> None:
        self._note(client, now, function, Channel.STAFF_TASK, "sent", task.reason)

    def _note(
        self, client: _Client, at: datetime, function: Function, channel: Channel, outcome: str, reason: str, text: str = ""
    ) -> None:
        self.results.append(
            SimulatedTouch(
                client_id=client.facts.id, at=at, function=function, channel=channel, outcome=outcome, reason=reason, text=text
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Season(Happening):
    rule_id: str


@dataclass(frozen=True, slots=True)
class _Held:
    reason: str


SIMULATED_LINKS = Links(
    booking="https://book.example.test/b/7kq2",
    aftercare="https://book.example.test/c/7kq2",
    photo="https://book.example.test/p/7kq2",
    unsubscribe="https://book.example.test/u/7kq2",
)
