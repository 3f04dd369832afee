"""What may be tried again after a provider's no, and when: only what surely did not leave, or did not arrive.

The pauses grow and are never quite the same for two messages, so that what failed together does not come back together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from afterglow.rules.channel_words import NAMES
from afterglow.rules.facts import Channel
from afterglow.rules.touch_facts import Tried

PAUSES = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 20, 30))
JITTER = 0.25  # of the pause, at most
OUT_OF_REACH = timedelta(hours=1)  # a handset that is switched off

PASSING = frozenset({"rate", "unavailable"})  # the provider would take the same message later
DOUBTFUL = frozenset({"configuration"})  # the account or this one message: tried once more to find out
OURS = frozenset({"outage", "expired", "stopped"})  # says nothing about this message and this address


@dataclass(frozen=True, slots=True)
class Retry:
    """The same message on the same channel, not before `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Not on this channel any more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """An earlier call for a touch that ended without reaching the client. `kind` is one of the kinds of refusal."""

    channel: Channel
    kind: str
    reason: str
    at: datetime
    has_left: bool = False  # taken by the provider, and reported as not delivered


def retry_at(
    *, failures: int, now: datetime, retry_after: timedelta | None, valid_until: datetime, jitter: float
) -> Retry | GiveUp:
    """When a message that was refused for now is tried again. `failures`: refusals before this one; `jitter`: 0 to 1.

    Never earlier than the provider asks, and never after the message's own time.
    """
    at = now + max(_pause(failures, jitter), retry_after or timedelta(0))
    return Retry(at) if at <= valid_until else GiveUp("its time ends before the next try")


def jitter_of(touch_id: int) -> float:
    """A number from 0 to 1 that is a touch's own, and spread evenly over many."""
    return touch_id * 2_654_435_761 % 2**32 / 2**32


def outcome_of(tries: Iterable[Try], *, jitter: float) -> Tried:
    """What the earlier calls for one touch, oldest first, mean for the next decision about it."""
    by_channel: dict[Channel, list[Try]] = {}
    for each in tries:
        if each.kind not in OURS:
            by_channel.setdefault(each.channel, []).append(each)
    refused: dict[Channel, str] = {}
    not_before: dict[Channel, datetime] = {}
    for channel, known in by_channel.items():
        answer = _next_try(known, jitter)
        if isinstance(answer, Retry):
            not_before[channel] = answer.at
        else:
            refused[channel] = answer.reason
    return Tried(refused=refused, not_before=not_before)


def _next_try(tries: list[Try], jitter: float) -> Retry | GiveUp:
    final = next((t for t in tries if _is_final(t, tries)), None)
    if final is not None:
        verb = "did not arrive" if final.has_left else "could not be sent"
        return GiveUp(f"the {NAMES[final.channel]} {verb} ({final.reason})")
    last = tries[-1]
    if last.has_left:
        return Retry(last.at + OUT_OF_REACH)
    return Retry(last.at + _pause(len(tries) - 1, jitter))


def _is_final(last: Try, tries: list[Try]) -> bool:
    """A no that no later try would change, or the second no of a kind that deserves two."""
    if last.has_left:
        return last.kind not in PASSING or sum(t.has_left for t in tries) > 1
    if last.kind in DOUBTFUL:
        return sum(t.kind in DOUBTFUL and not t.has_left for t in tries) > 1
    return last.kind not in PASSING


def _pause(failures: int, jitter: float) -> timedelta:
    return PAUSES[min(failures, len(PAUSES) - 1)] * (1 + JITTER * jitter)
