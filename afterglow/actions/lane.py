"""The way to one provider account: so many messages at once, at its pace, and none while it is out of order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from afterglow.actions.intents import Intent
from afterglow.actions.one_call import call
from afterglow.actions.pace import Pace, units_of
from afterglow.actions.patience import Patience
from afterglow.channels.contract import Outcome, OutgoingMessage, Refused, Sender, Unknown
from afterglow.rules.outages import OPENS_AFTER, SHORT_PAUSE, Sign
from afterglow.rules.retrying import DOUBTFUL, PASSING

CONCURRENCY = 50
ON_THE_WAY = timedelta(seconds=5)  # a busy provider lets a message wait before it takes it
A_MOMENT = timedelta(seconds=1)
NOT_HANDED_OVER = "not handed over"  # the code of our own no: the provider was not even asked
TOO_LATE = Refused("unavailable", NOT_HANDED_OVER, "it waited too long for its turn; nothing left")
SHUT = Refused("unavailable", NOT_HANDED_OVER, "the account is out of order; nothing left")
BROKEN_OFF = Refused("unavailable", NOT_HANDED_OVER, "the work was broken off; nothing left")
STOPPED = Refused("unavailable", NOT_HANDED_OVER, "something forbids it since it was decided; nothing left")

Handed = tuple[Intent, Outcome]
HasStopped = Callable[[str], bool]  # whether something forbids it since the message to this address was decided


def sign_of(outcome: Outcome) -> Sign:
    """What an answer tells about the account."""
    if isinstance(outcome, Unknown):
        return Sign.DOWN
    if not isinstance(outcome, Refused):
        return Sign.UP
    if outcome.code == NOT_HANDED_OVER or outcome.kind == "expired":
        return Sign.NOTHING
    return Sign.DOWN if outcome.kind in PASSING | DOUBTFUL else Sign.UP


class Lane:
    """What waits for one account. Lives in the loop of `HandOver`; every message put in comes out of `tell`."""

    def __init__(
        self, sender: Sender, *, patience: Patience, clock: Callable[[], datetime], tell: Callable[[Handed], None]
    ) -> None:
        self._sender = sender
        self._patience = patience
        self._clock = clock
        self._tell = tell
        self._pace = Pace(sender.capabilities.per_second)
        self._todo: deque[tuple[Intent, HasStopped, float]] = deque()
        self._hands: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._is_shut = False
        self._now = asyncio.get_running_loop().time

    def add(self, intent: Intent, *, has_stopped: HasStopped) -> None:
        """Put a message at the end. A probe is let through: that is what it is for."""
        if intent.is_probe:
            self._open()
        self._todo.append((intent, has_stopped, self._now() + self._patience.hand_over_within.total_seconds()))

    def start(self) -> None:
        """Set as many hands to work as there is work for."""
        for _ in range(min(CONCURRENCY - len(self._hands), len(self._todo))):
            hand = asyncio.get_running_loop().create_task(self._hand_over_the_rest())
            self._hands.add(hand)

    async def close(self) -> None:
        """What has begun is finished; what has not begun never leaves."""
        for intent, _, _ in self._todo:
            self._tell((intent, BROKEN_OFF))
        self._todo.clear()
        await asyncio.gather(*self._hands)

    async def _hand_over_the_rest(self) -> None:
        while self._todo:
            intent, has_stopped, too_late_at = self._todo.popleft()
            self._tell((intent, await self._outcome(intent, has_stopped, too_late_at)))
        # Let go in the same breath as there is nothing left to do: a hand that has ended must not count as one at work.
        self._hands.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _outcome(self, intent: Intent, has_stopped: HasStopped, too_late_at: float) -> Outcome:
        if not self._is_shut and not await self._has_its_turn(intent, too_late_at):
            return TOO_LATE
        if self._is_shut:
            return SHUT
        now = self._clock()
        if self._is_late(intent, too_late_at, now):
            return TOO_LATE
        if has_stopped(intent.outgoing.to):
            return STOPPED
        outcome = await call(self._sender, _as_of(now, intent.outgoing), patience=self._patience)
        self._note(outcome)
        return outcome

    async def _has_its_turn(self, intent: Intent, too_late_at: float) -> bool:
        """Wait as the account's pace asks; False when that takes too long."""
        if self._pace.is_free or self._pace.take(units := units_of(intent.outgoing, intent.channel)):
            return True
        try:
            async with asyncio.timeout_at(too_late_at):
                await self._pace.turn(units)
        except TimeoutError:
            return False
        return True

    def _note(self, outcome: Outcome) -> None:
        """Shut the lane after too many failures in a row, or when the provider asks for a long pause."""
        match sign_of(outcome):
            case Sign.UP:
                self._open()
            case Sign.DOWN:
                self._failures += 1
                self._is_shut = self._is_shut or self._failures >= OPENS_AFTER
        if isinstance(outcome, Refused) and outcome.retry_after is not None:
            if outcome.retry_after <= SHORT_PAUSE:
                self._pace.hold(outcome.retry_after.total_seconds())
            else:
                self._is_shut = True

    def _open(self) -> None:
        self._failures, self._is_shut = 0, False

    def _is_late(self, intent: Intent, too_late_at: float, now: datetime) -> bool:
        """By either clock: the wall's may be set back, the other one stands still while a computer sleeps."""
        message = intent.outgoing
        if message.expires_at is not None and now + ON_THE_WAY > message.expires_at:
            return True
        return now - message.created_at > self._patience.hand_over_within or self._now() > too_late_at


def _as_of(now: datetime, message: OutgoingMessage) -> OutgoingMessage:
    """A provider counts what is left of a message's time from the call, not from our decision."""
    return message if now - message.created_at < A_MOMENT else replace(message, created_at=now)
