"""Hand messages to their providers on a thread of its own, so many at once, while the caller uses the database."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from threading import Event, Thread
from typing import Any, Self

from afterglow.actions.claim_touches import Intent
from afterglow.actions.patience import Patience
from afterglow.channels.contract import Outcome, Refused, Sender, Unknown
from afterglow.rules.facts import Channel

CONCURRENCY = 50
TOO_LATE = Refused("unavailable", "not handed over", "it waited too long for its turn; nothing left")

Handed = tuple[Intent, Outcome]


class HandOver:
    """A line to the providers, open inside `with`: put intents in, take each one's outcome out."""

    def __init__(self, senders: Mapping[Channel, Sender], *, patience: Patience, clock: Callable[[], datetime]) -> None:
        self.waiting = 0  # put in and not yet taken out
        self.rate = 0.0  # outcomes a second between the last two times that they were taken
        self._senders = senders
        self._patience = patience
        self._clock = clock
        self._todo: deque[tuple[Intent, float]] = deque()
        self._hands: set[asyncio.Task[None]] = set()
        self._outcomes: deque[Handed] = deque()
        self._wanted = 1
        self._has_enough = Event()
        self._counted_from = 0.0
        self._open_senders = AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="hand-over", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._open())
        return self

    def __exit__(self, *exc: object) -> None:
        """What has begun is finished; what has not begun never leaves."""
        try:
            self._run(self._close())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def put(self, intents: Sequence[Intent]) -> None:
        """Hand these over as soon as there is room. Their transaction must be committed."""
        if not self.waiting:
            self._counted_from = time.monotonic()
        self.waiting += len(intents)
        self._loop.call_soon_threadsafe(self._begin, intents)

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

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self) -> None:
        for sender in self._senders.values():
            await self._open_senders.enter_async_context(sender)

    async def _close(self) -> None:
        self._todo.clear()
        await asyncio.gather(*self._hands)
        await self._open_senders.aclose()

    def _begin(self, intents: Sequence[Intent]) -> None:
        too_late_at = self._loop.time() + self._patience.hand_over_within.total_seconds()
        self._todo.extend((intent, too_late_at) for intent in intents)
        for _ in range(min(CONCURRENCY - len(self._hands), len(intents))):
            hand = self._loop.create_task(self._hand_over_the_rest())
            self._hands.add(hand)
            hand.add_done_callback(self._hands.discard)

    async def _hand_over_the_rest(self) -> None:
        while self._todo:
            intent, too_late_at = self._todo.popleft()
            outcome = await self._outcome(intent, too_late_at)
            self._outcomes.append((intent, outcome))
            if len(self._outcomes) >= self._wanted:
                self._has_enough.set()

    async def _outcome(self, intent: Intent, too_late_at: float) -> Outcome:
        if self._is_late(intent, too_late_at):
            return TOO_LATE
        sender = self._senders[intent.channel]
        # Whoever cannot be asked later is given all the time it takes.
        longest = self._patience.answer_within.total_seconds() if sender.capabilities.has_look_up else None
        try:
            async with asyncio.timeout(longest):
                return await sender.send(intent.outgoing)
        except TimeoutError:
            return Unknown("TimeoutError")
        except Exception as error:
            return Unknown(f"{type(error).__name__} in the adapter")

    def _is_late(self, intent: Intent, too_late_at: float) -> bool:
        """By either clock: the wall's may be set back, the other one stands still while a computer sleeps."""
        age = self._clock() - intent.outgoing.created_at
        return age > self._patience.hand_over_within or self._loop.time() > too_late_at
