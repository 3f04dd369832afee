"""When a provider account counts as out of order, how long it is left alone, and how that is said.

A message that is refused is that message's affair; five in a row are the account's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from afterglow.rules.channel_words import NAMES
from afterglow.rules.facts import Channel, Hold, PracticeFacts
from afterglow.rules.timing import spoken_day

OPENS_AFTER = 5  # failures in a row
PROBES = 3  # messages that find out whether it works again
PROBED_WITHIN = timedelta(seconds=30)  # for as long the others wait for what the probes find
PAUSES = tuple(timedelta(seconds=s) for s in (30, 60, 120, 300, 600, 900))
SHORT_PAUSE = timedelta(seconds=10)  # what a provider asks for and the line can wait out by itself


class Sign(StrEnum):
    """What one answer tells about the account it came from."""

    UP = "up"  # it took the message, or had a reason of its own not to
    DOWN = "down"
    NOTHING = "nothing"


def failures_in_a_row(signs: Iterable[Sign]) -> int:
    """How many answers at the end of these, oldest first, say that the account is down."""
    count = 0
    for sign in signs:
        count = count + 1 if sign is Sign.DOWN else 0 if sign is Sign.UP else count
    return count


def pause_after(tries: int) -> timedelta:
    """How long an account is left alone after so many tries that failed."""
    return PAUSES[min(tries, len(PAUSES)) - 1]


def spoken_hold(hold: Hold, channel: Channel, practice: PracticeFacts, now: datetime) -> str:
    """Why messages of this channel do not go out, and since when, in the practice's own time."""
    zone = ZoneInfo(practice.timezone)
    since, today = hold.since.astimezone(zone), now.astimezone(zone).date()
    day = f" on {spoken_day(since.date())}" if since.date() != today else ""
    return f"{NAMES[channel]}s have not gone out since {clock_time(hold.since, practice)}{day}: {hold.reason}"


def clock_time(at: datetime, practice: PracticeFacts) -> str:
    """The time of day at the practice: 14:02."""
    here = at.astimezone(ZoneInfo(practice.timezone))
    return f"{here.hour}:{here.minute:02}"
