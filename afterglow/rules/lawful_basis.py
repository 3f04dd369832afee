"""Why a moment was lawful: where a message may have arrived, what time it was there, which rules allowed it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from afterglow.rules.facts import Channel, ClientFacts, PracticeFacts, Purpose, Recipient
from afterglow.rules.state_rules import FEDERAL, StateRule, rules_in_force, rules_version
from afterglow.rules.zones import state_names, states_of, zones_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the decision to send stood on, as it is stored with the message. It is never worked out again later."""

    area_code: str | None
    state: str | None
    practice_zone: str
    practice_state: str
    rules: str  # version of the table of state rules
    consent: int | None  # its id, and that of its entry in the ledger; None: this purpose needs none

    @classmethod
    def read(cls, stored: str) -> Self:
        """The basis again from the text that `basis_of` made."""
        told = json.loads(stored)
        known: dict[str, Any] = {name: told.get(name) for name in cls.__dataclass_fields__}
        return cls(**known)

    @property
    def recipient(self) -> Recipient:
        return Recipient(area_code=self.area_code, state=self.state)


def basis_of(practice: PracticeFacts, client: ClientFacts, channel: Channel, purpose: Purpose) -> str:
    """The basis of a message that is about to go to this client, as text to be stored."""
    consent = client.entries.get((channel, Purpose.VOICE if channel is Channel.VOICE else purpose))
    where = _where(practice.timezone, practice.state, client.recipient)
    return f'{{"consent": {"null" if consent is None else consent}, {where}'


@lru_cache(maxsize=2**14)
def _where(zone: str, state: str, recipient: Recipient) -> str:
    told = {
        "area_code": recipient.area_code,
        "state": recipient.state,
        "practice_zone": zone,
        "practice_state": state,
        "rules": rules_version(),
    }
    return json.dumps(told)[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One zone in which the recipient may have been."""

    zone: str
    local: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleApplied:
    """One row of the table that bound the message, with the hours it left open that day."""

    who: str  # "federal law", or the name of a state
    opens_at: time | None  # None: no message that day
    closes_at: time | None
    confidence: str
    source: str
    note: str


def places_of(basis: Basis, *, at: datetime) -> tuple[Place, ...]:
    """What time it was, at that moment, in every zone the recipient may have been in."""
    zones = zones_of(basis.recipient, practice_zone=basis.practice_zone)
    return tuple(Place(zone=zone, local=at.astimezone(ZoneInfo(zone))) for zone in zones)


def rules_applied(basis: Basis, *, at: datetime, channel: Channel) -> tuple[RuleApplied, ...]:
    """Every row that bound this channel then, the federal one first. E-mail is bound by none."""
    if channel not in (Channel.SMS, Channel.VOICE):
        return ()
    on = at.astimezone(ZoneInfo(basis.practice_zone)).date()
    states = (FEDERAL, *sorted(states_of(basis.recipient, practice_state=basis.practice_state)))
    found = (rule for state in states for rule in rules_in_force(state=state, channel=channel, on=on))
    return tuple(_applied(rule, on.weekday()) for rule in found)


def _applied(rule: StateRule, weekday: int) -> RuleApplied:
    opens_at, closes_at = rule.hours[weekday] or (None, None)
    return RuleApplied(
        who="federal law" if rule.state == FEDERAL else state_names()[rule.state],
        opens_at=opens_at,
        closes_at=closes_at,
        confidence=rule.confidence,
        source=rule.source,
        note=rule.note,
    )
