"""Whatever providers answer, in whatever order: no client hears a message twice, and every message ends explained."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from afterglow.actions.resolve_unknown import resolve_unknown
from afterglow.actions.send_touches import send_touches
from afterglow.channels.contract import (
    REFUSALS,
    Absent,
    Accepted,
    CannotTell,
    Found,
    LookUp,
    Outcome,
    OutgoingMessage,
    Refused,
    Sender,
    Unknown,
)
from afterglow.models import Attempt, Message
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from tests.actions.providers import MAIL, NOON, TEXTS, Provider, check_ins, practice_with_check_ins

pytestmark = pytest.mark.django_db
CLIENTS = 30


@dataclass
class Moody:
    """A provider that answers anything, and knows itself what really left."""

    chance: random.Random
    arrived: Counter[str] = field(default_factory=Counter)  # by our token

    def answer(self, message: OutgoingMessage) -> Outcome:
        mood = self.chance.random()
        if mood < 0.45:
            return self._take(message)
        if mood < 0.7:
            if self.chance.random() < 0.5:
                self._take(message)
            return Unknown("the line broke")
        return Refused(self.chance.choice(sorted(REFUSALS)), "1", "no")

    def tell(self, message: OutgoingMessage) -> LookUp:
        if self.chance.random() < 0.3:
            return CannotTell("out of reach")
        return Found(f"id-{message.token}") if self.arrived[message.token] else Absent()

    def _take(self, message: OutgoingMessage) -> Accepted:
        self.arrived[message.token] += 1
        return Accepted(f"id-{message.token}")


@pytest.mark.parametrize("seed", range(4))
def test_nobody_hears_it_twice_and_nothing_is_left_without_a_reason(seed: int) -> None:
    practice_id = practice_with_check_ins(CLIENTS, is_mailed=True)
    texts, mail = Moody(random.Random(seed)), Moody(random.Random(seed + 100))
    senders: dict[Channel, Sender] = {
        Channel.SMS: Provider(outcome=texts.answer, look_up_answer=texts.tell, capabilities=TEXTS),
        Channel.EMAIL: Provider(outcome=mail.answer, capabilities=MAIL),
    }
    now = NOON
    for _ in range(60):
        resolve_unknown(practice_id=practice_id, senders=senders, clock=_at(now))
        send_touches(practice_id=practice_id, senders=senders, clock=_at(now))
        now += timedelta(minutes=25)

    with practice_scope(practice_id):
        tokens = Attempt.objects.filter(practice=practice_id).values_list("token", "touch_id")
        heard = Counter({touch_id: 0 for _, touch_id in tokens})
        for token, touch_id in tokens:
            heard[touch_id] += texts.arrived[token] + mail.arrived[token]
        assert not Message.objects.filter(practice=practice_id, status="sending").exists()
    assert max(heard.values()) == 1
    ended = check_ins(practice_id)
    assert {touch.state for touch in ended} <= {"sent", "failed", "expired"}
    assert all(touch.reason for touch in ended)
    assert all(heard[touch.pk] == 1 for touch in ended if touch.state == "sent")
    unheard = [touch for touch in ended if not heard[touch.pk]]
    assert all(touch.state != "sent" for touch in unheard)


@pytest.mark.parametrize(
    ("odd", "becomes"),
    [
        (Refused("content", "1\0", "a zero \0 in the words"), "planned"),
        (Refused("content", "1", "half a pair \ud83d"), "planned"),
        (Accepted("id\0"), "sent"),
        (Unknown("\0"), "sending"),
    ],
)
def test_letters_that_no_database_keeps_spoil_nobody_elses_answer(odd: Outcome, becomes: str) -> None:
    practice_id = practice_with_check_ins(3)
    answers = iter([odd, Accepted("b"), Accepted("c")])
    send_touches(
        practice_id=practice_id, senders={Channel.SMS: Provider(outcome=lambda _: next(answers))}, clock=_at(NOON)
    )
    assert sorted(touch.state for touch in check_ins(practice_id)) == sorted([becomes, "sent", "sent"])


class Torn(Provider):
    """Its adapter waits for a task of its own that was cancelled."""

    async def send(self, message: OutgoingMessage) -> Outcome:
        raise asyncio.CancelledError


def test_an_adapter_that_loses_its_own_task_leaves_a_doubt_and_not_a_worker_that_waits_forever() -> None:
    practice_id = practice_with_check_ins(2)
    send_touches(practice_id=practice_id, senders={Channel.SMS: Torn()}, clock=_at(NOON))
    with practice_scope(practice_id):
        attempts = Attempt.objects.filter(practice=practice_id).values_list("state", flat=True)
        assert list(attempts) == ["unknown", "unknown"]


def _at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment
