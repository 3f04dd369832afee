"""E-mail through any SMTP server: text and HTML side by side, our headers passed through."""

from __future__ import annotations

import smtplib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from email.utils import format_datetime, parseaddr
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from afterglow.channels.config_check import FROM, LOOPBACK, Key, checked
from afterglow.channels.contract import (
    RETRYABLE,
    Accepted,
    CannotTell,
    Capabilities,
    LookUp,
    Outcome,
    OutgoingMessage,
    Refused,
    Unknown,
)
from afterglow.channels.errors import EXPIRED, is_over, refused
from afterglow.channels.mail_codes import kind_of_refusal
from afterglow.channels.threaded_account import ThreadedAccount
from afterglow.rules.facts import Channel

KEYS = (
    Key(
        name="host",
        meaning="the name of the mail server, like smtp.example.com",
        pattern=r"[A-Za-z0-9.:-]+",
        example="smtp.example.com",
    ),
    Key(name="port", meaning="a port number, usually 587", pattern=r"[1-9]\d{1,4}", default="587"),
    Key(name="user", meaning="the user name at the mail server", is_required=False),
    Key(name="password", meaning="the password at the mail server", is_required=False, is_secret=True),
    Key(name="use_tls", meaning="true or false", pattern="true|false", default="true"),
    FROM,
)

IMPLICIT_TLS_PORT = 465
HIGHEST_PORT = 65_535
CONNECTIONS = 4
TIMEOUT_SECONDS = 10


def from_config(config: Mapping[str, str], callbacks: str = "") -> SmtpSender:
    """A sender for one mail account; raises ConfigFault with everything that is missing or wrong."""
    return SmtpSender(checked(config, keys=KEYS, rules=(_has_real_port, _has_both_or_neither, _keeps_password_private)))


class SmtpSender(ThreadedAccount["_Mailbox"]):
    """A mail account.

    A bounce comes back by e-mail to the from address, where a person reads it: nothing here does. The Message-ID is
    made of our own token, so that the message can be found.
    """

    capabilities = Capabilities(channel=Channel.EMAIL, has_look_up=False, has_expiry=False, has_callbacks=False)

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(name="smtp", connections=CONNECTIONS)
        self._settings = settings
        self._domain = parseaddr(settings["from"])[1].rpartition("@")[2]

    async def send(self, message: OutgoingMessage) -> Outcome:
        """What the server answered. Only a line that broke after the text began to leave is Unknown."""
        if is_over(message):
            return EXPIRED
        return await self._in_thread(self._send, message)

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        return CannotTell("a mail server keeps no list of what it accepted")

    def _send(self, message: OutgoingMessage) -> Outcome:
        message_id = f"<{message.token}@{self._domain}>"
        mail = _mail(message, message_id=message_id, sender=self._settings["from"])
        while True:
            mailbox = self._connection()
            is_reused = mailbox.connection is not None
            outcome = _outcome(mailbox, mail, message_id)
            if mailbox.connection is not None:
                self._idle.append(mailbox)
            # A server may hang up on an idle line: then nothing has left, and a fresh line may do.
            if not (is_reused and isinstance(outcome, Refused) and outcome.kind == "unavailable"):
                return outcome

    def _new_connection(self) -> _Mailbox:
        return _Mailbox(self._settings)

    def _hang_up(self, connection: _Mailbox) -> None:
        connection.hang_up()


class _Line(smtplib.SMTP):
    """An SMTP connection that remembers whether a message's text began to leave."""

    is_in_doubt = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.is_in_doubt = True
        answer = super().data(msg)
        self.is_in_doubt = False
        return answer


class _SecureLine(_Line, smtplib.SMTP_SSL):
    """The same, encrypted from its first byte."""


class _Mailbox(EmailBackend):
    """One connection to the account. Everything is given, so that no global setting is asked."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        is_secure, port = settings["use_tls"] == "true", int(settings["port"])
        super().__init__(
            host=settings["host"],
            port=port,
            username=settings["user"],
            password=settings["password"],
            use_tls=is_secure and port != IMPLICIT_TLS_PORT,
            use_ssl=is_secure and port == IMPLICIT_TLS_PORT,
            timeout=TIMEOUT_SECONDS,
            ssl_keyfile="",
            ssl_certfile="",
        )

    @property
    def connection_class(self) -> type[_Line]:
        return _SecureLine if self.use_ssl else _Line

    @property
    def is_in_doubt(self) -> bool:
        return isinstance(self.connection, _Line) and self.connection.is_in_doubt

    def hang_up(self) -> None:
        try:
            self.close()
        except (OSError, smtplib.SMTPException):
            self.connection = None


def _mail(message: OutgoingMessage, *, message_id: str, sender: str) -> EmailMultiAlternatives:
    headers = {**(message.headers or {}), "Message-ID": message_id, "Date": format_datetime(message.created_at)}
    mail = EmailMultiAlternatives(message.subject, message.text, sender, [message.to], headers=headers)
    mail.encoding = "utf-8"
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail


def _outcome(mailbox: _Mailbox, mail: EmailMultiAlternatives, message_id: str) -> Outcome:
    try:
        mailbox.open()
        mailbox.send_messages([mail])
    except smtplib.SMTPAuthenticationError as fault:
        outcome: Outcome = _refusal(fault.smtp_code, fault.smtp_error, otherwise="configuration")
    except smtplib.SMTPRecipientsRefused as fault:
        [(code, answer)] = fault.recipients.values()
        outcome = _refusal(code, answer, otherwise=_kind_of_recipient_refusal(code, answer))
    except smtplib.SMTPSenderRefused as fault:
        outcome = _about_sender(fault.smtp_code, fault.smtp_error)
    except smtplib.SMTPDataError as fault:
        outcome = _refusal(fault.smtp_code, fault.smtp_error, otherwise="content")
    except smtplib.SMTPNotSupportedError:
        outcome = refused("configuration", "unsupported", "the mail server does not offer what these settings ask for")
    except (OSError, smtplib.SMTPException) as fault:
        outcome = _broken_line(mailbox, fault)
    except ValueError:
        # A line break in a header, or an address that is none: the mail could not even be written.
        return refused("content", "unwritable", "the subject, a header or the address cannot be put into an e-mail")
    else:
        return Accepted(message_id)
    mailbox.hang_up()
    return outcome


def _refusal(code: int, answer: bytes | str, *, otherwise: str) -> Refused:
    """A server's no. `otherwise` is what it means when its codes say nothing more."""
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return refused(kind_of_refusal(code, words, otherwise=otherwise), str(code), words)


def _about_sender(code: int, answer: bytes | str) -> Refused:
    """A no to who is asking: whatever its codes say, the client's address and the text are not to blame."""
    refusal = _refusal(code, answer, otherwise="configuration")
    return refusal if refusal.kind in RETRYABLE else replace(refusal, kind="configuration")


def _kind_of_recipient_refusal(code: int, answer: bytes) -> str:
    """530 and the 5.7 family are about who is asking: the client's address is not to blame."""
    return "configuration" if code == 530 or answer.startswith(b"5.7.") else "invalid_address"


def _broken_line(mailbox: _Mailbox, fault: Exception) -> Outcome:
    if mailbox.is_in_doubt:
        return Unknown(type(fault).__name__)
    return refused("unavailable", type(fault).__name__)


def _has_real_port(settings: Mapping[str, str]) -> Iterable[str]:
    if settings["port"].isdecimal() and int(settings["port"]) > HIGHEST_PORT:
        yield f"The setting port must not be above {HIGHEST_PORT}."


def _has_both_or_neither(settings: Mapping[str, str]) -> Iterable[str]:
    if bool(settings["user"]) != bool(settings["password"]):
        yield "Give user and password, or neither."


def _keeps_password_private(settings: Mapping[str, str]) -> Iterable[str]:
    if settings["password"] and settings["use_tls"] == "false" and settings["host"] not in LOOPBACK:
        yield "Set use_tls to true, or the password travels readable by others."
