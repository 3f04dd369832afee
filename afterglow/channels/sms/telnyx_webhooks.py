"""What Telnyx sends us: proof that it is Telnyx, inbound texts and delivery reports.

Source: https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks. A call is an Ed25519 signature over
its timestamp, a bar and the body as it came. Telnyx answers STOP, START and HELP by itself, says so in
`autoresponse_type`, and still sends us the text.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from afterglow.channels.errors_telnyx import telnyx_code, telnyx_kind
from afterglow.channels.http_account import json_object
from afterglow.channels.receipts import (
    Call,
    Delivery,
    ForgedCall,
    Hook,
    InboundText,
    Media,
    Receipt,
    StatusReport,
    UnreadableReceipt,
    digest_of,
    storable,
    token_of,
)
from afterglow.channels.signed_calls import fresh_stamp, header

SIGNATURE_HEADER = "telnyx-signature-ed25519"
STAMP_HEADER = "telnyx-timestamp"

_DELIVERIES = {
    "sent": Delivery.SENT,
    "delivery_unconfirmed": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.DELIVERED,
    "delivery_failed": Delivery.UNDELIVERED,
    "sending_failed": Delivery.FAILED,
    "expired": Delivery.FAILED,
}
_STATUS_EVENTS = frozenset({"message.sent", "message.finalized"})


def _verify(call: Call, config: Mapping[str, str], now: datetime) -> str:
    """The event's own id, when Telnyx signed it within five minutes of `now`; raises ForgedCall."""
    stamp = fresh_stamp(call, STAMP_HEADER, now)
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(config.get("public_key", ""), validate=True))
        key.verify(b64decode(header(call, SIGNATURE_HEADER), validate=True), stamp.encode() + b"|" + call.body)
    except (ValueError, InvalidSignature):
        raise ForgedCall("The signature does not match. Check the public key of the Telnyx account.") from None
    return _text(_data(call), "id") or digest_of(call)


def _read(call: Call) -> Sequence[Receipt]:
    """The one text or report in a call; nothing for events of another kind."""
    data = _data(call)
    event = _required(data, "event_type")
    payload = _mapping(data.get("payload"))
    if event == "message.received":
        return [_inbound(payload)]
    return [_status(payload, token_of(call))] if event in _STATUS_EVENTS else []


def _inbound(payload: Mapping[str, Any]) -> InboundText:
    media = [_mapping(item) for item in _items(payload.get("media"))]
    return InboundText(
        provider_id=_required(payload, "id"),
        from_=_required(_mapping(payload.get("from")), "phone_number"),
        to=_required(_first(payload.get("to")), "phone_number"),
        text=storable(_text(payload, "text")),
        opt_out_type=_text(payload, "autoresponse_type").lower(),
        media=tuple(
            Media(url=_text(item, "url"), content_type=_text(item, "content_type"))
            for item in media
            if _text(item, "url")
        ),
    )


def _status(payload: Mapping[str, Any], token: str) -> StatusReport:
    word = _required(_first(payload.get("to")), "status")
    error = _first(payload.get("errors"))
    code = telnyx_code(error)
    return StatusReport(
        provider_id=_required(payload, "id"),
        token=token,
        status=_DELIVERIES.get(word, Delivery.ACCEPTED),
        error_code=str(code) if code else "",
        kind=telnyx_kind(error) or ("expired" if word == "expired" else ""),
    )


def _data(call: Call) -> Mapping[str, Any]:
    return _mapping(json_object(call.body).get("data"))


def _first(value: object) -> Mapping[str, Any]:
    items = _items(value)
    return _mapping(items[0]) if items else {}


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(mapping: Mapping[str, Any], name: str) -> str:
    value = mapping.get(name)
    return value if isinstance(value, str) else ""


def _required(mapping: Mapping[str, Any], name: str) -> str:
    value = _text(mapping, name)
    if not value:
        raise UnreadableReceipt(f"{name} is missing")
    return value


# The texts of clients come to the address in the messaging profile, the reports to the one in each request.
HOOKS = {
    "text": Hook(verify=_verify, read=_read),
    "status": Hook(verify=_verify, read=_read, is_entered=False),
}
