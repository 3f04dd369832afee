"""The bans of a practice, as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from afterglow.models import Blackout, Practice
from afterglow.rules.facts import BanScope
from afterglow.rules.zones import state_names


@dataclass(frozen=True, slots=True, kw_only=True)
class BanRow:
    id: int
    state: str  # two letters; empty: everywhere
    where: str
    scope: BanScope
    from_at: datetime
    until_at: datetime | None
    reason: str
    by: str
    ended_by: str
    standing: str  # in force | to come | over | withdrawn

    @property
    def can_be_ended(self) -> bool:
        return self.standing in ("in force", "to come")

    @property
    def what(self) -> str:
        return "all automatic messages" if self.scope is BanScope.EVERYTHING else "marketing messages"


def blackouts(practice: Practice, *, now: datetime) -> list[BanRow]:
    """Those that can still be ended first, then the newest. One query."""
    rows = [_row(ban, now) for ban in Blackout.objects.filter(practice=practice).order_by("-from_at", "-pk")]
    return sorted(rows, key=lambda row: not row.can_be_ended)


def _row(ban: Blackout, now: datetime) -> BanRow:
    return BanRow(
        id=ban.pk,
        state=ban.state,
        where=state_names().get(ban.state, ban.state) if ban.state else "Every state",
        scope=BanScope(ban.scope),
        from_at=ban.from_at,
        until_at=ban.until_at,
        reason=ban.reason,
        by=ban.created_by,
        ended_by=ban.ended_by,
        standing=_standing(ban, now),
    )


def _standing(ban: Blackout, now: datetime) -> str:
    if ban.until_at is not None and ban.until_at <= ban.from_at:
        return "withdrawn"
    if ban.until_at is not None and ban.until_at <= now:
        return "over"
    return "in force" if ban.from_at <= now else "to come"
