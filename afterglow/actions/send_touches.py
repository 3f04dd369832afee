"""Send what is due: decide again, write the intent, call the provider, write the result.

The intent is committed before any call is made, and no call happens inside a transaction. Whatever a crash leaves
behind is an intent without a result, and `resolve_unknown` asks the provider about it. Nothing is ever sent again on a
guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from afterglow.actions.claim_touches import claim_touches
from afterglow.actions.hand_over import CONCURRENCY, HandOver
from afterglow.actions.patience import DEFAULT, Patience
from afterglow.actions.record_outcomes import record_outcomes
from afterglow.channels.contract import Sender
from afterglow.rules.facts import Channel

SMALLEST, LARGEST = CONCURRENCY, 500  # touches that are decided and committed together
AHEAD = 1.0  # seconds: no more is claimed than leaves in that time, so a crash leaves little in doubt
RECORD_WITHIN = 0.5  # seconds that outcomes may wait for others to be written with


@dataclass(slots=True)
class Sent:
    """How many touches were decided and how many messages were handed over. Fewer than asked for: no more is due."""

    claimed: int = 0
    handed_over: int = 0


def send_touches(
    *,
    practice_id: int,
    senders: Mapping[Channel, Sender],
    clock: Callable[[], datetime],
    public_url: str = "",
    limit: int = 5_000,
    patience: Patience = DEFAULT,
    should_stop: Callable[[], bool] = lambda: False,
) -> Sent:
    """See up to `limit` of a practice's due touches each to its decision, and hand over what may go out.

    The caller makes sure that one worker at a time serves a practice. Told to stop, it finishes what it claimed.
    """
    sent = Sent()
    is_more, batch = True, SMALLEST
    with HandOver(senders, patience=patience, clock=clock) as line:
        while is_more or line.waiting:
            if is_more and line.waiting <= batch:  # while one batch is being sent, the next is decided
                wanted = min(batch, limit - sent.claimed)
                claim = claim_touches(
                    practice_id=practice_id,
                    channels=frozenset(senders),
                    now=clock(),
                    public_url=public_url,
                    limit=wanted,
                )
                line.put(claim.intents)
                sent.claimed += claim.claimed
                sent.handed_over += len(claim.intents)
                is_more = claim.claimed == wanted and sent.claimed < limit and not should_stop()
            else:
                outcomes = line.take(at_least=batch, within=RECORD_WITHIN)
                record_outcomes(practice_id=practice_id, outcomes=outcomes, now=clock())
                batch = max(SMALLEST, min(LARGEST, round(line.rate * AHEAD)))
    return sent
