"""A message with a doubtful outcome is asked about, never repeated on a guess; and no doubt stops the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

import pytest

from afterglow.actions.claim_touches import Intent, claim_touches
from afterglow.actions.patience import DEFAULT, Patience, TooImpatient
from afterglow.actions.record_outcomes import record_outcomes
from afterglow.actions.resolve_unknown import resolve_unknown
from afterglow.actions.send_touches import send_touches
from afterglow.channels.contract import (
    Absent,
    Accepted,
    CannotTell,
    Capabilities,
    Found,
    LookUp,
    Outcome,
    OutgoingMessage,
    Refused,
    Unknown,
)
from afterglow.models import Attempt, Task, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from afterglow.rules.sending import decide_due
from bench.practices import NOON, practice_with_due_check_ins

pytestmark = pytest.mark.django_db
LATER = NOON + DEFAULT.grace + timedelta(seconds=1)
ACCOUNT = {
    "account_sid": "AC" + "0" * 32,
    "auth_token": "only-for-tests",
    "from_number": "+12075550199",
    "address": "http://127.0.0.1:9",
}
TAKEN, NEVER_SEEN = Accepted("SM1"), Absent()
ABILITIES = Capabilities(channel=Channel.SMS, has_look_up=True, has_expiry=True, has_callbacks=False)


@dataclass
class Provider:
    """Answers as it is told, and remembers what it was given."""

    outcome: Outcome = TAKEN
    look_up_answer: LookUp = NEVER_SEEN
    sent: list[OutgoingMessage] = field(default_factory=list)
    asked: int = 0
    capabilities: Capabilities = ABILITIES

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def send(self, message: OutgoingMessage) -> Outcome:
        self.sent.append(message)
        return self.outcome

    async def look_up(self, message: OutgoingMessage) -> LookUp:
        self.asked += 1
        return self.look_up_answer


@pytest.fixture
def practice_id() -> int:
    """Two clients, Rosa and Dana, each with a check-in due."""
    return practice_with_due_check_ins(clients=2, config=ACCOUNT, now=NOON)


def test_what_was_sent_is_not_due_any_more(practice_id: int) -> None:
    provider = Provider()

    assert [_send(practice_id, provider), _send(practice_id, provider)] == [2, 0]
    assert len(provider.sent) == 2
    assert _states(practice_id) == ["sent", "sent"]


def test_a_lost_answer_that_the_provider_knows_about_counts_as_sent(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), look_up_answer=Found("SM7"))
    _send(practice_id, provider)

    assert _resolve(practice_id, provider, at=LATER) == 2
    assert _states(practice_id) == ["sent", "sent"]
    assert len(provider.sent) == 2


def test_a_lost_message_that_the_provider_never_got_is_sent_after_all(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), look_up_answer=Absent())
    _send(practice_id, provider)
    _resolve(practice_id, provider, at=LATER)
    provider.outcome = Accepted("SM8")

    assert _send(practice_id, provider, at=LATER) == 2
    assert _states(practice_id) == ["sent", "sent"]


def test_nothing_is_asked_about_while_somebody_may_still_be_sending_it(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"))
    _send(practice_id, provider)

    assert _resolve(practice_id, provider, at=NOON + DEFAULT.grace - timedelta(seconds=1)) == 0
    assert provider.asked == 0


def test_when_nobody_can_tell_for_an_hour_a_person_calls_and_nobody_is_asked_again(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), look_up_answer=CannotTell("out of reach"))
    _send(practice_id, provider)
    _resolve(practice_id, provider, at=LATER)
    assert _states(practice_id) == ["sending", "sending"]

    after_an_hour = NOON + timedelta(minutes=61)
    _resolve(practice_id, provider, at=after_an_hour)
    asked = provider.asked

    assert _states(practice_id) == ["failed", "failed"]
    assert [kind for kind, _ in _tasks(practice_id)] == ["call", "call"]
    assert _resolve(practice_id, provider, at=after_an_hour) == 0
    assert provider.asked == asked


def test_an_answer_that_comes_after_its_message_was_called_lost_stops_the_second_one(practice_id: int) -> None:
    provider = Provider()
    intents = _claim(practice_id)
    _resolve(practice_id, provider, at=LATER)
    assert _states(practice_id) == ["planned", "planned"]

    record_outcomes(practice_id=practice_id, outcomes=[(intents[0], Accepted("SM9"))], now=LATER)

    assert sorted(_states(practice_id)) == ["planned", "sent"]
    assert _send(practice_id, provider, at=LATER) == 1


def test_a_no_that_comes_too_late_undoes_nothing(practice_id: int) -> None:
    intents = _claim(practice_id)
    _resolve(practice_id, Provider(look_up_answer=Found("SM5")), at=LATER)

    late = [(intent, Refused("unavailable", "", "nothing left")) for intent in intents]
    record_outcomes(practice_id=practice_id, outcomes=late, now=LATER)

    assert _states(practice_id) == ["sent", "sent"]


def test_a_channel_that_carried_the_message_before_is_not_used_again(practice_id: int) -> None:
    provider = Provider()
    _send(practice_id, provider)
    with practice_scope(practice_id):  # as after a retry whose first channel has changed
        Touch.objects.filter(practice=practice_id, state=Touch.State.SENT).update(state=Touch.State.PLANNED)

    assert _send(practice_id, provider) == 0
    assert len(provider.sent) == 2
    assert _states(practice_id) == ["sent", "sent"]


def test_a_message_that_waited_too_long_for_its_turn_never_leaves(practice_id: int) -> None:
    provider = Provider()
    ticks = iter([NOON, *[NOON + DEFAULT.hand_over_within + timedelta(seconds=1)] * 10])
    _send(practice_id, provider, clock=lambda: next(ticks))

    assert provider.sent == []
    assert _states(practice_id) == ["planned", "planned"]


def test_a_bug_in_one_case_stops_nobody_else(practice_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbling(touches: list[object], *, client: object, **rest: object) -> object:
        if client.first_name == "Dana":  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return decide_due(touches, client=client, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr("afterglow.actions.claim_touches.decide_due", stumbling)

    assert _send(practice_id, Provider()) == 1
    assert sorted(_states(practice_id)) == ["planned", "sent"]


@pytest.mark.parametrize("seconds", [(20, 20, 40), (15, 30, 45), (41, 1, 40)])
def test_times_that_could_double_a_message_are_refused(seconds: tuple[int, int, int]) -> None:
    hand_over, answer, grace = (timedelta(seconds=s) for s in seconds)
    with pytest.raises(TooImpatient):
        Patience(hand_over_within=hand_over, answer_within=answer, grace=grace)


def _send(
    practice_id: int, provider: Provider, *, at: datetime = NOON, clock: Callable[[], datetime] | None = None
) -> int:
    sent = send_touches(practice_id=practice_id, senders={Channel.SMS: provider}, clock=clock or (lambda: at))
    return sent.handed_over


def _resolve(practice_id: int, provider: Provider, *, at: datetime) -> int:
    return resolve_unknown(practice_id=practice_id, senders={Channel.SMS: provider}, clock=lambda: at)


def _claim(practice_id: int) -> list[Intent]:
    """Committed and never handed over: the worker died in between."""
    claim = claim_touches(practice_id=practice_id, channels=frozenset({Channel.SMS}), now=NOON, public_url="", limit=10)
    return list(claim.intents)


def _states(practice_id: int) -> list[str]:
    with practice_scope(practice_id):
        due = Touch.objects.filter(practice=practice_id, planned_at__lte=NOON)
        tried = Attempt.objects.filter(practice=practice_id, touch__in=due)
        assert tried.filter(state__in=Attempt.LIVE).count() <= due.count()
        return list(due.order_by("pk").values_list("state", flat=True))


def _tasks(practice_id: int) -> list[tuple[str, str]]:
    with practice_scope(practice_id):
        return list(Task.objects.filter(practice=practice_id).values_list("kind", "reason"))
