"""What one of anymail's tracking events means to us: how far an e-mail got, or what a client did with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from afterglow.channels.email.anymail.services import ID_FIELD
from afterglow.channels.mail_codes import enhanced_code, kind_of_bounce
from afterglow.channels.receipts import Delivery, Reaction, ReactionKind, Receipt, StatusReport

_DELIVERIES: Mapping[str, Delivery] = {
    EventType.QUEUED: Delivery.ACCEPTED,
    EventType.SENT: Delivery.SENT,
    EventType.DEFERRED: Delivery.SENT,
    EventType.DELIVERED: Delivery.DELIVERED,
    EventType.BOUNCED: Delivery.UNDELIVERED,
    EventType.REJECTED: Delivery.FAILED,
    EventType.FAILED: Delivery.FAILED,
}
_REACTIONS: Mapping[str, ReactionKind] = {
    EventType.OPENED: ReactionKind.OPENED,
    EventType.CLICKED: ReactionKind.CLICKED,
    EventType.COMPLAINED: ReactionKind.COMPLAINED,
    EventType.UNSUBSCRIBED: ReactionKind.UNSUBSCRIBED,
}
# A service that rejects an address does so by its own list of them; a receiving server may have other reasons.
_REJECTIONS: Mapping[str, str] = {
    RejectReason.INVALID: "invalid_address",
    RejectReason.BOUNCED: "invalid_address",
    RejectReason.SPAM: "opted_out",
    RejectReason.UNSUBSCRIBED: "opted_out",
}
_BOUNCES: Mapping[str, str] = {
    RejectReason.INVALID: "invalid_address",
    RejectReason.BOUNCED: "invalid_address",
    RejectReason.SPAM: "content",
    RejectReason.UNSUBSCRIBED: "opted_out",
}
# Words by which services mark a bounce that says nothing about the address for good.
_PASSING = re.compile(
    r'"(?:soft[_ -]?bounced?|SoftBounce|Transient|Undetermined|Temporary|blocked)"|"hard_bounce": false'
    r'|"bounce_class": "(?:1|2\d|40|5\d|70)"'
)


def receipts_of(event: AnymailTrackingEvent, *, id_in: str) -> Iterable[Receipt]:
    """One receipt, or none when the event means nothing to us. `id_in` says where our own id travels."""
    provider_id, token = str(event.message_id or ""), _token(event, id_in)
    if event.event_type in _REACTIONS:
        kind = _REACTIONS[event.event_type]
        yield Reaction(provider_id=provider_id, token=token, address=event.recipient or "", kind=kind)
    elif event.event_type in _DELIVERIES and (provider_id or token):
        status = _DELIVERIES[event.event_type]
        is_bad = status in (Delivery.UNDELIVERED, Delivery.FAILED)
        yield StatusReport(
            provider_id=provider_id,
            token=token,
            address=event.recipient or "",
            status=status,
            error_code=(enhanced_code(event.mta_response or "") or event.reject_reason or "") if is_bad else "",
            kind=_kind(event) if is_bad else "",
        )


def _token(event: AnymailTrackingEvent, id_in: str) -> str:
    if id_in == "tag":
        return next((str(tag) for tag in event.tags or () if tag), "")
    return str((event.metadata or {}).get(ID_FIELD, ""))


def _kind(event: AnymailTrackingEvent) -> str:
    """Why it did not arrive, where that is sure: a mailbox that is full today is no dead address."""
    if event.event_type == EventType.REJECTED:
        return _REJECTIONS.get(event.reject_reason, "")
    return kind_of_bounce(event.mta_response or "", otherwise=_kind_by_reason(event))


def _kind_by_reason(event: AnymailTrackingEvent) -> str:
    raw = _raw(event.esp_event)
    if event.event_type != EventType.BOUNCED or _PASSING.search(raw):
        return ""
    if event.reject_reason is None:
        return "invalid_address" if '"hard_bounce"' in raw else ""
    return _BOUNCES.get(event.reject_reason, "")


def _raw(esp_event: Any) -> str:
    try:
        return json.dumps(esp_event)
    except TypeError:
        return ""
