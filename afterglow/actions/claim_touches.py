"""Decide what is due and commit the intent to send it, in one transaction."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.actions.public_links import public_links
from afterglow.channels.contract import OutgoingMessage
from afterglow.models import Attempt, Client, Message, Plan, Practice, Touch
from afterglow.models.bulk import insert_rows, reserve_ids, update_rows
from afterglow.models.facts import client_facts, practice_facts, protocol_book, protocols_by_id, treatments_of
from afterglow.models.scope import practice_scope
from afterglow.rules.decisions import Decision, Send, Skip, Wait
from afterglow.rules.decisions import Task as TaskDraft
from afterglow.rules.facts import Channel, ClientFacts, PracticeFacts, Purpose, TreatmentFacts
from afterglow.rules.letter import as_html
from afterglow.rules.protocol import Protocol
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.sending import TouchFacts, decide_due
from afterglow.rules.timing import local_day
from afterglow.rules.tokens import tokens_for
from afterglow.rules.wording import Held, Rendered, render

TOUCH_UPDATE = ("id", "state", "reason", "due_at", "ended_at")
MESSAGE_COLUMNS = (
    "id", "practice", "client", "touch", "direction", "channel", "address", "subject", "body", "status", "at",
)  # fmt: skip
ATTEMPT_COLUMNS = (
    "id", "practice", "message", "touch", "channel", "is_primary", "token", "state", "expires_at", "started_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Intent:
    """One message that is committed to be sent. The primary one decides what becomes of its touch."""

    attempt_id: int
    message_id: int
    touch_id: int
    client_id: int
    channel: Channel
    is_primary: bool
    outgoing: OutgoingMessage


@dataclass(frozen=True, slots=True)
class Claim:
    claimed: int
    intents: Sequence[Intent]


def claim_touches(
    *, practice_id: int, channels: frozenset[Channel], now: datetime, public_url: str, limit: int
) -> Claim:
    """Decide a batch of due touches; what may go out is committed as intents, the rest with its reason."""
    with practice_scope(practice_id):
        due = list(
            Touch.objects.select_for_update(skip_locked=True)
            .filter(practice=practice_id, state=Touch.State.PLANNED, due_at__lte=now)
            .order_by("due_at")[:limit]
        )
        if not due:
            return Claim(0, ())
        batch = _load(practice_id, due, channels, now, public_url)
        by_client: dict[int, list[TouchFacts]] = defaultdict(list)
        for touch in due:
            by_client[touch.client_id].append(batch.touch_facts(touch))
        for client_id, touches in by_client.items():
            client = batch.clients[client_id]
            for facts, decision in decide_due(touches, client=client, practice=batch.facts, book=batch.book, now=now):
                batch.carry_out(facts, decision)
        return Claim(len(due), batch.write())


def _load(
    practice_id: int, due: Sequence[Touch], channels: frozenset[Channel], now: datetime, public_url: str
) -> _Batch:
    practice = Practice.objects.get(pk=practice_id)
    facts = replace(practice_facts(practice), channels=channels)
    client_ids = {t.client_id for t in due}
    plans = {
        plan.pk: plan
        for plan in Plan.objects.filter(practice=practice, pk__in={t.plan_id for t in due}).select_related("visit")
    }
    return _Batch(
        facts=facts,
        practice_id=practice_id,
        book=protocol_book(practice).protocols,
        protocols=protocols_by_id(practice, {p.protocol_id for p in plans.values()}),
        plans=plans,
        treatments=treatments_of(practice, {p.visit_id for p in plans.values()}),
        clients=client_facts(practice, facts, client_ids, now=now),
        people={c.pk: c for c in Client.objects.filter(practice=practice, pk__in=client_ids)},
        touches={t.pk: t for t in due},
        live=_live(practice, due),
        now=now,
        public_url=public_url,
    )


def _live(practice: Practice, due: Sequence[Touch]) -> frozenset[tuple[int, str]]:
    """What an earlier try of these touches already handed over on one of its channels."""
    states = [Attempt.State.INTENT, Attempt.State.ACCEPTED, Attempt.State.UNKNOWN]
    rows = Attempt.objects.filter(practice=practice, touch__in=[t.pk for t in due], state__in=states)
    return frozenset(rows.values_list("touch_id", "channel"))


@dataclass(slots=True, kw_only=True)
class _Batch:
    """The facts of a batch, and the rows its decisions become."""

    practice_id: int
    facts: PracticeFacts
    book: ProtocolBook
    protocols: Mapping[int, Protocol]
    plans: Mapping[int, Plan]
    treatments: Mapping[int, tuple[TreatmentFacts, ...]]
    clients: Mapping[int, ClientFacts]
    people: Mapping[int, Client]
    touches: Mapping[int, Touch]
    live: frozenset[tuple[int, str]]
    now: datetime
    public_url: str
    updates: list[tuple[object, ...]] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    outgoing: list[tuple[Touch, Channel, bool, OutgoingMessage]] = field(default_factory=list)

    def touch_facts(self, touch: Touch) -> TouchFacts:
        plan = self.plans[touch.plan_id]
        protocol = self.protocols[plan.protocol_id]
        return TouchFacts(
            id=str(touch.pk),
            client_id=str(touch.client_id),
            protocol=protocol,
            step=protocol.step(touch.step),
            treatment=self._treatment(plan),
            visited_at=plan.visit.ended_at,
            planned_at=touch.planned_at,
            due_at=touch.due_at,
            valid_until=touch.valid_until,
        )

    def _treatment(self, plan: Plan) -> TreatmentFacts:
        performed = (t for t in self.treatments.get(plan.visit_id, ()) if t.family == plan.family)
        found = next(performed, None) or TreatmentFacts(family=plan.family)
        return replace(found, area=plan.area, brand=plan.brand)

    def carry_out(self, facts: TouchFacts, decision: Decision) -> None:
        touch = self.touches[int(facts.id)]
        match decision:
            case Wait(until=until, reason=reason):
                self.updates.append((touch.pk, Touch.State.PLANNED.value, reason, max(until, self.now), None))
            case Skip(reason=reason, task=task):
                self._skip(touch, reason, task)
            case Send(channels=channels, reason=reason):
                self._prepare(touch, facts, channels, reason)

    def _skip(self, touch: Touch, reason: str, task: TaskDraft | None) -> None:
        self.updates.append((touch.pk, Touch.State.SKIPPED.value, reason, touch.due_at, self.now))
        if task is not None:
            self.tasks.append(
                NewTask(
                    kind=task.kind,
                    reason=task.reason,
                    is_urgent=task.is_urgent,
                    client_id=touch.client_id,
                    visit_id=self.plans[touch.plan_id].visit_id,
                    touch_id=touch.pk,
                )
            )

    def _prepare(self, touch: Touch, facts: TouchFacts, channels: Sequence[Channel], reason: str) -> None:
        """Fill in every text first: a message that cannot be worded is held as a whole."""
        worded = [(channel, self._worded(touch, facts, channel)) for channel in channels]
        held = next((text.reason for _, text in worded if not isinstance(text, Rendered)), None)
        if held is not None:
            self._skip(touch, f"held: {held}", TaskDraft("held", f"A message could not be worded: {held}."))
            return
        self.updates.append((touch.pk, Touch.State.SENDING.value, reason, touch.due_at, self.now))
        for position, (channel, text) in enumerate(worded):
            if (touch.pk, channel.value) in self.live:
                continue
            assert isinstance(text, Rendered)
            self.outgoing.append((touch, channel, position == 0, self._message(touch, facts, channel, text)))

    def _worded(self, touch: Touch, facts: TouchFacts, channel: Channel) -> Rendered | Held:
        plan = self.plans[touch.plan_id]
        today = local_day(self.now, self.facts.timezone)
        tokens = tokens_for(
            practice=self.facts,
            treatment=facts.treatment,
            first_name=self.people[touch.client_id].first_name,
            provider=plan.visit.provider,
            visit_on=plan.visit.visit_on,
            today=today,
            duration_text=facts.protocol.duration_text,
            links=public_links(self.public_url, self.practice_id, touch.pk, booking=self.facts.booking_link),
        )
        return render(facts.step.templates[channel], tokens)

    def _message(self, touch: Touch, facts: TouchFacts, channel: Channel, text: Rendered) -> OutgoingMessage:
        person = self.people[touch.client_id]
        is_email = channel is Channel.EMAIL
        return OutgoingMessage(
            token=secrets.token_urlsafe(18),
            to=person.email if is_email else person.phone,
            text=text.text,
            subject=text.subject,
            html=as_html(text.text, practice=self.facts, subject=text.subject) if is_email else "",
            headers=self._unsubscribe_headers(touch, facts) if is_email else None,
            created_at=self.now,
            expires_at=touch.valid_until,
        )

    def _unsubscribe_headers(self, touch: Touch, facts: TouchFacts) -> dict[str, str] | None:
        """One-click unsubscribe for marketing mail (RFC 8058)."""
        if facts.step.purpose is not Purpose.MARKETING:
            return None
        link = public_links(self.public_url, self.practice_id, touch.pk).unsubscribe
        return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}

    def write(self) -> list[Intent]:
        """Write decisions, messages and attempts; returns what is to be handed over once this is committed."""
        update_rows(Touch, TOUCH_UPDATE, self.updates)
        open_tasks(practice_id=self.practice_id, tasks=self.tasks, now=self.now)
        message_ids = reserve_ids(Message, len(self.outgoing))
        attempt_ids = reserve_ids(Attempt, len(self.outgoing))
        intents = [
            Intent(attempt_id, message_id, touch.pk, touch.client_id, channel, is_primary, outgoing)
            for attempt_id, message_id, (touch, channel, is_primary, outgoing) in zip(
                attempt_ids, message_ids, self.outgoing, strict=True
            )
        ]
        insert_rows(Message, MESSAGE_COLUMNS, [self._message_row(i) for i in intents])
        insert_rows(Attempt, ATTEMPT_COLUMNS, [self._attempt_row(i) for i in intents])
        return intents

    def _message_row(self, intent: Intent) -> tuple[object, ...]:
        out = intent.outgoing
        return (
            intent.message_id, self.practice_id, intent.client_id, intent.touch_id,
            Message.Direction.OUT.value, intent.channel.value, out.to, out.subject, out.text,
            Message.Status.SENDING.value, self.now,
        )  # fmt: skip

    def _attempt_row(self, intent: Intent) -> tuple[object, ...]:
        return (
            intent.attempt_id, self.practice_id, intent.message_id, intent.touch_id, intent.channel.value,
            intent.is_primary, intent.outgoing.token, Attempt.State.INTENT.value, intent.outgoing.expires_at, self.now,
        )  # fmt: skip
