"""Hand messages to their providers on a thread of its own, so many at once, while the caller uses the database."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from threading import Event, Thread
from typing import Any, Self

from afterglow.actions.intents import Intent
from afterglow.actions.lane import Handed, HasStopped, Lane
from afterglow.actions.patience import Patience
from afterglow.channels.contract import Sender
from afterglow.rules.facts import Channel

IN_TIME = 0.2  # of the time in which a message must be handed over: so much of an account's pace is claimed at once


class HandOver:
    """A line to the providers, open inside `with`: put intents in, take each one's outcome out."""

    def __init__(
        self,
        senders: Mapping[Channel, Sender],
        *,
        patience: Patience,
        clock: Callable[[], datetime],
        keep: Callable[[list[Handed]], None],
    ) -> None:
        self.waiting = 0  # put in and not yet taken out
        self.rate = 0.0  # outcomes a second between the last two times that they were taken
        self._senders = senders
        self._patience = patience
        self._clock = clock
        self._keep = keep  # the outcomes that nobody took before the end
        self._lanes: dict[Channel, Lane] = {}
        self._outcomes: deque[Handed] = deque()
        self._wanted = 1
        self._has_enough = Event()
        self._counted_from = 0.0
        self._open_senders = AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="hand-over", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._run(self._open())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        """What has begun is finished; what has not begun never leaves. Both are kept."""
        try:
            self._run(self._close())
        finally:
            self._end()
            self._keep(self.take(at_least=0, within=0))

    def portion(self, channels: Iterable[Channel], *, most: int) -> int:
        """How many messages at once leave in good time, however slow the accounts of these channels are."""
        seconds = self._patience.hand_over_within.total_seconds() * IN_TIME
        paces = (self._senders[channel].capabilities.per_second for channel in channels)
        return max(1, min([most, *(int(pace * seconds) for pace in paces if pace is not None)]))

    def put(self, intents: Sequence[Intent], *, has_stopped: HasStopped) -> None:
        """Hand these over as soon as there is room, but nothing to an address that has stopped since.

        Their transaction must be committed.
        """
        if not self.waiting:
            self._counted_from = time.monotonic()
        self.waiting += len(intents)
        self._loop.call_soon_threadsafe(self._begin, intents, has_stopped)

    def take(self, *, at_least: int, within: float) -> list[Handed]:
        """The outcomes so far; waits for so many of them, or so many seconds."""
        self._has_enough.clear()
        self._wanted = min(at_least, self.waiting)
        if len(self._outcomes) < self._wanted:
            self._has_enough.wait(within)
        taken = [self._outcomes.popleft() for _ in range(len(self._outcomes))]
        self.waiting -= len(taken)
        now = time.monotonic()
        self.rate = len(taken) / max(now - self._counted_from, 0.001)
        self._counted_from = now
        return taken

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self) -> None:
        async with AsyncExitStack() as opening:  # when one cannot be opened, those before it are closed
            for channel, sender in self._senders.items():
                opened = await opening.enter_async_context(sender)
                self._lanes[channel] = Lane(opened, patience=self._patience, clock=self._clock, tell=self._tell)
            self._open_senders = opening.pop_all()

    async def _close(self) -> None:
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))
        await self._open_senders.aclose()

    def _begin(self, intents: Sequence[Intent], has_stopped: HasStopped) -> None:
        for intent in intents:
            self._lanes[intent.channel].add(intent, has_stopped=has_stopped)
        for lane in self._lanes.values():
            lane.start()

    def _tell(self, handed: Handed) -> None:
        self._outcomes.append(handed)
        if len(self._outcomes) >= self._wanted:
            self._has_enough.set()
