"""The second decision, at the moment of sending: send, wait or skip, always with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from afterglow.rules.decisions import Decision, Send, Skip
from afterglow.rules.facts import Channel, ClientFacts, Function, PracticeFacts, Purpose, SentFacts
from afterglow.rules.obstacles import first_obstacle
from afterglow.rules.permission import choose_channels
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.timing import local_day, spoken_day
from afterglow.rules.touch_facts import TouchFacts


def decide_due(
    touches: Sequence[TouchFacts],
    *,
    client: ClientFacts,
    practice: PracticeFacts,
    book: ProtocolBook,
    now: datetime,
) -> list[tuple[TouchFacts, Decision]]:
    """A decision for each due touch of one client, clinical ones first; what one sends counts against the next."""
    decided: list[tuple[TouchFacts, Decision]] = []
    going_out: set[Function] = set()
    in_order = sorted(touches, key=lambda t: (t.step.function.rank, t.step.is_optional, t.planned_at))
    for touch in in_order:
        function = touch.step.function
        if function in going_out and practice.is_merging_same_day and not touch.step.is_optional:
            decision: Decision = Skip(f"today's {_spoken(function)} message covers both treatments")
        else:
            decision = decide(touch, client=client, practice=practice, book=book, now=now)
        decided.append((touch, decision))
        if touch is in_order[-1]:
            break  # nobody is left to be told; most clients have one touch due
        if isinstance(decision, Send):
            going_out.add(function)
        client = _after(touch, decision, client, practice, now)
    return decided


def _after(
    touch: TouchFacts, decision: Decision, client: ClientFacts, practice: PracticeFacts, now: datetime
) -> ClientFacts:
    """The client as the next touch of the same moment finds them."""
    sent, texts = client.sent, client.texts_to_number_at
    if isinstance(decision, Send):
        texts += (now,) * sum(channel is not Channel.EMAIL for channel in decision.channels)
        today, is_marketing = local_day(now, practice.timezone), touch.step.purpose is Purpose.MARKETING
        sent = (*sent, SentFacts(at=now, on=today, function=touch.step.function, is_marketing=is_marketing))
    pending = tuple(p for p in client.pending if p.id != touch.id)
    return replace(client, sent=sent, texts_to_number_at=texts, pending=pending)


def decide(
    touch: TouchFacts, *, client: ClientFacts, practice: PracticeFacts, book: ProtocolBook, now: datetime
) -> Decision:
    """Whether a touch may go out now, and on which channels."""
    obstacle = first_obstacle(touch, client, practice, book, now)
    if obstacle is not None:
        return obstacle
    return choose_channels(
        touch.step,
        client=client,
        practice=practice,
        now=now,
        valid_until=touch.valid_until,
        because=_why(touch, practice),
        tried=touch.tried,
    )


def _why(touch: TouchFacts, practice: PracticeFacts) -> str:
    visited_on = local_day(touch.visited_at, practice.timezone)
    days = (local_day(touch.planned_at, practice.timezone) - visited_on).days
    return f"day {days} after the visit on {spoken_day(visited_on)}"


def _spoken(function: Function) -> str:
    return _SPOKEN[function]


_SPOKEN = {
    Function.CHECK_IN: "check-in",
    Function.RESULTS: "results",
    Function.REBOOK: "rebooking",
    Function.REACTIVATE: "invitation",
}
