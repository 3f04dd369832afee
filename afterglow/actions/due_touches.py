"""What has fallen due, locked, with everything that the decision and the wording may look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from afterglow.actions.earlier_tries import Earlier, earlier_tries
from afterglow.models import Plan, Practice, Touch
from afterglow.models.bulk import fetch_rows
from afterglow.models.client_facts import Person, facts_about, people_of
from afterglow.models.practice_facts import practice_facts, protocol_book, protocols_by_id
from afterglow.models.visit_facts import treatment_of_plan, treatments_of
from afterglow.rules.facts import Channel, ClientFacts, Hold, PracticeFacts, TreatmentFacts
from afterglow.rules.protocol import Protocol
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.touch_facts import UNTRIED, TouchFacts, Tried


class DueTouch(NamedTuple):
    """The row of a touch whose moment has come."""

    pk: int
    client_id: int
    plan_id: int
    step: str
    function: str
    planned_at: datetime
    due_at: datetime
    valid_until: datetime


class PlanOfTouch(NamedTuple):
    """The row of its plan, with what the visit adds."""

    pk: int
    protocol_id: int
    family: str
    brand: str
    area: str
    stopped_reason: str
    visit_id: int
    visit__status: str
    visit__provider: str
    visit__visit_on: date
    visit__ended_at: datetime


@dataclass(frozen=True)
class Due:
    """One touch to decide about."""

    touch: DueTouch
    plan: PlanOfTouch
    person: Person
    protocol: Protocol
    treatments: Sequence[TreatmentFacts]
    tried: Tried = UNTRIED

    @cached_property
    def facts(self) -> TouchFacts:
        """The touch as the rules see it. Raises when its protocol does not know the step any more."""
        return TouchFacts(
            id=str(self.touch.pk),
            client_id=str(self.touch.client_id),
            protocol=self.protocol,
            step=self.protocol.step(self.touch.step),
            treatment=treatment_of_plan(
                self.treatments, family=self.plan.family, area=self.plan.area, brand=self.plan.brand
            ),
            visited_at=self.plan.visit__ended_at,
            planned_at=self.touch.planned_at,
            due_at=self.touch.due_at,
            valid_until=self.touch.valid_until,
            tried=self.tried,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DueBatch:
    """Due touches by client, and the facts they share."""

    count: int
    by_client: Mapping[int, Sequence[Due]]
    practice: PracticeFacts
    book: ProtocolBook
    clients: Mapping[int, ClientFacts]
    earlier: Earlier


def load_due(
    *, practice_id: int, channels: frozenset[Channel], holds: Mapping[Channel, Hold], now: datetime, limit: int
) -> DueBatch | None:
    """Up to `limit` due touches, locked for this transaction; none if nothing is due. A fixed number of queries."""
    touches = _locked(practice_id, now, limit)
    if not touches:
        return None
    practice = Practice.objects.get(pk=practice_id)
    facts = replace(practice_facts(practice), channels=channels, holds=holds)
    people = people_of(practice, {t.client_id for t in touches})
    plans = _plans(practice_id, {t.plan_id for t in touches})
    protocols = protocols_by_id(practice, {p.protocol_id for p in plans.values()})
    treatments = treatments_of(practice, {p.visit_id for p in plans.values()})
    earlier = earlier_tries(practice_id=practice_id, touch_ids=[t.pk for t in touches])
    by_client: dict[int, list[Due]] = defaultdict(list)
    for touch in touches:
        plan = plans[touch.plan_id]
        due = Due(
            touch=touch,
            plan=plan,
            person=people[touch.client_id],
            protocol=protocols[plan.protocol_id],
            treatments=treatments.get(plan.visit_id, ()),
            tried=earlier.tried.get(touch.pk, UNTRIED),
        )
        by_client[touch.client_id].append(due)
    return DueBatch(
        count=len(touches),
        by_client=by_client,
        practice=facts,
        book=protocol_book(practice).protocols,
        clients=facts_about(practice, facts, people, now=now),
        earlier=earlier,
    )


def _locked(practice_id: int, now: datetime, limit: int) -> list[DueTouch]:
    """What somebody else has locked is left to them."""
    planned = Touch.objects.filter(practice=practice_id, state=Touch.State.PLANNED, due_at__lte=now)
    locked = planned.order_by("due_at").select_for_update(skip_locked=True)[:limit]
    return [DueTouch._make(row) for row in fetch_rows(locked.values_list(*DueTouch._fields))]


def _plans(practice_id: int, ids: set[int]) -> dict[int, PlanOfTouch]:
    rows = fetch_rows(Plan.objects.filter(practice=practice_id, pk__among=ids).values_list(*PlanOfTouch._fields))
    return {plan.pk: plan for plan in map(PlanOfTouch._make, rows)}
