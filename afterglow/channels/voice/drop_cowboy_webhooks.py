"""What Drop Cowboy sends us: how each voicemail ended, by two ways.

Source: https://github.com/Drop-Cowboy/dropcowboy, docs/concepts/webhooks.md and send-results.md.

- `result` is the address in each request. It is called once, unsigned, and echoes our token; a wrong key or secret is
  told nowhere else. Only who knows the account's secret address and the message's token can make this call.
- `status` is a webhook that the practice creates for contact.rvm.status and contact.rvm.receipt. It is signed and tried
  three times, but today names neither our token nor the id of the answer. Such an event is kept and reports nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from afterglow.channels.errors_voicemail import (
    DROP_COWBOY_KINDS,
    DROP_COWBOY_LEFT,
    DROP_COWBOY_REPEATED,
    DROP_COWBOY_UNDELIVERED,
)
from afterglow.channels.http_account import json_object
from afterglow.channels.receipts import (
    Call,
    Delivery,
    ForgedCall,
    Hook,
    StatusReport,
    UnreadableReceipt,
    digest_of,
    token_of,
)
from afterglow.channels.signed_calls import fresh_stamp, header

SIGNATURE_HEADER = "X-Signature"
STAMP_HEADER = "X-Timestamp"
EVENT_ID_HEADER = "X-Event-Id"

_EVENTS = frozenset({"contact.rvm.status", "contact.rvm.receipt"})


def _verify_event(call: Call, config: Mapping[str, str], now: datetime) -> str:
    """The event's own id, when Drop Cowboy signed it within five minutes of `now`; raises ForgedCall."""
    secret = config.get("signing_secret", "")
    if not secret:
        raise ForgedCall("The setting signing_secret is missing, so nobody can tell whether this is Drop Cowboy.")
    stamp = fresh_stamp(call, STAMP_HEADER, now)
    expected = "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + call.body, "sha256").hexdigest()
    if not hmac.compare_digest(expected.encode(), header(call, SIGNATURE_HEADER).encode("utf-8", "replace")):
        raise ForgedCall("The signature does not match. Check the signing secret: each webhook has its own.")
    named = json_object(call.body).get("event_id")
    # The header is not signed; the body is.
    return named if isinstance(named, str) and named else header(call, EVENT_ID_HEADER) or digest_of(call)


def _read_event(call: Call) -> Sequence[StatusReport]:
    """The report in a signed event; nothing when it names no message of ours."""
    event = json_object(call.body)
    data = event.get("data")
    if not isinstance(data, dict):
        raise UnreadableReceipt("data is missing")
    token = _text(data, "foreign_id")
    return [_report(data, token)] if event.get("event") in _EVENTS and token else []


def _verify_result(call: Call, config: Mapping[str, str], now: datetime) -> str:
    """An id of our own making, the same for a repeated call; raises ForgedCall unless body and address agree."""
    token, named = token_of(call), _text(json_object(call.body), "foreign_id")
    if not token or not hmac.compare_digest(named.encode("utf-8", "replace"), token.encode()):
        raise ForgedCall("The result is not about the message whose address was called.")
    return digest_of(call)


def _read_result(call: Call) -> Sequence[StatusReport]:
    """The one report in a call to a message's own address."""
    return [_report(json_object(call.body), token_of(call))]


def _report(data: Mapping[str, Any], token: str) -> StatusReport:
    code = data.get("reason_code")
    if not isinstance(code, int) or isinstance(code, bool):
        raise UnreadableReceipt("reason_code is missing")
    is_left = code in (DROP_COWBOY_LEFT, DROP_COWBOY_REPEATED)
    return StatusReport(
        provider_id=_text(data, "drop_id"),
        token=token,
        status=_delivery(code),
        error_code="" if is_left else str(code),
        kind="opted_out" if data.get("dnc") is True and not is_left else DROP_COWBOY_KINDS.get(code, ""),
    )


def _delivery(code: int) -> Delivery:
    if code == DROP_COWBOY_LEFT:
        return Delivery.DELIVERED
    if code == DROP_COWBOY_REPEATED:
        return Delivery.ACCEPTED
    is_known_refusal = code in DROP_COWBOY_KINDS and code not in DROP_COWBOY_UNDELIVERED
    return Delivery.FAILED if is_known_refusal else Delivery.UNDELIVERED


def _text(mapping: Mapping[str, Any], name: str) -> str:
    value = mapping.get(name)
    return value if isinstance(value, str) else ""


HOOKS = {
    "status": Hook(verify=_verify_event, read=_read_event),
    "result": Hook(verify=_verify_result, read=_read_result, is_entered=False),
}
