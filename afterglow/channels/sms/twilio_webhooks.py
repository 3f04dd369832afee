"""What Twilio sends us: proof that it is Twilio, inbound texts and delivery reports."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from afterglow.channels.errors import TWILIO_KINDS
from afterglow.channels.receipts import (
    Answer,
    Call,
    Delivery,
    ForgedCall,
    Hook,
    InboundText,
    Media,
    StatusReport,
    UnreadableReceipt,
    token_of,
)

SIGNATURE_HEADER = "X-Twilio-Signature"
SIGNATURE_SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"

_DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_DEFAULT_PORTS = {"https": 443, "http": 80}
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


def is_genuine(
    *, url: str, params: Iterable[tuple[str, str]], signature: str, secret: str, settings_header: str = ""
) -> bool:
    """Whether the holder of `secret` signed this call.

    `url` is the public address as Twilio called it, with its query: behind a proxy build it from the configured
    public base. `params` are the pairs of the form. `settings_header` names the algorithm; without it SHA-1 with
    the auth token is meant, with it SHA-256 with the shared key.
    """
    digest = _DIGESTS.get(_algorithm(settings_header))
    if digest is None or not secret or not signature:
        return False
    signed = "".join(name + value for name, value in sorted(set(params)))
    # Twilio is not consistent about naming the default port.
    return any(_is_signed(address + signed, signature, secret, digest) for address in _spellings(url))


def parse_inbound(params: Mapping[str, str]) -> InboundText:
    """The text a client sent; raises UnreadableReceipt without an id or a sender."""
    return InboundText(
        provider_id=_required(params, "MessageSid"),
        from_=_required(params, "From"),
        to=_required(params, "To"),
        text=params.get("Body", "").replace("\0", ""),  # the database takes no NUL
        opt_out_type=params.get("OptOutType", "").lower(),
        media=_media(params),
    )


def parse_status(params: Mapping[str, str], *, token: str = "") -> StatusReport:
    """How far a message got. Words we do not know count as no progress; raises UnreadableReceipt without an id."""
    error_code = params.get("ErrorCode", "")
    return StatusReport(
        provider_id=_required(params, "MessageSid"),
        token=token,
        status=_DELIVERIES.get(_required(params, "MessageStatus"), Delivery.ACCEPTED),
        error_code=error_code,
        kind=TWILIO_KINDS.get(int(error_code), "") if error_code.isdecimal() else "",
    )


def _algorithm(settings_header: str) -> str:
    for part in settings_header.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return "HMAC_SHA1"


def _spellings(url: str) -> set[str]:
    parts = urlsplit(url)
    host = parts.netloc.removesuffix(f":{parts.port}")
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 443)
    return {_with_netloc(parts, host), _with_netloc(parts, f"{host}:{port}")}


def _with_netloc(parts: SplitResult, netloc: str) -> str:
    return urlunsplit(parts._replace(netloc=netloc))


def _is_signed(text: str, signature: str, secret: str, digest: str) -> bool:
    expected = b64encode(hmac.digest(secret.encode(), text.encode(), digest))
    return hmac.compare_digest(expected, signature.encode())


def _required(params: Mapping[str, str], name: str) -> str:
    value = params.get(name, "")
    if not value:
        raise UnreadableReceipt(f"{name} is missing")
    return value


def _media(params: Mapping[str, str]) -> tuple[Media, ...]:
    found = ((params.get(f"MediaUrl{n}", ""), params.get(f"MediaContentType{n}", "")) for n in range(_MOST_MEDIA))
    return tuple(Media(url=url, content_type=content_type) for url, content_type in found if url)


def _read_texts(call: Call) -> Sequence[InboundText]:
    return [parse_inbound(dict(_pairs(call)))]


def _read_statuses(call: Call) -> Sequence[StatusReport]:
    return [parse_status(dict(_pairs(call)), token=token_of(call))]


def _verify_text(call: Call, config: Mapping[str, str], now: datetime) -> str:
    return _event_id(call, config, ("MessageSid",))


def _verify_status(call: Call, config: Mapping[str, str], now: datetime) -> str:
    return _event_id(call, config, ("MessageSid", "MessageStatus"))


def _event_id(call: Call, config: Mapping[str, str], identity: Sequence[str]) -> str:
    pairs = _pairs(call)
    headers = {name.lower(): value for name, value in call.headers.items()}
    if not is_genuine(
        url=call.url,
        params=pairs,
        signature=headers.get(SIGNATURE_HEADER.lower(), ""),
        secret=config.get("auth_token", ""),
        settings_header=headers.get(SIGNATURE_SETTINGS_HEADER.lower(), ""),
    ):
        raise ForgedCall("The signature does not match. Check the auth token and the public address of this site.")
    form = dict(pairs)
    return ":".join(form.get(name, "") for name in identity)


def _pairs(call: Call) -> list[tuple[str, str]]:
    return parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)


_NO_ANSWER = Answer('<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml")
HOOKS = {
    "text": Hook(verify=_verify_text, read=_read_texts, answer=_NO_ANSWER),
    "status": Hook(verify=_verify_status, read=_read_statuses, answer=_NO_ANSWER),
}
