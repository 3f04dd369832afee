"""What e-mail services tell us: proof that it is they, and how far e-mails got and what clients did with them.

anymail's own readers do both. Each service has one hook; one call may tell of many e-mails.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from anymail.exceptions import AnymailConfigurationError, AnymailError
from django.core.handlers.wsgi import WSGIRequest
from standardwebhooks.webhooks import Webhook

from afterglow.channels.email.anymail.events import receipts_of
from afterglow.channels.email.anymail.services import SERVICES, SHARED_PROOF, USER, Service
from afterglow.channels.email.anymail.views import view_for
from afterglow.channels.receipts import Call, ForgedCall, Hook, Receipt, UnreadableReceipt, digest_of
from afterglow.channels.signed_calls import fresh_stamp, header

# What anymail's readers raise when a stranger sends them something of another shape.
_SHAPE_FAULTS = (AnymailError, AnymailConfigurationError, ValueError, TypeError, LookupError, AttributeError)
_TOPIC_QUESTION = "SubscriptionConfirmation"


def hooks_for(name: str) -> Mapping[str, Hook]:
    """The hooks of the service of this name; none when it tells us nothing."""
    if not SERVICES[name].view:
        return {}
    return {"status": Hook(verify=partial(_verify, name), read=partial(_read, name))}


def _verify(name: str, call: Call, config: Mapping[str, str], now: datetime) -> str:
    """The call's own id: the service's where it gives one that stays the same, else what the body amounts to."""
    service = SERVICES[name]
    secret = config.get(service.secret, "")
    if not secret:
        raise ForgedCall(f"Set {service.secret}: without it nobody can tell whether a call comes from {service.name}.")
    if name == "resend":
        _verify_signed(call, secret, now)
    else:
        _verify_by_view(service, call, secret)
    return _own_id(name, call) or digest_of(call)


def _verify_by_view(service: Service, call: Call, secret: str) -> None:
    try:
        view = view_for(service, secret=secret, url=call.url)
        view.run_validators(_request(call))
    except _SHAPE_FAULTS:
        raise _forged(service) from None


def _verify_signed(call: Call, secret: str, now: datetime) -> None:
    """Resend signs as in Standard Webhooks, only under older names; anymail would need one more library for it."""
    event_id, signatures = header(call, "svix-id"), header(call, "svix-signature")
    signed_at = datetime.fromtimestamp(int(fresh_stamp(call, "svix-timestamp", now)), UTC)
    try:
        expected = Webhook(secret).sign(event_id, signed_at, call.body.decode())
    except ValueError:
        raise _forged(SERVICES["resend"]) from None
    if not any(hmac.compare_digest(expected.encode(), given.encode()) for given in signatures.split()):
        raise _forged(SERVICES["resend"])


def _forged(service: Service) -> ForgedCall:
    if service.secret == SHARED_PROOF:
        return ForgedCall(f"The password is missing or wrong. {service.name} must call https://{USER}:PASSWORD@….")
    return ForgedCall(f"The signature does not match. Check {service.secret} and the public address of this site.")


def _own_id(name: str, call: Call) -> str:
    if name == "resend":
        return header(call, "svix-id")
    if name == "sparkpost":
        return header(call, "X-MessageSystems-Batch-ID")
    path = _OWN_IDS.get(name, ())
    return ":".join(filter(None, (_at(call.body, where) for where in path)))


# Where a service writes an id into its call that is the same when it tries again. Mailgun's is unique for a day only.
_OWN_IDS: Mapping[str, Sequence[Sequence[str]]] = {
    "amazon_ses": (("MessageId",),),
    "mailersend": (("data", "id"),),
    "mailgun": (("event-data", "id"), ("event-data", "timestamp")),
    "postal": (("uuid",),),
}


def _at(body: bytes, where: Sequence[str]) -> str:
    try:
        found: Any = json.loads(body)
        for key in where:
            found = found[key]
    except (ValueError, LookupError, TypeError):
        return ""
    return str(found)


def _read(name: str, call: Call) -> Sequence[Receipt]:
    service = SERVICES[name]
    if name == "amazon_ses" and _at(call.body, ("Type",)) == _TOPIC_QUESTION:
        raise UnreadableReceipt(f"Amazon asks whether this address is yours; open {_at(call.body, ('SubscribeURL',))}")
    try:
        events = view_for(service, secret="", url=call.url).parse_events(_request(call))
        return [receipt for event in events for receipt in receipts_of(event, id_in=service.id_in)]
    except _SHAPE_FAULTS as fault:
        # Only the kind of fault: its words may hold an address.
        raise UnreadableReceipt(f"{service.name} sent something of another shape ({type(fault).__name__})") from None


def _request(call: Call) -> WSGIRequest:
    """The call as Django would have it."""
    parts = urlsplit(call.url)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in call.headers.items()}
    return WSGIRequest(
        {
            **headers,
            "REQUEST_METHOD": "POST",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": parts.hostname or "localhost",
            "SERVER_PORT": str(parts.port or 443),
            "wsgi.url_scheme": parts.scheme or "https",
            "wsgi.input": BytesIO(call.body),
            "CONTENT_TYPE": call.content_type,
            "CONTENT_LENGTH": str(len(call.body)),
        }
    )
