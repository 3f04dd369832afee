"""An account is given messages at its own pace: none too soon, none lost, none twice."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from afterglow.actions.hand_over import HandOver
from afterglow.actions.intents import Intent
from afterglow.actions.lane import CONCURRENCY, Handed, Lane
from afterglow.actions.pace import Pace
from afterglow.actions.patience import Patience
from afterglow.actions.send_touches import send_touches
from afterglow.channels.contract import Accepted, Outcome, OutgoingMessage, Refused
from afterglow.models import Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from tests.actions.providers import NOON, TEXTS, Provider, practice_with_check_ins, rows, states

CLIENTS, PER_SECOND = 30, 20.0
NOTED_LATE = 2  # pauses: how much later than its turn a busy machine may note the first message


@pytest.mark.django_db
@pytest.mark.parametrize("grace", [40, 2], ids=["patient", "impatient"])
def test_a_slow_account_is_never_given_more_than_its_pace_and_everybody_gets_one(grace: int) -> None:
    practice_id = practice_with_check_ins(CLIENTS)
    provider = Provider(capabilities=replace(TEXTS, per_second=PER_SECOND))
    now = NOON
    while "planned" in states(practice_id):
        _send(practice_id, provider, now=now, patience=Patience.of(grace=timedelta(seconds=grace)))
        now += timedelta(seconds=6)

    assert states(practice_id) == ["sent"] * CLIENTS
    assert set(provider.count_per_number().values()) == {1}
    assert rows(practice_id) == (CLIENTS, CLIENTS)
    pause = _parts(provider) / PER_SECOND
    assert provider.sent_at[-1] - provider.sent_at[0] >= (CLIENTS - 1 - NOTED_LATE) * pause


@pytest.mark.parametrize(("per_second", "portion"), [(None, 500), (10_000.0, 500), (20.0, 60), (1.0, 3), (0.1, 1)])
def test_no_more_is_taken_on_at_once_than_leaves_in_time_or_may_be_in_doubt(
    per_second: float | None, portion: int
) -> None:
    senders = {Channel.SMS: Provider(capabilities=replace(TEXTS, per_second=per_second))}

    with HandOver(senders, patience=Patience(), clock=lambda: NOON, keep=lambda _: None) as line:
        assert line.portion(senders, most=500) == portion


@pytest.mark.django_db
def test_a_short_pause_that_the_provider_asks_for_holds_everybody_back() -> None:
    practice_id = practice_with_check_ins(60)
    pause = timedelta(seconds=0.5)
    asked_at: list[float] = []

    def answer(message: OutgoingMessage) -> Outcome:
        if not asked_at:
            asked_at.append(time.monotonic())
            return Refused("rate", "429", "slow down", retry_after=pause)
        return Accepted(message.token)

    provider = Provider(outcome=answer)
    _send(practice_id, provider, now=NOON, patience=Patience())

    assert len(provider.sent) == 60
    under_way = CONCURRENCY
    assert all(at - asked_at[0] >= pause.total_seconds() for at in provider.sent_at[under_way:])


def test_units_that_are_more_than_a_breath_are_paid_back_before_the_next_turn() -> None:
    async def times() -> list[float]:
        pace, at = Pace(50.0), []
        for units in (5, 1, 1):
            await pace.turn(units)
            at.append(time.monotonic())
        return at

    first, second, third = asyncio.run(times())
    assert second - first >= 2.5 / 50  # the bucket holds two and a half, so two and a half are owed
    assert third - second >= 0


def test_whoever_gives_up_waiting_takes_nothing_and_lets_the_next_one_through() -> None:
    async def turn_after_one_gave_up() -> float:
        pace = Pace(4.0)
        await pace.turn(1)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await pace.turn(1)
        await pace.turn(1)
        return time.monotonic() - began

    assert asyncio.run(turn_after_one_gave_up()) >= 0.2


def test_nobody_overtakes_those_who_wait_for_their_turn() -> None:
    async def leaves_at_once() -> list[bool]:
        pace = Pace(20.0)
        first = pace.take(1)
        waiting = asyncio.create_task(pace.turn(1))
        await asyncio.sleep(0)
        overtakes = pace.take(0)
        await waiting
        return [first, overtakes]

    assert asyncio.run(leaves_at_once()) == [True, False]


def _send(practice_id: int, provider: Provider, *, now: datetime, patience: Patience) -> None:
    with practice_scope(practice_id):
        Touch.objects.filter(practice=practice_id, state="planned", due_at__gt=now, planned_at__lte=now).update(
            due_at=now
        )
    senders = {Channel.SMS: provider}
    send_touches(practice_id=practice_id, senders=senders, clock=lambda: now, patience=patience)


def _parts(provider: Provider) -> int:
    """How many parts each of these texts has: they differ in a name only."""
    return 1 if all(len(m.text) <= 160 and m.text.isascii() for m in provider.sent) else 2


def test_what_is_put_in_at_the_very_moment_that_every_hand_ends_is_handed_over_too() -> None:
    assert asyncio.run(_put_in_as_hands_end()) == 2 * CONCURRENCY


async def _put_in_as_hands_end() -> int:
    told: list[Handed] = []
    all_told = asyncio.Event()

    def tell(handed: Handed) -> None:
        told.append(handed)
        if len(told) == 2 * CONCURRENCY:
            all_told.set()

    lane = Lane(AtOnce(), patience=Patience(), clock=lambda: NOON, tell=tell)
    for _ in range(2):
        for number in range(CONCURRENCY):
            lane.add(_intent(number), has_stopped=lambda _: False)
        lane.start()
        await asyncio.sleep(0)  # every hand has done its one message, and none has been cleared away
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            await all_told.wait()
    await lane.close()
    return len(told)


class AtOnce(Provider):
    """Answers without ever letting go of the loop."""

    async def send(self, message: OutgoingMessage) -> Outcome:
        return Accepted(message.token)


def _intent(number: int) -> Intent:
    message = OutgoingMessage(token=f"t{number}", to="+12075550123", text="Hello", created_at=NOON)
    return Intent(
        attempt_id=number,
        message_id=number,
        touch_id=number,
        client_id=number,
        channel=Channel.SMS,
        is_primary=True,
        outgoing=message,
        valid_until=NOON + timedelta(days=1),
    )
