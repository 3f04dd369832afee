"""A message that was held up on our side never leaves after its time, and its provider is told what is left of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from afterglow.actions.intents import Intent
from afterglow.actions.lane import TOO_LATE, Handed, Lane
from afterglow.actions.patience import Patience
from afterglow.channels.contract import OutgoingMessage
from afterglow.rules.facts import Channel
from tests.actions.providers import NOON, TAKEN, Provider


@pytest.mark.parametrize(
    ("held_up", "time_left", "outcome"),
    [
        (timedelta(0), timedelta(hours=1), TAKEN),
        (timedelta(seconds=10), timedelta(seconds=30), TAKEN),
        (timedelta(seconds=10), timedelta(seconds=4), TOO_LATE),  # a busy provider might take it after its time
        (timedelta(seconds=10), timedelta(seconds=-1), TOO_LATE),
    ],
)
def test_only_what_can_still_arrive_in_time_is_handed_over(
    held_up: timedelta, time_left: timedelta, outcome: object
) -> None:
    handed_over_at = NOON + held_up
    message = OutgoingMessage(
        token="t", to="+12075550123", text="Hello", created_at=NOON, expires_at=handed_over_at + time_left
    )
    provider = Provider()

    assert asyncio.run(_handed_over(message, provider, at=held_up)) == outcome
    assert [m.expires_at - m.created_at for m in provider.sent if m.expires_at] == (
        [time_left] if outcome is TAKEN else []
    )


async def _handed_over(message: OutgoingMessage, provider: Provider, *, at: timedelta) -> object:
    told: asyncio.Future[Handed] = asyncio.get_running_loop().create_future()
    lane = Lane(provider, patience=Patience(), clock=lambda: NOON + at, tell=told.set_result)
    lane.add(_intent(message), has_stopped=lambda _: False)
    lane.start()
    _, outcome = await told
    await lane.close()
    return outcome


def _intent(message: OutgoingMessage) -> Intent:
    return Intent(
        attempt_id=1,
        message_id=1,
        touch_id=1,
        client_id=1,
        channel=Channel.SMS,
        is_primary=True,
        outgoing=message,
        valid_until=NOON + timedelta(days=1),
        is_probe=False,
    )
