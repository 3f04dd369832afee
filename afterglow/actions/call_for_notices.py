"""Hand a few notices to their providers, at each account's pace. Their `sending` must be committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

from afterglow.actions.lane import TOO_LATE
from afterglow.actions.one_call import call as call_provider
from afterglow.actions.pace import Pace, units_of
from afterglow.actions.patience import Patience
from afterglow.channels.contract import Outcome, OutgoingMessage, Sender
from afterglow.rules.facts import Channel

CONCURRENCY = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeCall:
    """One call that is committed to be made. `tries` tells it from every other call for the same notice."""

    notice_id: int
    message_id: int
    tries: int
    channel: Channel
    outgoing: OutgoingMessage


Called = tuple[NoticeCall, Outcome]


def make_calls(
    calls: Sequence[NoticeCall],
    senders: Mapping[Channel, Sender],
    *,
    patience: Patience,
    clock: Callable[[], datetime],
) -> list[Called]:
    """Each call with what came of it. What has waited too long is not handed over any more."""
    return asyncio.run(_make_all(calls, senders, patience, clock))


async def _make_all(
    calls: Sequence[NoticeCall],
    senders: Mapping[Channel, Sender],
    patience: Patience,
    clock: Callable[[], datetime],
) -> list[Called]:
    room = asyncio.Semaphore(CONCURRENCY)
    async with AsyncExitStack() as opened:
        ready = {
            channel: await opened.enter_async_context(senders[channel]) for channel in {call.channel for call in calls}
        }
        paces = {channel: Pace(sender.capabilities.per_second) for channel, sender in ready.items()}
        too_late_at = asyncio.get_running_loop().time() + patience.hand_over_within.total_seconds()

        async def one(call: NoticeCall) -> Outcome:
            async with room:
                try:
                    async with asyncio.timeout_at(too_late_at):
                        await paces[call.channel].turn(units_of(call.outgoing, call.channel))
                except TimeoutError:
                    return TOO_LATE
                if clock() - call.outgoing.created_at > patience.hand_over_within:
                    return TOO_LATE
                return await call_provider(ready[call.channel], call.outgoing, patience=patience)

        return list(zip(calls, await asyncio.gather(*map(one, calls)), strict=True))
