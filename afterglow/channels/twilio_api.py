"""A Twilio account, or one at anything that speaks Twilio's API: how it is set up, asked, and understood."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote_plus

from yarl import URL

from afterglow.channels.config_check import Key, has_private_address
from afterglow.channels.contract import (
    Absent,
    Accepted,
    CannotTell,
    Found,
    LookUp,
    Outcome,
    OutgoingMessage,
    Refused,
    Unknown,
)
from afterglow.channels.errors import refused
from afterglow.channels.errors_twilio import TWILIO_IN_DOUBT, TWILIO_KINDS
from afterglow.channels.http_account import FAULTS, HttpAccount, Reply, slow_down

Record = Mapping[str, Any]

ACCOUNT_KEYS = (
    Key(
        name="account_sid",
        meaning="the Account SID on the first page of the Twilio console, AC and 32 characters",
        pattern=r"AC[0-9a-fA-F]{32}",
        example="AC0123456789abcdef0123456789abcdef",
    ),
    Key(
        name="auth_token",
        meaning="the Auth Token beside the Account SID; it also proves that a call to us comes from Twilio",
        example="not-a-real-auth-token",
        is_secret=True,
    ),
    Key(
        name="api_key_sid",
        meaning="the SID of an API key, SK and 32 characters, to sign in with instead of the Auth Token",
        pattern=r"SK[0-9a-fA-F]{32}",
        example="SK0123456789abcdef0123456789abcdef",
        is_required=False,
    ),
    Key(
        name="api_key_secret",
        meaning="the secret that Twilio showed once, when that API key was made",
        example="not-a-real-secret",
        is_required=False,
        is_secret=True,
    ),
    Key(
        name="shared_key",
        meaning="the secret of the webhook shared key, if the account signs its calls to us with one",
        example="not-a-real-shared-key",
        is_required=False,
        is_secret=True,
    ),
)
ADDRESS_KEY = Key(
    name="address",
    meaning="the web address of Twilio's API; another one only for a stand-in or a provider that speaks the same",
    pattern=r"https?://[^\s?#]+",
    default="https://api.twilio.com",
    example="https://api.twilio.com",
)

# A clock that differs must not make a message look absent. What this lets in besides is excluded by its id (`but_not`).
CLOCK_TOLERANCE = timedelta(minutes=15)
MOST_PAGES = 20


def has_whole_api_key(settings: Mapping[str, str]) -> Iterable[str]:
    """Rule of an account: an API key is given whole or not at all."""
    if bool(settings["api_key_sid"]) != bool(settings["api_key_secret"]):
        yield "An API key has two halves: give api_key_sid and api_key_secret, or neither."


ACCOUNT_RULES = (has_whole_api_key, has_private_address)


def callback_field(name: str, address: str) -> str:
    """A form field with one of our addresses, complete up to the token. Made once for all messages."""
    return f"&{name}={quote_plus(f'{address}?token=')}"


def callback_token(token: str) -> str:
    """A token as it follows a `callback_field`: part of an address that is itself part of a form."""
    return quote_plus(quote_plus(token))


def is_since(record: Record, message: OutgoingMessage) -> bool:
    """Whether Twilio made this record after the message was made, give or take what two clocks differ."""
    created_at: datetime = parsedate_to_datetime(record["date_created"])
    return created_at >= message.created_at - CLOCK_TOLERANCE


class TwilioAccount(HttpAccount):
    """One kind of record of one account: Messages or Calls."""

    def __init__(self, settings: Mapping[str, str], *, kind: str) -> None:
        super().__init__(headers=_headers(settings))
        self._address = settings["address"].rstrip("/")
        self._path = f"/2010-04-01/Accounts/{settings['account_sid']}/{kind}.json"
        self._url = URL(self._address + self._path, encoded=True)
        self._listed_as = kind.lower()

    async def _create(self, form: bytes) -> Outcome:
        """What Twilio answered. In doubt (a timeout, a broken line, a server error) the answer is Unknown."""
        reply = await self._post(self._url, form)
        return _outcome(reply) if isinstance(reply, Reply) else reply

    async def _find(self, to: str, is_it: Callable[[Record], bool], *, but_not: frozenset[str]) -> LookUp:
        """The first record to this number that `is_it` recognises. Trouble on the way is never taken for Absent.

        Only the number narrows the list down: what is still queued has no time of sending to filter by.
        """
        page = f"{self._path}?To={quote_plus(to)}&PageSize=1000"
        try:
            for _ in range(MOST_PAGES):
                listed = await self._page(page)
                for record in listed[self._listed_as]:
                    if record["sid"] not in but_not and is_it(record):
                        return Found(record["sid"])
                if listed["next_page_uri"] is None:
                    return Absent()
                page = listed["next_page_uri"]
        except FAULTS as fault:
            # Only the kind of fault: its words may hold the address we asked for.
            return CannotTell(type(fault).__name__)
        return CannotTell("the list has too many pages")

    async def _page(self, page: str) -> Any:
        if not page.startswith("/"):
            raise ValueError("the next page is not on this server")
        return await self._get(URL(self._address + page, encoded=True))


def _headers(settings: Mapping[str, str]) -> dict[str, str]:
    user = settings["api_key_sid"] or settings["account_sid"]
    secret = settings["api_key_secret"] or settings["auth_token"]
    return {
        "Authorization": "Basic " + b64encode(f"{user}:{secret}".encode()).decode("ascii"),
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Accept-Charset": "utf-8",
    }


def _outcome(reply: Reply) -> Outcome:
    answer = reply.object
    if reply.is_taken:
        sid = answer.get("sid")
        return Accepted(sid) if isinstance(sid, str) and sid else Unknown(f"unreadable answer to http {reply.status}")
    code = answer.get("code")
    return _refusal(reply, code if isinstance(code, int) else 0, str(answer.get("message", "")))


def _refusal(reply: Reply, code: int, words: str) -> Refused | Unknown:
    if code in TWILIO_IN_DOUBT:
        return Unknown(f"http {reply.status}")
    kind = "rate" if reply.status == 429 else TWILIO_KINDS.get(code, "configuration")
    name = str(code or reply.status)
    return slow_down(reply.headers, code=name) if kind == "rate" else refused(kind, name, words)
