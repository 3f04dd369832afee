"""Send what is due: decide again, write the intent, call the provider, write the result.

The intent is committed before any call is made, and no call happens inside a transaction. Whatever a crash leaves
behind is an intent without a result, and `resolve_unknown` asks the provider about it. Nothing is ever sent again on a
guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from afterglow.actions.claim_touches import claim_touches
from afterglow.actions.hand_over import HandOver
from afterglow.actions.lane import CONCURRENCY
from afterglow.actions.patience import DEFAULT, Patience
from afterglow.actions.recorder import Recorder
from afterglow.actions.revocations_heard import since_now
from afterglow.channels.contract import Sender
from afterglow.models.holds import open_holds
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Hold

SMALLEST, LARGEST = 2 * CONCURRENCY, 500  # touches that are decided and committed together: half leave, half wait
AHEAD = 1.0  # seconds: no more is claimed than leaves in that time, so a crash leaves little in doubt
RECORD_WITHIN = 0.5  # seconds that outcomes may wait for others to be written with
ROUND = timedelta(seconds=20)  # a slow account must not keep a STOP waiting


@dataclass(slots=True)
class Sent:
    """How many touches were decided and how many messages were handed over, and whether more may be due."""

    claimed: int = 0
    handed_over: int = 0
    is_more: bool = False


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
    holds = _holds(practice_id)
    is_more, is_probing, ends_at = True, False, None
    in_use = able = frozenset(senders)
    with (
        Recorder(practice_id=practice_id, clock=clock) as recorder,
        HandOver(senders, patience=patience, clock=clock, keep=recorder.keep) as line,
    ):
        batch = line.portion(in_use, most=SMALLEST)
        while (is_more := is_more and not should_stop()) or line.waiting:
            # While one batch is being sent and one is written down, the next is decided; but what probes find is
            # waited for, and so is all that is known of an account that is out of order.
            enough = 0 if is_probing else batch
            if is_more and line.waiting <= enough:
                if recorder.news(wait=bool(holds)):
                    holds = _holds(practice_id)
                wanted, now, heard = min(batch, limit - sent.claimed), clock(), since_now(practice_id)
                claim = claim_touches(
                    practice_id=practice_id,
                    channels=able,
                    now=now,
                    public_url=public_url,
                    limit=wanted,
                    holds=holds,
                )
                line.put(claim.intents, has_stopped=heard.has_stopped)
                sent.claimed += claim.claimed
                sent.handed_over += len(claim.intents)
                sent.is_more = claim.claimed == wanted
                is_probing, ends_at = claim.is_probing, ends_at or now + ROUND
                is_more = sent.is_more and sent.claimed < limit and now < ends_at
                in_use = frozenset(intent.channel for intent in claim.intents) or in_use
            else:
                too_many = line.waiting - enough if is_more else batch
                if recorder.put(line.take(at_least=too_many, within=RECORD_WITHIN)):
                    holds = _holds(practice_id)
                batch = line.portion(in_use, most=max(SMALLEST, min(LARGEST, round(line.rate * AHEAD))))
    return sent


def _holds(practice_id: int) -> dict[Channel, Hold]:
    with practice_scope(practice_id):
        return open_holds(practice_id)
