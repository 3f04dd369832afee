"""What will become of a planned message, and why: the rules' own answer for the moment it falls due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from afterglow.models import Practice, Touch
from afterglow.models.client_facts import client_facts
from afterglow.models.holds import open_holds
from afterglow.models.practice_facts import practice_facts, protocol_book, protocols_by_id
from afterglow.models.public_links import public_links
from afterglow.models.visit_facts import treatment_of_plan, treatments_of
from afterglow.queries.words import by_channels
from afterglow.rules.decisions import Decision, Send, Skip, Wait
from afterglow.rules.facts import (
    Channel,
    ClientFacts,
    Function,
    PendingFacts,
    PracticeFacts,
    TreatmentFacts,
)
from afterglow.rules.protocol import Protocol
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.sending import decide
from afterglow.rules.timing import local_day
from afterglow.rules.tokens import tokens_for
from afterglow.rules.touch_facts import TouchFacts
from afterglow.rules.wording import Held, Rendered, render

_MOST_WAITS = 6  # a message that waits more often than this is waiting for something we cannot foresee


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """`verdict` is "goes", "waits" or "stays"; `because` the rules' reason; `text` the words as they would read."""

    verdict: str
    at: datetime
    channels: tuple[Channel, ...]
    because: str
    text: str = ""
    subject: str = ""

    @property
    def kind(self) -> str:
        """The channel it goes by first, or what keeps it."""
        return self.channels[0].value if self.verdict == "goes" else self.verdict

    @property
    def how(self) -> str:
        return by_channels(self.channels)


def forecasts(practice: Practice, touches: Sequence[Touch], *, now: datetime) -> dict[int, Forecast]:
    """A forecast for each of these planned touches (with `client`, `plan` and `plan.visit` loaded).

    A fixed number of queries. Facts are those of now: what nobody knows yet, a later booking or reply, may change it.
    """
    if not touches:
        return {}
    facts = replace(practice_facts(practice), holds=open_holds(practice.pk))
    plans = {t.plan_id: t.plan for t in touches}
    desk = _Desk(
        facts=facts,
        book=protocol_book(practice).protocols,
        protocols=protocols_by_id(practice, {p.protocol_id for p in plans.values()}),
        treatments=treatments_of(practice, {p.visit_id for p in plans.values()}),
        now=now,
    )
    clients = client_facts(practice, facts, {t.client_id for t in touches}, now=now)
    pending: dict[int, list[PendingFacts]] = defaultdict(list)
    for touch in touches:
        pending[touch.client_id].append(_pending(touch))
    return {t.pk: desk.forecast(t, replace(clients[t.client_id], pending=tuple(pending[t.client_id]))) for t in touches}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    facts: PracticeFacts
    book: ProtocolBook
    protocols: Mapping[int, Protocol]
    treatments: Mapping[int, tuple[TreatmentFacts, ...]]
    now: datetime

    def forecast(self, touch: Touch, client: ClientFacts) -> Forecast:
        facts = self._touch_facts(touch)
        at, first = max(touch.due_at, self.now), None
        for _ in range(_MOST_WAITS):
            decision = decide(facts, client=client, practice=self.facts, book=self.book, now=at)
            if not isinstance(decision, Wait):
                break
            first = first or decision
            if decision.until <= at or decision.until >= touch.valid_until:
                break
            at = decision.until
        return self._told(touch, facts, decision, first, at)

    def _told(
        self, touch: Touch, facts: TouchFacts, decision: Decision, waited_for: Wait | None, at: datetime
    ) -> Forecast:
        match decision:
            case Send(channels=channels, reason=reason):
                text = self._worded(touch, facts, channels[0], at)
                if not isinstance(text, Rendered):
                    return Forecast(verdict="stays", at=at, channels=channels, because=f"held: {text.reason}")
                because = waited_for.reason if waited_for and self._is_of_outage(waited_for) else reason
                return Forecast(
                    verdict="goes", at=at, channels=channels, because=because, text=text.text, subject=text.subject
                )
            case Wait(reason=reason):
                verdict = "waits"
            case Skip(reason=reason):
                verdict = "stays"
        preview = self._preview(touch, facts, at)
        because = waited_for.reason if waited_for is not None and verdict == "waits" else reason
        return Forecast(
            verdict=verdict, at=at, channels=(), because=because, text=preview.text, subject=preview.subject
        )

    def _is_of_outage(self, wait: Wait) -> bool:
        return any(wait.until == hold.retry_at for hold in self.facts.holds.values())

    def _preview(self, touch: Touch, facts: TouchFacts, at: datetime) -> Rendered:
        channel = next((c for c in facts.step.channels if c in facts.step.templates), None)
        text = self._worded(touch, facts, channel, at) if channel else None
        return text if isinstance(text, Rendered) else Rendered("")

    def _touch_facts(self, touch: Touch) -> TouchFacts:
        plan = touch.plan
        protocol = self.protocols[plan.protocol_id]
        performed = self.treatments.get(plan.visit_id, ())
        return TouchFacts(
            id=str(touch.pk),
            client_id=str(touch.client_id),
            protocol=protocol,
            step=protocol.step(touch.step),
            treatment=treatment_of_plan(performed, family=plan.family, area=plan.area, brand=plan.brand),
            visited_at=plan.visit.ended_at,
            planned_at=touch.planned_at,
            due_at=touch.due_at,
            valid_until=touch.valid_until,
        )

    def _worded(self, touch: Touch, facts: TouchFacts, channel: Channel, at: datetime) -> Rendered | Held:
        tokens = tokens_for(
            practice=self.facts,
            treatment=facts.treatment,
            first_name=touch.client.first_name,
            provider=touch.plan.visit.provider,
            visit_on=touch.plan.visit.visit_on,
            today=local_day(at, self.facts.timezone),
            duration_text=facts.protocol.duration_text,
            links=public_links(settings.SITE_URL, touch.practice_id, touch.pk, booking=self.facts.booking_link),
        )
        return render(facts.step.templates[channel], tokens)


def _pending(touch: Touch) -> PendingFacts:
    return PendingFacts(
        id=str(touch.pk),
        function=Function(touch.function),
        due_at=touch.due_at,
        valid_until=touch.valid_until,
        visit_on=touch.visit_on,
    )
