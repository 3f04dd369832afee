"""What happened, by the gateway's own log and by our rows, and whether they tell the same story."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from afterglow.models import Attempt, Task, Touch
from afterglow.models.scope import practice_scope

Record = Mapping[str, Any]
OPEN = (Touch.State.PLANNED, Touch.State.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The counts of one experiment. `faults` are sentences; without any, nothing was doubled and nothing lost."""

    touches: int
    accepted: int
    states: Mapping[str, int]
    reasons: Mapping[str, int]
    faults: Sequence[str]


def judge(practice_ids: Sequence[int], *, accepted: Sequence[Record]) -> Verdict:
    """Hold every accepted message of the log against the touch it was for. Call it when nothing is open any more."""
    touch_of: dict[str, int] = {}
    states: dict[int, tuple[str, str]] = {}
    explained: set[int] = set()
    for practice_id in practice_ids:
        with practice_scope(practice_id):
            touch_of |= dict(Attempt.objects.filter(practice=practice_id).values_list("token", "touch_id"))
            due = Touch.objects.filter(practice=practice_id, function="check_in").exclude(state=Touch.State.CANCELLED)
            states |= {pk: (state, reason) for pk, state, reason in due.values_list("pk", "state", "reason")}
            with_task = Task.objects.filter(practice=practice_id).exclude(Q(touch=None) | Q(reason=""))
            explained |= set(with_task.values_list("touch_id", flat=True))
    taken: dict[int, list[Record]] = defaultdict(list)
    for record in accepted:
        if record["token"] in touch_of:
            taken[touch_of[record["token"]]].append(record)
    strays = [record for record in accepted if record["token"] not in touch_of]
    faults = [
        *(f"message {r['sid']} was accepted, and no intent of ours is on record" for r in strays),
        *(f"touch {pk} was accepted {len(found)} times" for pk, found in taken.items() if len(found) > 1),
        *(f"touch {pk} is left in the state {state}" for pk, (state, _) in states.items() if state in OPEN),
        *(f"touch {pk} counts as sent, and the gateway never took it" for pk in _imagined(states, taken)),
        *(f"touch {pk} ended as {states[pk][0]} without a reason" for pk in _unexplained(states)),
        *(f"touch {pk} was not sent, and nobody was asked to call" for pk in _forgotten(states, explained)),
    ]
    return Verdict(
        touches=len(states),
        accepted=len(accepted),
        states=Counter(state for state, _ in states.values()),
        reasons=Counter(reason for state, reason in states.values() if state != Touch.State.SENT),
        faults=faults,
    )


def _imagined(states: Mapping[int, tuple[str, str]], taken: Mapping[int, Sequence[Record]]) -> list[int]:
    return [pk for pk, (state, _) in states.items() if state == Touch.State.SENT and pk not in taken]


def _unexplained(states: Mapping[int, tuple[str, str]]) -> list[int]:
    return [pk for pk, (_, reason) in states.items() if not reason]


def _forgotten(states: Mapping[int, tuple[str, str]], explained: set[int]) -> list[int]:
    """A check-in is care: what was not sent must have become a task."""
    ended = (Touch.State.FAILED, Touch.State.EXPIRED, Touch.State.SKIPPED)
    return [pk for pk, (state, _) in states.items() if state in ended and pk not in explained]
