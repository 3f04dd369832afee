"""Ask providers what became of messages: by their list, or by the same request again where it is taken only once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from afterglow.channels.contract import (
    Accepted,
    CannotTell,
    Found,
    LookUp,
    Outcome,
    OutgoingMessage,
    Refused,
    Sender,
)
from afterglow.rules.facts import Channel
from afterglow.rules.retrying import DOUBTFUL, OURS, PASSING

CONCURRENCY = 20
ASK_WITHIN = 20.0  # seconds for a batch: a provider that is down must not keep others from being served
MARGIN = timedelta(minutes=1)  # before a provider forgets a token, or a message's time ends

Answer = LookUp | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A message without an outcome, as it was sent, and what is known about it."""

    channel: Channel
    message: OutgoingMessage
    but_not: frozenset[str] = frozenset()  # the provider's ids of other messages to the same address
    may_repeat: bool = False  # it may still go out, should it not have


async def ask_providers(doubts: Sequence[Doubt], senders: Mapping[Channel, Sender], *, now: datetime) -> list[Answer]:
    """An answer for each. Refused: surely not sent, neither then nor now."""
    turn = asyncio.Semaphore(CONCURRENCY)

    async def ask(doubt: Doubt) -> Answer:
        try:
            async with turn, asyncio.timeout_at(ends_at):
                return await _ask(doubt, senders[doubt.channel], now)
        except Exception as error:
            return CannotTell(f"{type(error).__name__} in the adapter")

    async with AsyncExitStack() as opened:
        for channel in {doubt.channel for doubt in doubts}:
            await opened.enter_async_context(senders[channel])
        ends_at = asyncio.get_running_loop().time() + ASK_WITHIN
        return await asyncio.gather(*(ask(doubt) for doubt in doubts))


async def _ask(doubt: Doubt, sender: Sender, now: datetime) -> Answer:
    if doubt.may_repeat and _is_taken_once(doubt.message, sender, now):
        return _answer_of(await sender.send(doubt.message))
    if not sender.capabilities.has_look_up:
        return CannotTell("the provider keeps no list that could be asked")
    return await sender.look_up(doubt.message, but_not=doubt.but_not)


def _is_taken_once(message: OutgoingMessage, sender: Sender, now: datetime) -> bool:
    """Whether the same request again cannot make a second message, and would not come too late as the first."""
    is_in_time = message.expires_at is None or now + MARGIN < message.expires_at
    return is_in_time and now + MARGIN < message.created_at + sender.capabilities.repeats_safely_for


def _answer_of(outcome: Outcome) -> Answer:
    match outcome:
        case Accepted(provider_id=provider_id):
            return Found(provider_id)
        case Refused(kind=kind) if kind not in PASSING | DOUBTFUL | OURS:
            return outcome
    return CannotTell(outcome.detail)
