"""Proof that a call comes from Twilio, and the form that such a call carries."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlsplit, urlunsplit

from afterglow.channels.http_account import json_object
from afterglow.channels.receipts import Answer, Call, ForgedCall, UnreadableReceipt
from afterglow.channels.signed_calls import header

SIGNATURE_HEADER = "X-Twilio-Signature"
SIGNATURE_SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
NO_ANSWER = Answer('<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml")

_DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_DEFAULT_PORTS = {"https": 443, "http": 80}


def proven_form(call: Call, config: Mapping[str, str]) -> dict[str, str]:
    """The form of a call that Twilio signed; raises ForgedCall for anybody else's."""
    settings = header(call, SIGNATURE_SETTINGS_HEADER)
    is_signed = is_genuine(
        url=call.url,
        params=() if _is_json(call) else _pairs(call),
        signature=header(call, SIGNATURE_HEADER),
        secret=config.get("shared_key" if settings else "auth_token", ""),
        settings_header=settings,
    )
    if not is_signed or (_is_json(call) and not _is_whole(call)):
        raise ForgedCall("The signature does not match. Check the auth token and the public address of this site.")
    return form_of(call)


def form_of(call: Call) -> dict[str, str]:
    """What a call says, field by field, whether it was sent as a form or as JSON."""
    if _is_json(call):
        return {name: value for name, value in json_object(call.body).items() if isinstance(value, str)}
    return dict(_pairs(call))


def required(form: Mapping[str, str], name: str) -> str:
    """A field that every such call has; raises UnreadableReceipt without it."""
    value = form.get(name, "")
    if not value:
        raise UnreadableReceipt(f"{name} is missing")
    return value


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


def _is_json(call: Call) -> bool:
    return call.content_type.partition(";")[0].strip().lower() == "application/json"


def _is_whole(call: Call) -> bool:
    """Whether a JSON body is the one whose digest stands in the signed address."""
    [stated] = parse_qs(urlsplit(call.url).query).get("bodySHA256", [""])[:1]
    return hmac.compare_digest(sha256(call.body).hexdigest().encode(), stated.encode())


def _pairs(call: Call) -> list[tuple[str, str]]:
    return parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)


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
