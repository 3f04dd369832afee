"""E-mail through any service that django-anymail knows. Synchronous inside, so it works in a few threads of its own."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from email.utils import parseaddr
from typing import Any

from anymail.exceptions import AnymailError, AnymailImproperlyInstalled, AnymailNotSupportedWarning
from anymail.message import AnymailMessage
from django.utils.module_loading import import_string

from afterglow.channels.config_check import ConfigFault, checked, private_address
from afterglow.channels.contract import CannotTell, Capabilities, LookUp, Outcome, OutgoingMessage
from afterglow.channels.email.anymail.outcomes import outcome_of, outcome_of_fault
from afterglow.channels.email.anymail.postmark_search import postmark_search
from afterglow.channels.email.anymail.services import ID_FIELD, SERVICES, Service
from afterglow.channels.errors import EXPIRED, is_over, refused
from afterglow.channels.threaded_account import ThreadedAccount
from afterglow.rules.facts import Channel

CONNECTIONS = 8
CONNECT_SECONDS, ANSWER_SECONDS = 4, 10

_HAS_PRIVATE_API = private_address("api_url", what="addresses and messages")
_ADDRESS = re.compile(r"[^@\s,;:<>\"]+@[^@\s,;:<>\"]+")


def from_config(name: str, config: Mapping[str, str], callbacks: str = "") -> AnymailSender:
    """A sender for one account at the service of this name; raises ConfigFault with all that is missing or wrong."""
    service = SERVICES[name]
    settings = checked(config, keys=service.all_keys, rules=(_HAS_PRIVATE_API,))
    try:
        backend = import_string(f"anymail.backends.{name}.EmailBackend")
    except AnymailImproperlyInstalled:
        raise ConfigFault([_PACKAGES[name]]) from None
    return AnymailSender(name, service, settings, backend, callbacks)


class AnymailSender(ThreadedAccount[Any]):
    """An account at an e-mail service. Neither it nor the libraries under it ever repeat a request by themselves."""

    def __init__(
        self, name: str, service: Service, settings: Mapping[str, str], backend: Any, callbacks: str = ""
    ) -> None:
        super().__init__(name="anymail", connections=CONNECTIONS)
        self.capabilities = Capabilities(
            channel=Channel.EMAIL,
            has_look_up=service.has_look_up,
            has_callbacks=bool(callbacks and service.secret and settings[service.secret]),
            repeats_safely_for=service.repeats_safely_for,
            per_second=service.per_second,
        )
        self._service, self._settings, self._backend_class = service, settings, backend
        self._options = _amazon_options(settings) if name == "amazon_ses" else _options(service, settings)
        self._domain = parseaddr(settings["from"])[1].rpartition("@")[2]

    async def send(self, message: OutgoingMessage) -> Outcome:
        """What the service answered. In doubt (a timeout, a broken line, a server error) the answer is Unknown."""
        if is_over(message):
            return EXPIRED
        if not _ADDRESS.fullmatch(message.to):
            return refused("invalid_address", "unwritable")
        if any(sign in text for text in _header_texts(message) for sign in "\r\n"):
            return refused("content", "unwritable", "the subject or a header cannot be put into an e-mail")
        return await self._in_thread(self._send, message)

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        """Whether the service took the message: found by our own id, where it can be asked for that."""
        if not self._service.has_look_up:
            return CannotTell(f"{self._service.name} cannot be asked for a message by our own id")
        return await self._in_thread(self._searched, message)

    def _send(self, message: OutgoingMessage) -> Outcome:
        mail = self._mail(message)
        backend = self._connection()
        if self._service.repeats_safely_for:
            backend.session.headers["Idempotency-Key"] = message.token
        try:
            backend.send_messages([mail])
        except AnymailError as fault:
            return outcome_of_fault(fault)
        finally:
            self._idle.append(backend)
        return outcome_of(mail.anymail_status, otherwise_id=self._message_id(message))

    def _mail(self, message: OutgoingMessage) -> AnymailMessage:
        headers = {**(message.headers or {}), **self._service.headers}
        if self._service.keeps_message_id:
            headers["Message-ID"] = self._message_id(message)
        extra = _own_unsubscribe(headers, self._service.unsubscribe_as)
        mail = AnymailMessage(
            message.subject, message.text, self._settings["from"], [message.to], headers=headers, esp_extra=extra
        )
        if message.html:
            mail.attach_alternative(message.html, "text/html")
        if self._service.id_in == "metadata":
            mail.metadata = {ID_FIELD: message.token}
        elif self._service.id_in == "tag":
            mail.tags = [message.token]
        return mail

    def _message_id(self, message: OutgoingMessage) -> str:
        return f"<{message.token}@{self._domain}>"

    def _searched(self, message: OutgoingMessage) -> LookUp:
        backend = self._connection()
        try:
            return postmark_search(backend, message)
        finally:
            self._idle.append(backend)

    def _new_connection(self) -> Any:
        # anymail no longer tests SendGrid, and says so each time; the practice has chosen it all the same.
        warnings.simplefilter("ignore", AnymailNotSupportedWarning)
        backend = self._backend_class(**self._options)
        backend.open()
        if session := getattr(backend, "session", None):
            session.trust_env = False  # a .netrc of this computer must not sign in for the practice
            session.max_redirects = 0
        return backend

    def _hang_up(self, connection: Any) -> None:
        connection.close()


_PACKAGES = {
    "amazon_ses": "Amazon SES needs one more Python package, boto3, which is not installed: run pip install boto3.",
}


def _options(service: Service, settings: Mapping[str, str]) -> dict[str, Any]:
    """All that the backend needs; what is left out has a default of anymail's."""
    given = {key.name: settings[key.name] for key in service.keys if settings[key.name]}
    return {**given, "timeout": (CONNECT_SECONDS, ANSWER_SECONDS), "ignore_recipient_status": True}


def _amazon_options(settings: Mapping[str, str]) -> dict[str, Any]:
    client = {
        "aws_access_key_id": settings["access_key_id"],
        "aws_secret_access_key": settings["secret_access_key"],
        "region_name": settings["region"],
        "endpoint_url": settings["api_url"] or None,
        "config": {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": ANSWER_SECONDS,
            "retries": {"total_max_attempts": 1},
        },
    }
    return {
        "session_params": {},
        "client_params": client,
        "configuration_set_name": settings["configuration_set_name"] or None,
        "ignore_recipient_status": True,
    }


def _own_unsubscribe(headers: dict[str, str], field: str) -> dict[str, str]:
    """The unsubscribe link under the service's own name for it, taken out of the headers."""
    if not field or "List-Unsubscribe" not in headers:
        return {}
    headers.pop("List-Unsubscribe-Post", None)
    return {field: headers.pop("List-Unsubscribe").strip("<> ")}


def _header_texts(message: OutgoingMessage) -> Iterable[str]:
    return (message.subject, *(part for header in (message.headers or {}).items() for part in header))
