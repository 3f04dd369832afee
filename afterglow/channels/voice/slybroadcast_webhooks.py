"""What Slybroadcast sends us: how each voicemail ended.

One form field, `var`, holds `session|phone|OK or failure|reason|time in US Eastern|carrier`. Nothing is signed: only
who knows the account's secret address can call, and that address has been checked before we are asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qs

from afterglow.channels.errors import masked
from afterglow.channels.errors_voicemail import slybroadcast_failure
from afterglow.channels.receipts import (
    Answer,
    Call,
    Delivery,
    ForgedCall,
    Hook,
    StatusReport,
    UnreadableReceipt,
    storable,
    token_of,
)


def _verify(call: Call, config: Mapping[str, str], now: datetime) -> str:
    """An id of our own making: the same for a repeated call, and without the number in it.

    Nothing is signed: only whoever was given the address of this very message can know its token.
    """
    if not token_of(call):
        raise ForgedCall("The address of this report names no message.")
    return sha256(token_of(call).encode() + b"|" + call.body).hexdigest()


def _read(call: Call) -> Sequence[StatusReport]:
    """The one report in a call."""
    form = parse_qs(call.body.decode("utf-8", "replace"))
    parts = storable(form.get("var", [""])[0]).split("|")
    session_id, _, verdict, reason, *_ = [part.strip() for part in parts] + [""] * 4
    if not session_id or not verdict:
        raise UnreadableReceipt("var is missing or cut off")
    if verdict.upper() == "OK":
        return [StatusReport(provider_id=session_id, token=token_of(call), status=Delivery.DELIVERED)]
    return [
        StatusReport(
            provider_id=session_id,
            token=token_of(call),
            status=Delivery.UNDELIVERED,
            error_code=masked(reason or verdict)[:60],
            kind=slybroadcast_failure(reason),
        )
    ]


# Without this answer Slybroadcast takes the report for lost.
HOOKS = {"status": Hook(verify=_verify, read=_read, answer=Answer("OK"), is_entered=False)}
