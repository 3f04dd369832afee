"""What an e-mail service's answer to a send means to us: taken, surely not sent, or nobody can say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from ssl import SSLCertVerificationError
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress
from anymail.message import AnymailStatus
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, SSLError

from afterglow.channels.contract import Accepted, Outcome, Refused, Unknown
from afterglow.channels.errors import masked, refused
from afterglow.channels.http_account import slow_down

# Names of errors that say more than the answer's HTTP status: Mandrill gives 500 and Postal 200 for all of them.
_NAMED: Mapping[str, str] = {
    "Invalid_Key": "configuration",
    "PaymentRequired": "configuration",
    "Unknown_Subaccount": "configuration",
    "ValidationError": "content",
    "InvalidServerAPIKey": "configuration",
    "AccessDenied": "configuration",
    "ServerSuspended": "configuration",
    "FromAddressMissing": "configuration",
    "UnauthenticatedFromAddress": "configuration",
    "NoContent": "content",
    "MessageRejected": "content",
    "MailFromDomainNotVerifiedException": "configuration",
    "SendingPausedException": "configuration",
    "AccountSuspendedException": "configuration",
    "LimitExceededException": "rate",
    "TooManyRequestsException": "rate",
}
# What the status of a recipient means, and what their reasons for "rejected" make of it.
_STATUSES: Mapping[str, str] = {"invalid": "invalid_address", "rejected": "invalid_address", "failed": "content"}
_OPTED_OUT = re.compile(r'"(?:unsub|unsubscribed|spam|spam_complaint)"')
_NOT_ALLOWED = re.compile(r'"(?:invalid-sender|unsigned|test-mode-limit)"')
# In a 400 or 422: a complaint about the one address in `to`. Without it, all we know is that the e-mail is not liked.
_TO = re.compile(r"""['"`\\]to(?:\.\d+(?:\.email)?)?['"`\\]|\bin to\b|personalizations\.\d+\.to\b""")
_INVALID = re.compile(r"in ?valid|not (?:a )?valid|not contain a valid", re.IGNORECASE)
# Amazon's library names its faults so; it need not be installed.
_NEVER_LEFT = {"EndpointConnectionError", "ConnectTimeoutError", "NoCredentialsError", "NoRegionError"}


def outcome_of(status: AnymailStatus, *, otherwise_id: str) -> Outcome:
    """The outcome for the only recipient of an e-mail that the service gave an answer to."""
    [word] = status.status or {"unknown"}
    if word in ("sent", "queued"):
        return Accepted(str(status.message_id or otherwise_id))
    if word not in _STATUSES:
        return Unknown("the service's answer does not say whether it took the e-mail")
    return refused(_kind_of_rejection(word, _text(status.esp_response)), word)


def outcome_of_fault(fault: AnymailError) -> Outcome:
    """The outcome when sending ended in a fault. Nothing that it says about the message is passed on."""
    if isinstance(fault, AnymailInvalidAddress):
        return refused("invalid_address", "unwritable")
    if not isinstance(fault, AnymailAPIError):
        # Raised before anything left: this service cannot express something that stands in the e-mail.
        return refused("content", "unsupported")
    status = _status(fault)
    return _broken_line(fault.__cause__ or fault) if status is None else _answered(status, fault.response)


def _kind_of_rejection(word: str, text: str) -> str:
    if word == "rejected" and _OPTED_OUT.search(text):
        return "opted_out"
    if word == "rejected" and _NOT_ALLOWED.search(text):
        return "configuration"
    return _STATUSES[word]


def _status(fault: AnymailAPIError) -> int | None:
    """The HTTP status that was answered; none when there was no answer."""
    if isinstance(fault.response, Mapping):  # Amazon's library hands on what it has read
        status = fault.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return status if isinstance(status, int) else None
    return None if fault.response is None else int(fault.response.status_code)


def _answered(status: int, response: Any) -> Outcome:
    text = _text(response)
    name = _name(text)
    if kind := _NAMED.get(name):
        return refused(kind, name, _words(text) if kind == "configuration" else "")
    if status == 429:
        return slow_down(getattr(response, "headers", {}), code=name or "429")
    # A server error is no promise that the e-mail was not taken, nor is an answer that cannot be read; and 409 speaks
    # of an earlier try of the same message.
    if status >= 500 or status in (408, 409) or status < 300:
        return Unknown(f"http {status}")
    return _not_liked(status, text)


def _not_liked(status: int, text: str) -> Refused:
    if status not in (400, 413, 422):
        return refused("configuration", str(status), _words(text))
    about_address = _TO.search(text) and _INVALID.search(text)
    return refused("invalid_address" if about_address else "content", str(status))


def _broken_line(fault: BaseException) -> Outcome:
    """Refused when surely nothing left."""
    name = type(fault).__name__
    if isinstance(fault, requests.TooManyRedirects):
        return refused("configuration", name, "the service answers from another web address; check api_url")
    return refused("unavailable", name) if name in _NEVER_LEFT or _has_not_reached(fault) else Unknown(name)


def _has_not_reached(fault: BaseException) -> bool:
    reason = fault.args[0].reason if fault.args and isinstance(fault.args[0], MaxRetryError) else None
    if isinstance(reason, SSLError):
        # Any other fault of an encrypted line may come when the e-mail has long left.
        return bool(reason.args) and isinstance(reason.args[0], SSLCertVerificationError)
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def _text(response: Any) -> str:
    if isinstance(response, requests.Response):
        return response.text
    return json.dumps(response, default=str) if isinstance(response, Mapping) else ""


def _name(text: str) -> str:
    """The name that a service gives its error, wherever it stands in the answer."""
    answer = _object(text)
    places = (answer.get("name"), _member(answer, "data", "code"), _member(answer, "Error", "Code"))
    return next((place for place in places if isinstance(place, str)), "")


def _words(text: str) -> str:
    """What the service says is wrong with the account, without addresses and numbers."""
    answer = _object(text)
    words = next((answer[key] for key in ("message", "Message", "error", "ErrorMessage") if answer.get(key)), "")
    return masked(words) if isinstance(words, str) else ""


def _object(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _member(answer: Mapping[str, Any], outer: str, inner: str) -> Any:
    member = answer.get(outer)
    return member.get(inner) if isinstance(member, Mapping) else None
