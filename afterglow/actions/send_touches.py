"""Send what is due: decide again, write the intent, call the provider, write the result.

The intent is committed before any call is made, and no call happens inside a transaction. Whatever a crash leaves
behind is an intent without a result, and `resolve_unknown` asks the provider about it. Nothing is ever sent again on a
guess.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from afterglow.actions.claim_touches import Intent, claim_touches
from afterglow.actions.record_outcomes import record_outcomes
from afterglow.channels.contract import Outcome, Refused, Sender, Unknown
from afterglow.rules.facts import Channel

BATCH = 500
CONCURRENCY = 50
SEND_WITHIN = 15.0  # seconds from the commit: an older intent may already be in question (see `resolve_unknown.GRACE`)


@dataclass(frozen=True, slots=True)
class Sent:
    """What one batch did. Fewer claimed than the limit: nothing is left that is due."""

    claimed: int
    handed_over: int


def send_touches(
    *,
    practice_id: int,
    senders: Mapping[Channel, Sender],
    clock: Callable[[], datetime],
    public_url: str = "",
    limit: int = BATCH,
) -> Sent:
    """See a batch of one practice's due touches each to its decision, and hand over what may go out.

    The caller makes sure that one worker at a time serves a practice.
    """
    claim = claim_touches(
        practice_id=practice_id, channels=frozenset(senders), now=clock(), public_url=public_url, limit=limit
    )
    if claim.intents:
        outcomes = asyncio.run(_deliver(claim.intents, senders))
        record_outcomes(practice_id=practice_id, outcomes=outcomes, now=clock())
    return Sent(claimed=claim.claimed, handed_over=len(claim.intents))


async def _deliver(intents: Sequence[Intent], senders: Mapping[Channel, Sender]) -> list[tuple[Intent, Outcome]]:
    """Hand every message to its provider, so many at a time."""
    turn = asyncio.Semaphore(CONCURRENCY)
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + SEND_WITHIN
    in_use = [senders[channel] for channel in {i.channel for i in intents}]

    async def hand_over(intent: Intent) -> tuple[Intent, Outcome]:
        async with turn:
            if loop.time() > ends_at:
                return intent, Refused("unavailable", "", "the batch took too long; nothing left")
            try:
                return intent, await senders[intent.channel].send(intent.outgoing)
            except Exception as error:
                return intent, Unknown(f"{type(error).__name__} in the adapter")

    for sender in in_use:
        await sender.__aenter__()
    try:
        return list(await asyncio.gather(*(hand_over(i) for i in intents)))
    finally:
        for sender in in_use:
            await sender.__aexit__(None, None, None)
