"""Bans by decree, a state of emergency for example: they come on top of the hours and are edited at run time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from afterglow.rules.facts import BanScope, Blackout, PracticeFacts, Purpose, Recipient
from afterglow.rules.zones import state_names, states_of

BEGINS_EARLY = timedelta(minutes=15)  # as doors close: what leaves on the edge arrives after it

Bans = tuple[Blackout, ...]


def bans_towards(practice: PracticeFacts, recipient: Recipient, purpose: Purpose) -> Bans:
    """The bans, past and future, that bind such a message wherever the client may be."""
    if not practice.blackouts:
        return ()
    states = states_of(recipient, practice_state=practice.state)
    return tuple(
        ban
        for ban in practice.blackouts
        if (not ban.state or ban.state in states)
        and (ban.scope is BanScope.EVERYTHING or purpose is Purpose.MARKETING)
        and not _was_withdrawn(ban)
    )


def ban_at(moment: datetime, bans: Bans) -> Blackout | None:
    """The ban that forbids a message at that moment; of several the one that lasts longest."""
    return max((ban for ban in bans if _covers(ban, moment)), key=_how_long, default=None)


def next_ban_after(moment: datetime, bans: Bans) -> datetime | None:
    """When the first ban that is still ahead shuts the doors."""
    return min((begins for ban in bans if (begins := ban.from_at - BEGINS_EARLY) > moment), default=None)


def spoken_ban(ban: Blackout, *, timezone: str) -> str:
    """ "Louisiana: state of emergency since 3 September"."""
    on = ban.from_at.astimezone(ZoneInfo(timezone)).date()
    where = state_names().get(ban.state, ban.state) if ban.state else "every state"
    return f"{where[:1].upper()}{where[1:]}: {ban.reason.strip().rstrip('.')} since {on.day} {on:%B}"


def in_force(blackouts: Iterable[Blackout], now: datetime) -> Bans:
    """Those that forbid something right now."""
    return tuple(ban for ban in blackouts if _covers(ban, now) and not _was_withdrawn(ban))


def _covers(ban: Blackout, moment: datetime) -> bool:
    return ban.from_at - BEGINS_EARLY <= moment and (ban.until_at is None or moment < ban.until_at)


def _was_withdrawn(ban: Blackout) -> bool:
    """Ended before it had begun: it never forbade anything."""
    return ban.until_at is not None and ban.until_at <= ban.from_at


def _how_long(ban: Blackout) -> tuple[bool, float]:
    return (ban.until_at is None, ban.until_at.timestamp() if ban.until_at else 0.0)
