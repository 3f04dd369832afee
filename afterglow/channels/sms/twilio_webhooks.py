"""What Twilio tells us about texts: those that clients send, and how far ours got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from afterglow.channels.errors_twilio import twilio_kind
from afterglow.channels.receipts import Call, Delivery, Hook, InboundText, Media, StatusReport, storable, token_of
from afterglow.channels.twilio_signature import NO_ANSWER, form_of, proven_form, required

_DELIVERIES = {
    "sent": Delivery.SENT,
    "partially_delivered": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.DELIVERED,
    "undelivered": Delivery.UNDELIVERED,
    "failed": Delivery.FAILED,
    "canceled": Delivery.FAILED,
}
_MOST_MEDIA = 10


def parse_inbound(form: Mapping[str, str]) -> InboundText:
    """The text a client sent; raises UnreadableReceipt without an id or a sender."""
    return InboundText(
        provider_id=required(form, "MessageSid"),
        from_=required(form, "From"),
        to=required(form, "To"),
        text=storable(form.get("Body", "")),
        opt_out_type=form.get("OptOutType", "").lower(),
        media=_media(form),
    )


def parse_status(form: Mapping[str, str], *, token: str = "") -> StatusReport:
    """How far a text got. Words we do not know count as no progress; raises UnreadableReceipt without an id."""
    error_code = form.get("ErrorCode", "")
    return StatusReport(
        provider_id=required(form, "MessageSid"),
        token=token,
        status=_DELIVERIES.get(required(form, "MessageStatus"), Delivery.ACCEPTED),
        error_code=error_code,
        kind=twilio_kind(error_code),
    )


def _media(form: Mapping[str, str]) -> tuple[Media, ...]:
    found = ((form.get(f"MediaUrl{n}", ""), form.get(f"MediaContentType{n}", "")) for n in range(_MOST_MEDIA))
    return tuple(Media(url=url, content_type=content_type) for url, content_type in found if url)


def _verify_text(call: Call, config: Mapping[str, str], now: datetime) -> str:
    return proven_form(call, config).get("MessageSid", "")


def _verify_status(call: Call, config: Mapping[str, str], now: datetime) -> str:
    form = proven_form(call, config)
    return f"{form.get('MessageSid', '')}:{form.get('MessageStatus', '')}"


def _read_texts(call: Call) -> Sequence[InboundText]:
    return [parse_inbound(form_of(call))]


def _read_statuses(call: Call) -> Sequence[StatusReport]:
    return [parse_status(form_of(call), token=token_of(call))]


HOOKS = {
    "text": Hook(verify=_verify_text, read=_read_texts, answer=NO_ANSWER),
    "status": Hook(verify=_verify_status, read=_read_statuses, answer=NO_ANSWER, is_entered=False),
}
