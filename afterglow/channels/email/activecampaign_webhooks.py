"""What ActiveCampaign tells us about a contact: unsubscribed, bounced, opened, clicked.

Its calls are not signed: the account's unguessable address is all the proof there is. It never repeats a call that
failed, and gives an address up for good when it is answered 410.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from afterglow.channels.mail_codes import enhanced_code, kind_of_bounce
from afterglow.channels.receipts import (
    Call,
    Delivery,
    ForgedCall,
    Hook,
    Reaction,
    ReactionKind,
    Receipt,
    StatusReport,
    UnreadableReceipt,
    digest_of,
)

_REACTIONS = {
    "unsubscribe": ReactionKind.UNSUBSCRIBED,
    "open": ReactionKind.OPENED,
    "click": ReactionKind.CLICKED,
}


def _verify(call: Call, config: Mapping[str, str], now: datetime) -> str:
    """What the body amounts to: ActiveCampaign gives its calls no id."""
    if not _form(call).get("type"):
        raise ForgedCall("This is no call of ActiveCampaign: the field type is missing.")
    return digest_of(call)


def _read(call: Call) -> Sequence[Receipt]:
    form = _form(call)
    kind, address = form.get("type", ""), form.get("contact[email]", "")
    if kind not in _REACTIONS and kind != "bounce":
        return []
    if not address:
        raise UnreadableReceipt("contact[email] is missing")
    if kind == "bounce":
        return [_bounce(form, address)]
    return [Reaction(address=address, kind=_REACTIONS[kind])]


def _bounce(form: Mapping[str, str], address: str) -> StatusReport:
    words = f"{form.get('bounce[code]', '')} {form.get('bounce[description]', '')}"
    is_hard = form.get("bounce[type]", "").casefold() == "hard"
    return StatusReport(
        provider_id="",
        address=address,
        status=Delivery.UNDELIVERED,
        error_code=enhanced_code(words) or form.get("bounce[code]", ""),
        kind=kind_of_bounce(words, otherwise="invalid_address" if is_hard else ""),
    )


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))


HOOKS = {"status": Hook(verify=_verify, read=_read)}
