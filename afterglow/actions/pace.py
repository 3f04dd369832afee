"""The pace at which one account may be given messages, kept on a clock that only runs forward."""

from __future__ import annotations

import asyncio
import time

from afterglow.channels.contract import OutgoingMessage
from afterglow.rules.facts import Channel
from afterglow.rules.segments import segments

BURST = 0.05  # seconds: no more than what is due in that time leaves in one breath, and never less than one


class Pace:
    """A bucket that fills with so many units a second. Whoever wants to send takes units out, in turn."""

    def __init__(self, per_second: float | None) -> None:
        self.per_second = per_second
        self._size = max(1.0, (per_second or 0) * BURST)
        self._level = self._size
        self._filled_at = time.monotonic()
        self._held_until = 0.0
        self._turns = asyncio.Lock()

    @property
    def is_free(self) -> bool:
        """Whether nobody has to ask: the account has no pace, and no pause is under way."""
        return self.per_second is None and self._held_until <= time.monotonic()

    def hold(self, seconds: float) -> None:
        """Nothing more for so long: the provider asks for a pause."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)

    def take(self, units: float) -> bool:
        """Take so many units out if they are there now and nobody waits; otherwise it takes a `turn`."""
        if self._turns.locked() or self._wait_for(units) > 0:
            return False
        self._take(units)
        return True

    async def turn(self, units: float) -> None:
        """Return when so many units may leave. First come, first served; cancelled, it takes nothing."""
        async with self._turns:
            wait = self._wait_for(units)
            while wait > 0:
                await asyncio.sleep(wait)
                wait = self._wait_for(units)
            self._take(units)

    def _take(self, units: float) -> None:
        if self.per_second is not None:
            self._level -= units

    def _wait_for(self, units: float) -> float:
        now = time.monotonic()
        pause = self._held_until - now
        if self.per_second is None:
            return pause
        self._level = min(self._size, self._level + (now - self._filled_at) * self.per_second)
        self._filled_at = now
        return max(pause, (min(units, self._size) - self._level) / self.per_second)


def units_of(message: OutgoingMessage, channel: Channel) -> int:
    """What a message takes of its account's pace: a text as many as it has parts, everything else one."""
    return segments(message.text) if channel is Channel.SMS else 1
