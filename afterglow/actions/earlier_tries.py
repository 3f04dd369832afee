"""What was tried before for touches that are due again, and what that leaves open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from afterglow.actions.delivery_state import Known
from afterglow.channels.refusal_words import why_refused
from afterglow.models import Attempt, MessageEvent
from afterglow.models.bulk import fetch_rows
from afterglow.rules.facts import Channel
from afterglow.rules.retrying import Try, jitter_of, outcome_of
from afterglow.rules.touch_facts import Tried

_LIVE = frozenset(state.value for state in Attempt.LIVE)
_UNDELIVERED = Attempt.State.UNDELIVERED.value
_OVER = frozenset({Attempt.State.REFUSED.value, _UNDELIVERED})


class EarlierAttempt(NamedTuple):
    """The row of an earlier call for a touch."""

    pk: int
    touch_id: int
    message_id: int
    channel: str
    state: str
    code: str
    detail: str
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """By touch and channel the call that reached the client, or may have; by touch what the others leave open."""

    live: Mapping[tuple[int, str], EarlierAttempt]
    tried: Mapping[int, Tried]


def earlier_tries(*, practice_id: int, touch_ids: Collection[int]) -> Earlier:
    """One query, and another one when something was taken and did not arrive. Inside a practice scope."""
    made = Attempt.objects.filter(practice=practice_id, touch_id__among=touch_ids)
    attempts = [EarlierAttempt._make(row) for row in fetch_rows(made.values_list(*EarlierAttempt._fields))]
    lost = [a.message_id for a in attempts if a.state == _UNDELIVERED]
    kinds = _reported_kinds(practice_id, lost) if lost else {}
    tries: dict[int, list[Try]] = defaultdict(list)
    for attempt in sorted(attempts):
        if attempt.state in _OVER:
            tries[attempt.touch_id].append(_try(attempt, kinds))
    return Earlier(
        live={(a.touch_id, a.channel): a for a in attempts if a.state in _LIVE},
        tried={touch_id: outcome_of(known, jitter=jitter_of(touch_id)) for touch_id, known in tries.items()},
    )


def code_of(kind: str, code: str) -> str:
    """How a refusal is written down with its attempt: what it means to us, then the provider's own code."""
    return f"{kind}:{code}"


def _try(attempt: EarlierAttempt, reported: Mapping[int, str]) -> Try:
    has_left, channel = attempt.state == _UNDELIVERED, Channel(attempt.channel)
    refusal, _, code = attempt.code.partition(":")
    kind = reported.get(attempt.message_id, "") if has_left else refusal
    reason = attempt.detail if has_left else why_refused(kind, code, channel)
    return Try(
        channel=channel,
        kind=kind,
        reason=reason,
        at=attempt.finished_at or attempt.started_at,
        has_left=has_left,
    )


def _reported_kinds(practice_id: int, message_ids: Collection[int]) -> dict[int, str]:
    """What kind of failure was reported about each of these messages."""
    told: dict[int, dict[str, str]] = defaultdict(dict)
    events = MessageEvent.objects.filter(practice=practice_id, message_id__among=message_ids)
    for message_id, kind, detail in fetch_rows(events.values_list("message_id", "kind", "detail")):
        told[message_id][kind] = detail
    return {message_id: Known.stored(details).failure.kind for message_id, details in told.items()}
