"""The demo's phone, voicemail and mailbox take everything plausible, and nothing leaves."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from afterglow.channels.contract import Absent, Accepted, Outcome, Refused
from afterglow.channels.receipts import Delivery
from afterglow.channels.registry import sender_for
from afterglow.channels.simulation import report_about
from afterglow.rules.facts import Channel
from tests.channels.samples import NOON, ROSA, TOKEN, message

ADDRESSES = {Channel.SMS: ROSA, Channel.VOICE: ROSA, Channel.EMAIL: "rosa@example.test"}


def sent(channel: Channel, **changes: object) -> Outcome:
    async def story() -> Outcome:
        async with sender_for(channel=channel, provider="simulated", config={}) as sender:
            return await sender.send(message(**{"to": ADDRESSES[channel], **changes}))

    return asyncio.run(story())


@pytest.mark.parametrize("channel", ADDRESSES)
def test_a_plausible_message_is_accepted(channel: Channel) -> None:
    assert sent(channel) == Accepted(f"simulated-{TOKEN}")


@pytest.mark.parametrize("channel", ADDRESSES)
@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"to": "rosa"}, "invalid_address"),
        ({"text": "  "}, "content"),
        ({"expires_at": NOON - timedelta(hours=1)}, "expired"),
    ],
)
def test_what_no_provider_would_take_is_refused(channel: Channel, changes: dict[str, object], kind: str) -> None:
    outcome = sent(channel, **changes)

    assert isinstance(outcome, Refused)
    assert outcome.kind == kind


@pytest.mark.parametrize("channel", ADDRESSES)
def test_a_lost_answer_may_be_sent_again_since_nothing_ever_left(channel: Channel) -> None:
    sender = sender_for(channel=channel, provider="simulated", config={})

    assert asyncio.run(sender.look_up(message())) == Absent()


@pytest.mark.parametrize("area", ["207", "617"])
def test_two_numbers_of_every_area_have_a_way_of_their_own(area: str) -> None:
    stopped = sent(Channel.SMS, to=f"+1{area}5550110")
    assert isinstance(stopped, Refused)
    assert (stopped.kind, stopped.code) == ("opted_out", "21610")

    landline = f"+1{area}5550106"
    assert sent(Channel.SMS, to=landline) == Accepted(f"simulated-{TOKEN}")
    lost = report_about(Channel.SMS, landline, token=TOKEN)
    assert (lost.status, lost.error_code, lost.kind) == (Delivery.UNDELIVERED, "30006", "invalid_address")
    assert report_about(Channel.VOICE, landline, token=TOKEN).status is Delivery.DELIVERED
