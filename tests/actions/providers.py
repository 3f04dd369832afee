"""Provider accounts that answer as a test tells them, and what tests ask about the rows that come of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from afterglow.actions.send_touches import send_touches
from afterglow.channels.contract import (
    Absent,
    Accepted,
    Capabilities,
    LookUp,
    Outcome,
    OutgoingMessage,
    Sender,
)
from afterglow.models import Attempt, Client, Message, Outage, Practice, Task, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from bench.practices import practice_with_due_check_ins

NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)  # at the practice: a Wednesday, and a holiday nowhere
ACCOUNT = {
    "account_sid": "AC" + "0" * 32,
    "auth_token": "only-for-tests",
    "from_number": "+12075550199",
    "address": "http://127.0.0.1:9",
}
TEXTS = Capabilities(channel=Channel.SMS, has_look_up=True, has_expiry=True)
MAIL = Capabilities(channel=Channel.EMAIL)
TAKEN, NOT_LISTED = Accepted("SM1"), Absent()


@dataclass
class Provider:
    """Answers every message by `outcome`, every question by `look_up_answer`, and remembers what it was given."""

    outcome: Outcome | Callable[[OutgoingMessage], Outcome] = TAKEN
    look_up_answer: LookUp | Callable[[OutgoingMessage], LookUp] = NOT_LISTED
    capabilities: Capabilities = TEXTS
    sent: list[OutgoingMessage] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    asked: list[frozenset[str]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def send(self, message: OutgoingMessage) -> Outcome:
        self.sent.append(message)
        self.sent_at.append(time.monotonic())
        await asyncio.sleep(0)
        return self.outcome(message) if callable(self.outcome) else self.outcome

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        self.asked.append(but_not)
        return self.look_up_answer(message) if callable(self.look_up_answer) else self.look_up_answer

    def count_per_number(self) -> Counter[str]:
        return Counter(message.to for message in self.sent)


def practice_with_check_ins(clients: int = 2, *, is_mailed: bool = False) -> int:
    """A practice whose clients each have a check-in due at noon, and perhaps a mailbox."""
    practice_id = practice_with_due_check_ins(clients=clients, config=ACCOUNT, now=NOON)
    if is_mailed:
        with practice_scope(practice_id):
            Practice.objects.filter(pk=practice_id).update(address="12 Alder St, Portland, ME 04101")
            for client in Client.objects.filter(practice=practice_id):
                Client.objects.filter(pk=client.pk).update(email=f"client-{client.pk}@example.test")
    return practice_id


def send(practice_id: int, *, at: datetime = NOON, **senders: Sender) -> int:
    """How many messages are handed over of what is due: `send(practice_id, sms=provider)`."""
    by_channel = {Channel(name): sender for name, sender in senders.items()}
    return send_touches(practice_id=practice_id, senders=by_channel, clock=lambda: at).handed_over


def check_ins(practice_id: int) -> list[Touch]:
    with practice_scope(practice_id):
        return list(Touch.objects.filter(practice=practice_id, function="check_in").order_by("pk"))


def states(practice_id: int) -> list[str]:
    return [touch.state for touch in check_ins(practice_id)]


def next_due(practice_id: int) -> datetime:
    """When the first waiting check-in is looked at again."""
    return min(touch.due_at for touch in check_ins(practice_id) if touch.state == "planned")


def outages(practice_id: int) -> list[Outage]:
    with practice_scope(practice_id):
        return list(Outage.objects.filter(practice=practice_id).order_by("pk"))


def tasks(practice_id: int) -> list[tuple[str, str]]:
    with practice_scope(practice_id):
        return list(Task.objects.filter(practice=practice_id).order_by("pk").values_list("kind", "reason"))


def rows(practice_id: int) -> tuple[int, int]:
    """How many messages and attempts are on record."""
    with practice_scope(practice_id):
        return Message.objects.filter(practice=practice_id).count(), Attempt.objects.filter(
            practice=practice_id
        ).count()
