"""What the rules are told about a practice: its hours and limits, its protocols, its own words for services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from afterglow.models.limits import Blackout as BlackoutRow
from afterglow.models.plans import ProtocolVersion
from afterglow.models.practice import ClosedDay, Practice, SenderAccount
from afterglow.models.visits import ServiceRule
from afterglow.rules.catalog import Correction, MatchedTreatment
from afterglow.rules.facts import BanScope, Blackout, Channel, PracticeFacts, SendWindow
from afterglow.rules.protocol import Protocol
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.protocol_file import parse_protocol


def practice_facts(practice: Practice) -> PracticeFacts:
    """The practice as the rules see it. Three queries."""
    closed_on = frozenset(ClosedDay.objects.filter(practice=practice).values_list("on", flat=True))
    channels = SenderAccount.objects.filter(practice=practice).values_list("channel", flat=True)
    return PracticeFacts(
        id=str(practice.pk),
        name=practice.name,
        timezone=practice.timezone,
        state=practice.state,
        phone=practice.phone,
        urgent_phone=practice.urgent_phone,
        address=practice.address,
        booking_link=practice.booking_link,
        window=SendWindow(
            opens_at=practice.opens_at, closes_at=practice.closes_at, weekdays=frozenset(practice.weekdays)
        ),
        closed_on=closed_on,
        blackouts=blackouts_of(practice),
        high_value_threshold=practice.high_value_threshold,
        is_voice_enabled=practice.is_voice_enabled,
        messages_per_day=practice.messages_per_day,
        marketing_per_week=practice.marketing_per_week,
        is_merging_same_day=practice.is_merging_same_day,
        has_named_treatments=practice.has_named_treatments,
        channels=frozenset(Channel(c) for c in channels),
    )


def blackouts_of(practice: Practice) -> tuple[Blackout, ...]:
    """Every ban there is or was, the oldest first. One query; a practice has few."""
    bans = BlackoutRow.objects.filter(practice=practice).order_by("from_at", "pk")
    rows = bans.values_list("state", "scope", "from_at", "until_at", "reason")
    return tuple(
        Blackout(state=state, scope=BanScope(scope), from_at=from_at, until_at=until_at, reason=reason)
        for state, scope, from_at, until_at, reason in rows
    )


@dataclass(frozen=True, slots=True)
class Book:
    """The practice's current protocols, and which stored version each of them is."""

    protocols: ProtocolBook
    version_ids: Mapping[str, int]


def protocol_book(practice: Practice) -> Book:
    """The current protocols of the practice. One query; texts are parsed once per process."""
    versions = list(ProtocolVersion.objects.filter(practice=practice, is_current=True))
    return Book(
        ProtocolBook(_protocol(v.text, v.key, v.is_on) for v in versions),
        {v.key: v.pk for v in versions},
    )


def protocols_by_id(practice: Practice, ids: Iterable[int]) -> dict[int, Protocol]:
    """The protocols as they were in these versions. One query."""
    versions = ProtocolVersion.objects.filter(practice=practice, pk__in=set(ids))
    return {v.pk: _protocol(v.text, v.key, v.is_on) for v in versions}


@lru_cache(maxsize=1024)
def _protocol(text: str, key: str, is_on: bool) -> Protocol:
    return replace(parse_protocol(text, name=f"{key}.toml"), is_on=is_on)


def corrections(practice: Practice) -> dict[str, Correction]:
    """What staff of this practice said their services are. One query."""
    return {
        rule.key: Correction(
            key=rule.key,
            decision=rule.decision,
            treatments=tuple(MatchedTreatment(**t) for t in rule.treatments),
            by=rule.decided_by,
        )
        for rule in ServiceRule.objects.filter(practice=practice)
    }
