"""Texts through Twilio's Messages API, or anything that speaks it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote_plus

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
)
from yarl import URL

from afterglow.channels.config_check import Key, checked, is_private_address
from afterglow.channels.contract import (
    Absent,
    Accepted,
    CannotTell,
    Capabilities,
    Found,
    LookUp,
    Outcome,
    OutgoingMessage,
    Unknown,
)
from afterglow.channels.errors import EXPIRED, TWILIO_IN_DOUBT, TWILIO_KINDS, is_over, refused
from afterglow.rules.facts import Channel

KEYS = (
    Key(name="account_sid", meaning="the account's id, AC and 32 characters", pattern=r"AC[0-9a-fA-F]{32}"),
    Key(name="auth_token", meaning="the account's auth token; it also proves what Twilio sends us", is_secret=True),
    Key(
        name="api_key_sid",
        meaning="the id of an API key, SK and 32 characters",
        pattern=r"SK[0-9a-fA-F]{32}",
        is_required=False,
    ),
    Key(name="api_key_secret", meaning="the secret of that API key", is_required=False, is_secret=True),
    Key(
        name="messaging_service_sid",
        meaning="the id of a Messaging Service, MG and 32 characters",
        pattern=r"MG[0-9a-fA-F]{32}",
        is_required=False,
    ),
    Key(
        name="from_number",
        meaning="a number of the account like +12025550142, or a short code",
        pattern=r"\+[1-9]\d{6,14}|\d{5,6}",
        is_required=False,
    ),
    Key(name="address", meaning="a web address", pattern=r"https?://[^\s?#]+", default="https://api.twilio.com"),
)

LONGEST_VALIDITY = 36_000  # seconds; Twilio's own limit and default
CLOCK_TOLERANCE = timedelta(seconds=60)
MOST_PAGES = 20

# `connect` includes the wait for a free connection of the pool: when it runs out, nothing has left.
_TIMEOUT = ClientTimeout(total=15, connect=5)
_NOT_REACHED = (ClientConnectorError, ConnectionTimeoutError)


def from_config(config: Mapping[str, str], callbacks: str = "") -> TwilioSender:
    """A sender for one account; raises ConfigFault with everything that is missing or wrong."""
    return TwilioSender(checked(config, keys=KEYS, rules=(_has_sender, _has_whole_api_key, _is_private)), callbacks)


class TwilioSender:
    """A Twilio account. Never repeats a request by itself: what is in doubt is answered by `look_up`."""

    def __init__(self, settings: Mapping[str, str], callbacks: str) -> None:
        self.capabilities = Capabilities(
            channel=Channel.SMS, has_look_up=True, has_expiry=True, has_callbacks=bool(callbacks)
        )
        self._address = settings["address"].rstrip("/")
        self._path = f"/2010-04-01/Accounts/{settings['account_sid']}/Messages.json"
        self._url = URL(self._address + self._path, encoded=True)
        self._headers = _headers(settings)
        self._callback = _callback_prefix(callbacks)
        self._sender = _sender_fields(settings)
        self._session: ClientSession | None = None

    async def __aenter__(self) -> TwilioSender:
        self._session = ClientSession(headers=self._headers, timeout=_TIMEOUT, cookie_jar=DummyCookieJar())
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._open_session.close()

    async def send(self, message: OutgoingMessage) -> Outcome:
        """What Twilio answered. In doubt (a timeout, a broken line, a server error) the answer is Unknown."""
        if is_over(message):
            return EXPIRED
        try:
            async with self._open_session.post(self._url, data=self.form(message), allow_redirects=False) as response:
                body = await response.read()
        except _NOT_REACHED as fault:
            return refused("unavailable", type(fault).__name__)
        except (ClientError, TimeoutError, OSError) as fault:
            return Unknown(type(fault).__name__)
        return _outcome(response.status, body, response.headers)

    def form(self, message: OutgoingMessage) -> bytes:
        """The request's form, field by field what the official client sends for the same arguments."""
        callback = self._callback and self._callback + quote_plus(quote_plus(message.token))
        to, text = quote_plus(message.to), quote_plus(message.text)
        return f"To={to}{callback}{_validity(message)}{self._sender}&Body={text}".encode("ascii")

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        """Whether Twilio lists a text like this to this number, made since a minute before the message was.

        Our token travels in the callback's address, which Twilio does not list: so recipient, text and time decide.
        """
        page = f"{self._path}?To={quote_plus(message.to)}&PageSize=1000"
        try:
            for _ in range(MOST_PAGES):
                listed = await self._listed(page)
                for record in listed["messages"]:
                    if record["sid"] not in but_not and _is_the_same(record, message):
                        return Found(record["sid"])
                if listed["next_page_uri"] is None:
                    return Absent()
                page = listed["next_page_uri"]
        except (ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError) as fault:
            # Only the kind of fault: its words may hold the address we asked for.
            return CannotTell(type(fault).__name__)
        return CannotTell("the list has too many pages")

    async def _listed(self, page: str) -> Any:
        if not page.startswith("/"):
            raise ValueError("the next page is not on this server")
        url = URL(self._address + page, encoded=True)
        async with self._open_session.get(url, allow_redirects=False, raise_for_status=True) as response:
            return json.loads(await response.read())

    @property
    def _open_session(self) -> ClientSession:
        if self._session is None:
            raise RuntimeError("use the sender inside `async with`")
        return self._session


def _has_sender(settings: Mapping[str, str]) -> Iterable[str]:
    if not settings["messaging_service_sid"] and not settings["from_number"]:
        yield "A text needs a sender: give messaging_service_sid or from_number."


def _has_whole_api_key(settings: Mapping[str, str]) -> Iterable[str]:
    if bool(settings["api_key_sid"]) != bool(settings["api_key_secret"]):
        yield "An API key has two halves: give api_key_sid and api_key_secret, or neither."


def _is_private(settings: Mapping[str, str]) -> Iterable[str]:
    if not is_private_address(settings["address"]):
        yield "The setting address must begin with https://, or numbers and texts travel readable by others."


def _headers(settings: Mapping[str, str]) -> dict[str, str]:
    user = settings["api_key_sid"] or settings["account_sid"]
    secret = settings["api_key_secret"] or settings["auth_token"]
    return {
        "Authorization": "Basic " + b64encode(f"{user}:{secret}".encode()).decode("ascii"),
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Accept-Charset": "utf-8",
        "User-Agent": "afterglow",
    }


def _callback_prefix(callbacks: str) -> str:
    """All of the StatusCallback field up to the token, encoded once for all messages."""
    return "&StatusCallback=" + quote_plus(f"{callbacks}status?token=") if callbacks else ""


def _sender_fields(settings: Mapping[str, str]) -> str:
    fields = {"From": settings["from_number"], "MessagingServiceSid": settings["messaging_service_sid"]}
    return "".join(f"&{name}={quote_plus(value)}" for name, value in fields.items() if value)


def _validity(message: OutgoingMessage) -> str:
    """How long Twilio may hold the text in its queue. Whole seconds, cut off: never past the end of its window."""
    if message.expires_at is None:
        return ""
    seconds = int((message.expires_at - message.created_at).total_seconds())
    return f"&ValidityPeriod={min(seconds, LONGEST_VALIDITY)}"


def _outcome(status: int, body: bytes, headers: Mapping[str, str]) -> Outcome:
    answer = _object(body)
    if 200 <= status < 300:
        sid = answer.get("sid")
        return Accepted(sid) if isinstance(sid, str) and sid else Unknown(f"unreadable answer to http {status}")
    code = answer.get("code")
    # A server error is no promise that the text was not taken. Asking costs little, a second text costs trust.
    if status >= 500 or status == 408 or code in TWILIO_IN_DOUBT:
        return Unknown(f"http {status}")
    if status == 429:
        return refused("rate", str(code or status), _patience(headers.get("Retry-After", "")))
    kind = TWILIO_KINDS.get(code, "configuration") if isinstance(code, int) else "configuration"
    return refused(kind, str(code or status), str(answer.get("message", "")))


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _patience(retry_after: str) -> str:
    return f"retry after {retry_after} s" if re.fullmatch(r"\d{1,6}", retry_after) else ""


def _is_the_same(record: Mapping[str, Any], message: OutgoingMessage) -> bool:
    # A trial account puts its own words before ours.
    if not _squeezed(record["body"] or "").endswith(_squeezed(message.text)):
        return False
    created_at: datetime = parsedate_to_datetime(record["date_created"])
    return created_at >= message.created_at - CLOCK_TOLERANCE


def _squeezed(text: str) -> str:
    return " ".join(text.split())
