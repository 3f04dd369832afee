"""Write down how far notices got, as their providers report it. Late, repeated, in any order: the same in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from afterglow.actions.address_faults import NewFault, mark_addresses
from afterglow.actions.delivery_state import Known
from afterglow.actions.record_notices import mark_sent
from afterglow.channels.receipts import Delivery, StatusReport
from afterglow.models import Message, MessageEvent, Notice
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel

LOOK_BACK = timedelta(days=14)
_STATUSES = {Delivery.DELIVERED: Message.Status.DELIVERED, Delivery.ACCEPTED: Message.Status.ACCEPTED}
_STATUSES |= {Delivery.SENT: Message.Status.ACCEPTED}
_IN_DOUBT = (Notice.State.SENDING, Notice.State.UNKNOWN)


def record_notice_reports(*, practice_id: int, reports: Collection[StatusReport], now: datetime) -> set[StatusReport]:
    """Those reports that are about no notice. A report that carries a notice's token proves that it left.

    One that did not arrive is not sent again: it was an answer, and its moment has passed.
    """
    if not reports:
        return set()
    with practice_scope(practice_id):
        found = _matched(practice_id, reports, now)
        by_notice: dict[int, list[StatusReport]] = defaultdict(list)
        for report, notice in found.items():
            by_notice[notice.pk].append(report)
        for notice in {n.pk: n for n in found.values()}.values():
            _record(notice, by_notice[notice.pk], now)
        return set(reports) - found.keys()


def _matched(practice_id: int, reports: Collection[StatusReport], now: datetime) -> Mapping[StatusReport, Notice]:
    tokens = {r.token for r in reports if r.token}
    ids = {r.provider_id for r in reports if r.provider_id and not r.token}
    recent = Notice.objects.filter(practice=practice_id, created_at__gt=now - LOOK_BACK)
    here = recent.filter(Q(token__in=tokens) | (Q(provider_id__in=ids) & ~Q(provider_id="")))
    notices = list(here.order_by("pk").select_for_update())
    known = {n.token: n for n in notices} | {n.provider_id: n for n in notices if n.provider_id}
    return {r: known[key] for r in reports if (key := r.token or r.provider_id) in known}


def _record(notice: Notice, reports: Collection[StatusReport], now: datetime) -> None:
    message = Message.objects.filter(practice=notice.practice_id, notice=notice.pk).order_by("-pk").first()
    if message is None:
        return
    if notice.state in _IN_DOUBT:
        mark_sent(notice, next((r.provider_id for r in reports if r.provider_id), ""), now)
        notice.save()
    stored = MessageEvent.objects.filter(practice=notice.practice_id, message=message)
    before = Known.stored(dict(stored.values_list("kind", "detail")))
    after = before.told(reports)
    if after == before or after.furthest is None:
        return
    MessageEvent.objects.bulk_create(
        [
            MessageEvent(practice_id=notice.practice_id, message=message, kind=kind, detail=after.detail(kind), at=now)
            for kind in after.events
        ],
        update_conflicts=True,
        unique_fields=["practice", "message", "kind"],
        update_fields=["detail"],
    )
    status = _STATUSES.get(after.furthest, Message.Status.FAILED)
    Message.objects.filter(practice=notice.practice_id, pk=message.pk).update(status=status)
    if after.is_lost:
        _note_dead(notice, after, now)


def _note_dead(notice: Notice, known: Known, now: datetime) -> None:
    faults = [
        NewFault(channel=Channel(notice.channel), address=notice.address, kind=failure.kind, code=failure.code)
        for failure in sorted(known.failures_of("invalid_address"), reverse=True)
    ]
    mark_addresses(practice_id=notice.practice_id, faults=faults, now=now)
