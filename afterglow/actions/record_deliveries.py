"""Write down how far messages got, as their providers report it. Late, repeated, in any order: the same in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from afterglow.actions.address_faults import NewFault, mark_addresses, withdraw_faults
from afterglow.actions.delivery_state import Failure, Known
from afterglow.actions.lost_touches import LostTouches
from afterglow.actions.match_receipts import match_receipts
from afterglow.actions.revoke_consents import MARKETING_ONLY, revoke_by_notice
from afterglow.channels.receipts import Delivery, StatusReport
from afterglow.models import Attempt, Message, MessageEvent
from afterglow.models.bulk import fetch_rows, update_rows
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel

OPTED_OUT = "opted_out"
_STATUSES = {
    Delivery.ACCEPTED: Message.Status.ACCEPTED,
    Delivery.SENT: Message.Status.ACCEPTED,
    Delivery.DELIVERED: Message.Status.DELIVERED,
    Delivery.UNDELIVERED: Message.Status.FAILED,
    Delivery.FAILED: Message.Status.FAILED,
}


def record_deliveries(
    *, practice_id: int, reports: Collection[StatusReport], now: datetime, channel: Channel | None = None
) -> set[StatusReport]:
    """Those reports that fit no message of ours, or none yet: a report may overtake the answer to our own request.

    A report that carries our token proves that its message left. One that did not arrive is tried once more if that may
    help, else by the next channel of its step, else by a person (`lost_touches`). `channel`: of the account that told
    them, if all are of one. A fixed number of queries.
    """
    if not reports:
        return set()
    with practice_scope(practice_id):
        found = match_receipts(practice_id=practice_id, receipts=set(reports), now=now, channel=channel)
        by_attempt: dict[int, list[StatusReport]] = defaultdict(list)
        for report, attempt in found.items():
            by_attempt[attempt.pk].append(report)
        attempts = {attempt.pk: attempt for attempt in found.values()}
        known = _known(practice_id, [attempt.message_id for attempt in attempts.values()])
        sheet = _Sheet(practice_id, now)
        for pk in sorted(attempts):
            before = known.get(attempts[pk].message_id, Known({}))
            sheet.enter(attempts[pk], before, before.told(by_attempt[pk]), by_attempt[pk])
        sheet.write()
        return set(reports) - found.keys()


def _known(practice_id: int, message_ids: Collection[int]) -> dict[int, Known]:
    details: dict[int, dict[str, str]] = defaultdict(dict)
    rows = MessageEvent.objects.filter(practice=practice_id, message_id__among=message_ids)
    for message_id, kind, detail in fetch_rows(rows.values_list("message_id", "kind", "detail")):
        details[message_id][kind] = detail
    return {message_id: Known.stored(events) for message_id, events in details.items()}


@dataclass(slots=True)
class _Sheet:
    """What a batch of reports does to messages, to their addresses and, by `lost_touches`, to their touches."""

    practice_id: int
    now: datetime
    news: list[tuple[Attempt, Known, Known]] = field(default_factory=list)
    events: list[MessageEvent] = field(default_factory=list)

    def enter(self, attempt: Attempt, before: Known, after: Known, reports: Collection[StatusReport]) -> None:
        if after == before or after.furthest is None:
            return
        message = attempt.message
        message.status = _STATUSES[after.furthest]
        message.provider_id = message.provider_id or min(r.provider_id for r in reports)
        self.news.append((attempt, before, after))
        for kind, failures in after.events.items():
            if before.events.get(kind) != failures:
                self.events.append(self._event(message, kind, after.detail(kind)))

    def _event(self, message: Message, kind: str, detail: str) -> MessageEvent:
        return MessageEvent(practice_id=self.practice_id, message=message, kind=kind, detail=detail, at=self.now)

    def write(self) -> None:
        if not self.news:
            return
        MessageEvent.objects.bulk_create(
            self.events,
            update_conflicts=True,
            unique_fields=["practice", "message", "kind"],
            update_fields=["detail"],
        )
        messages = [attempt.message for attempt, _, _ in self.news]
        update_rows(Message, ("id", "status", "provider_id"), [(m.pk, str(m.status), m.provider_id) for m in messages])
        touches = LostTouches.load(self.practice_id, [attempt for attempt, _, _ in self.news], self.now)
        for attempt, _, after in self.news:
            touches.settle(attempt, after)
        touches.write()
        self._write_addresses()
        self._write_opt_outs()

    def _write_addresses(self) -> None:
        news = self._by_address()
        dead = [
            NewFault(channel=channel, address=address, kind=failure.kind, code=failure.code)
            for channel, address, _, after in news
            for failure in sorted(_deadly(channel, after), reverse=True)
            if after.is_lost
        ]
        alive = {
            (channel, address)
            for channel, address, before, after in news
            if not after.is_lost and _deadly(channel, before)
        }
        mark_addresses(practice_id=self.practice_id, faults=dead, now=self.now)
        withdraw_faults(practice_id=self.practice_id, addresses=alive, now=self.now)

    def _write_opt_outs(self) -> None:
        said = {
            (channel, address)
            for channel, address, before, after in self._by_address()
            if after.failures_of(OPTED_OUT) and not before.failures_of(OPTED_OUT)
        }
        for channel in Channel:
            revoke_by_notice(
                practice_id=self.practice_id,
                channel=channel,
                addresses={address for heard_by, address in said if heard_by is channel},
                purposes=MARKETING_ONLY,
                now=self.now,
            )

    def _by_address(self) -> list[tuple[Channel, str, Known, Known]]:
        return [
            (Channel(attempt.channel), attempt.message.address, before, after) for attempt, before, after in self.news
        ]


def _deadly(channel: Channel, known: Known) -> frozenset[Failure]:
    """The failures that no other message to this address would escape. A STOP by phone is a matter of consent."""
    dead = known.failures_of("invalid_address")
    return dead | known.failures_of(OPTED_OUT) if channel is Channel.EMAIL else dead
