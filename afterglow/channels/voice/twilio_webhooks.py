"""What Twilio asks and tells us about calls: what to say now, and how a call ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from afterglow.channels.errors_twilio import twilio_kind
from afterglow.channels.receipts import Answer, Call, Delivery, Hook, Prompt, StatusReport, token_of
from afterglow.channels.twilio_signature import NO_ANSWER, form_of, proven_form, required
from afterglow.channels.twiml import spoken

_ACCEPTED = (Delivery.ACCEPTED, "")
_NOT_REACHED = (Delivery.UNDELIVERED, "unavailable")
_ENDS: Mapping[str, tuple[Delivery, str]] = {
    "in-progress": (Delivery.SENT, ""),
    "busy": _NOT_REACHED,
    "no-answer": _NOT_REACHED,
    "failed": _NOT_REACHED,
    "canceled": (Delivery.UNDELIVERED, ""),  # by a person, in Twilio's console: that has no cause in the number
}
_LISTENERS: Mapping[str, tuple[Delivery, str]] = {
    "human": (Delivery.DELIVERED, ""),
    "machine_start": _NOT_REACHED,
    "fax": (Delivery.UNDELIVERED, "invalid_address"),
    "unknown": _NOT_REACHED,
}
# SIP's ways to say that there is no such number: not found, gone, incomplete, nowhere.
_NO_SUCH_NUMBER = frozenset({"404", "410", "484", "604"})


def parse_call(form: Mapping[str, str], *, token: str = "") -> StatusReport:
    """How a call ended; raises UnreadableReceipt without an id.

    A machine that took the message and a person who was greeted both count as delivered: the practice has been heard.
    What was hung up on (a fax, silence) was not. A completed call of which Twilio does not say who answered stays
    sent: nobody can say, and nobody is called twice for it.
    """
    status, kind = _end(form, required(form, "CallStatus"))
    error_code = form.get("ErrorCode", "")
    is_lost = status is Delivery.UNDELIVERED
    return StatusReport(
        provider_id=required(form, "CallSid"),
        token=token,
        status=status,
        error_code=error_code,
        kind=(twilio_kind(error_code) or kind) if is_lost else "",
    )


def _end(form: Mapping[str, str], word: str) -> tuple[Delivery, str]:
    if word == "completed":
        return _heard(form.get("AnsweredBy", ""))
    if word == "failed" and form.get("SipResponseCode", "") in _NO_SUCH_NUMBER:
        return Delivery.UNDELIVERED, "invalid_address"
    return _ENDS.get(word, _ACCEPTED)


def _heard(answered_by: str) -> tuple[Delivery, str]:
    if answered_by.startswith("machine_end_"):
        return Delivery.DELIVERED, ""
    return _LISTENERS.get(answered_by, (Delivery.SENT, ""))


def _verify_status(call: Call, config: Mapping[str, str], now: datetime) -> str:
    form = proven_form(call, config)
    return f"{form.get('CallSid', '')}:{form.get('CallStatus', '')}"


def _read_statuses(call: Call) -> Sequence[StatusReport]:
    return [parse_call(form_of(call), token=token_of(call))]


def _verify_answer(call: Call, config: Mapping[str, str], now: datetime) -> str:
    return proven_form(call, config).get("CallSid", "")


def _answer(call: Call, config: Mapping[str, str], text: str) -> Answer:
    answered_by = form_of(call).get("AnsweredBy", "")
    return Answer(spoken(answered_by=answered_by, config=config, text=text), "text/xml")


HOOKS: Mapping[str, Hook | Prompt] = {
    "status": Hook(verify=_verify_status, read=_read_statuses, answer=NO_ANSWER, is_entered=False),
    "answer": Prompt(verify=_verify_answer, answer=_answer),
}
