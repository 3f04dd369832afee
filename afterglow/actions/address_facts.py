"""What the decision about a notice may look at: whether its address has stopped, is dead, and what was sent to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from afterglow.models import AddressFault, Notice
from afterglow.models.ended import ended_at, is_stopped
from afterglow.rules.facts import Channel
from afterglow.rules.notices import A_DAY, AddressFacts, EarlierNotice, NoticeKind

# What was skipped, expired or failed has not reached the number.
_MAY_HAVE_LEFT = (Notice.State.PLANNED, Notice.State.SENDING, Notice.State.SENT, Notice.State.UNKNOWN)
Line = tuple[Channel, str]  # a number or a mailbox, and how it is written to


def address_facts(*, practice_id: int, lines: Collection[Line], now: datetime) -> dict[Line, AddressFacts]:
    """The facts about each of these numbers and mailboxes. Three queries. Inside a practice scope."""
    addresses = {address for _, address in lines}
    ended = ended_at(practice_id, addresses)
    faults = AddressFault.objects.filter(practice=practice_id, address__among=addresses, cleared_at=None)
    dead = {(c, a): reason for c, a, reason in faults.values_list("channel", "address", "reason")}
    recent = Notice.objects.filter(practice=practice_id, address__among=addresses, created_at__gt=now - A_DAY)
    rows = recent.filter(state__in=_MAY_HAVE_LEFT).order_by("pk")
    earlier: dict[Line, list[EarlierNotice]] = defaultdict(list)
    for channel, address, pk, kind, at, cause in rows.values_list(
        "channel", "address", "pk", "kind", "created_at", "cause_id"
    ):
        earlier[Channel(channel), address].append(EarlierNotice(id=pk, kind=NoticeKind(kind), at=at, cause=cause))
    return {
        (channel, address): AddressFacts(
            is_stopped=channel is not Channel.EMAIL and is_stopped(ended[address]),
            dead=_in_a_sentence(dead.get((channel.value, address), "")),
            earlier=tuple(earlier.get((channel, address), ())),
        )
        for channel, address in lines
    }


def _in_a_sentence(reason: str) -> str:
    return reason[:1].lower() + reason[1:].rstrip(".")
