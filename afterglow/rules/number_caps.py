"""How many automated messages one phone number may get in 24 hours."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from afterglow.rules.facts import Channel, PracticeFacts, Recipient
from afterglow.rules.state_rules import FEDERAL, rules_in_force
from afterglow.rules.zones import state_names, states_of, zones_of

TEXTS_PER_NUMBER = 3  # the house's own limit, everywhere; a state's row can only lower it
CAP_SPAN = timedelta(hours=24)


class Cap(NamedTuple):
    """At most so many messages to one number in 24 hours. `who` allows no more; empty: it is the house's own limit."""

    most: int
    who: str

    def __str__(self) -> str:
        messages = "one message" if self.most == 1 else f"{self.most} messages"
        limit = f"at most {messages} to one number in 24 hours"
        return f"{self.who} allows {limit}" if self.who else limit


def cap_towards(practice: PracticeFacts, recipient: Recipient, channel: Channel, now: datetime) -> Cap:
    """The strictest cap of every state the client may be in, as of now, and never more than the house's own."""
    zones = zones_of(recipient, practice_zone=practice.timezone)
    days = frozenset(now.astimezone(ZoneInfo(zone)).date() for zone in zones)
    return _strictest(states_of(recipient, practice_state=practice.state), channel, days)


@lru_cache(maxsize=2**12)
def _strictest(states: frozenset[str], channel: Channel, days: frozenset[date]) -> Cap:
    house = Cap(TEXTS_PER_NUMBER, "")
    stated = [
        Cap(rule.most_in_24_hours, "federal law" if state == FEDERAL else state_names()[state])
        for state in sorted({FEDERAL, *states})
        for day in days
        for rule in rules_in_force(state=state, channel=channel, on=day)
        if rule.most_in_24_hours is not None and rule.most_in_24_hours <= house.most
    ]
    return min(stated, key=_most, default=house)


def _most(cap: Cap) -> int:
    return cap.most
