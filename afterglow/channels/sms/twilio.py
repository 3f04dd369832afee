"""Texts and pictures through Twilio's Messages API, or anything that speaks it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from unicodedata import normalize
from urllib.parse import quote_plus

from afterglow.channels.config_check import POSITIVE_NUMBER, Key, checked
from afterglow.channels.contract import Capabilities, LookUp, Outcome, OutgoingMessage
from afterglow.channels.errors import EXPIRED, is_over
from afterglow.channels.texting_numbers import FROM_NUMBER, is_short_code, is_toll_free
from afterglow.channels.twilio_api import (
    ACCOUNT_KEYS,
    ACCOUNT_RULES,
    ADDRESS_KEY,
    Record,
    TwilioAccount,
    callback_field,
    callback_token,
    is_since,
)
from afterglow.rules.facts import Channel

KEYS = (
    *ACCOUNT_KEYS,
    Key(
        name="messaging_service_sid",
        meaning="the SID of a Messaging Service, MG and 32 characters; it picks the number from its own pool",
        pattern=r"MG[0-9a-fA-F]{32}",
        example="MG0123456789abcdef0123456789abcdef",
        is_required=False,
    ),
    FROM_NUMBER,
    Key(
        name="segments_per_second",
        meaning="how many text segments a second your registration allows, as a number like 12; "
        "left out, it follows from the kind of number, and a Messaging Service is not slowed down",
        pattern=POSITIVE_NUMBER,
        example="12",
        is_required=False,
    ),
    ADDRESS_KEY,
)

LONGEST_VALIDITY = 36_000  # seconds; Twilio's own limit and default
MOST_PICTURES = 10

# Segments a second that Twilio gives each kind of number.
TOLL_FREE_PACE = 3.0
SHORT_CODE_PACE = 100.0
LOCAL_PACE = 3.75  # 10DLC, the lowest registered volume
OTHER_PACE = 1.0

_NORTH_AMERICAN = re.compile(r"\+1\d{10}")


def from_config(config: Mapping[str, str], callbacks: str = "") -> TwilioSender:
    """A sender for one account; raises ConfigFault with everything that is missing or wrong."""
    return TwilioSender(checked(config, keys=KEYS, rules=(_has_sender, *ACCOUNT_RULES)), callbacks)


class TwilioSender(TwilioAccount):
    """A Twilio account. Never repeats a request by itself: what is in doubt is answered by `look_up`."""

    def __init__(self, settings: Mapping[str, str], callbacks: str) -> None:
        super().__init__(settings, kind="Messages")
        self.capabilities = Capabilities(
            channel=Channel.SMS,
            has_look_up=True,
            has_callbacks=bool(callbacks),
            has_expiry=True,
            has_media=True,
            per_second=_pace(settings),
        )
        self._callback = callback_field("StatusCallback", f"{callbacks}status") if callbacks else ""
        self._sender = _sender_fields(settings)

    async def send(self, message: OutgoingMessage) -> Outcome:
        """What Twilio answered. In doubt (a timeout, a broken line, a server error) the answer is Unknown."""
        if is_over(message):
            return EXPIRED
        return await self._create(self.form(message))

    def form(self, message: OutgoingMessage) -> bytes:
        """The request's form, field by field what the official client sends for the same arguments."""
        callback = self._callback and self._callback + callback_token(message.token)
        media = _media(message.media) if message.media else ""
        to, text = quote_plus(message.to), message.text.translate(_ESCAPES)
        return f"To={to}{callback}{_validity(message)}{self._sender}&Body={text}{media}".encode("ascii")

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        """Whether Twilio lists a text like this to this number, made since a quarter of an hour before.

        Our token travels in the callback's address, which Twilio does not list: so recipient, text and time decide.
        """
        return await self._find(message.to, lambda record: _is_the_same(record, message), but_not=but_not)


class _Escapes(dict[int, str]):
    """What `quote_plus` makes of each character: looked up, a text costs half of what it does there."""

    def __missing__(self, code: int) -> str:
        escape = self[code] = quote_plus(chr(code))
        return escape


_ESCAPES = _Escapes()


def _has_sender(settings: Mapping[str, str]) -> Iterable[str]:
    if not settings["messaging_service_sid"] and not settings["from_number"]:
        yield "A text needs a sender: give messaging_service_sid or from_number."


def _pace(settings: Mapping[str, str]) -> float | None:
    """Segments a second. A Messaging Service knows the pace of its own pool, and queues."""
    number = settings["from_number"]
    if settings["segments_per_second"]:
        return float(settings["segments_per_second"])
    if not number:
        return None
    if is_short_code(number):
        return SHORT_CODE_PACE
    if is_toll_free(number):
        return TOLL_FREE_PACE
    return LOCAL_PACE if _NORTH_AMERICAN.fullmatch(number) else OTHER_PACE


def _sender_fields(settings: Mapping[str, str]) -> str:
    fields = {"From": settings["from_number"], "MessagingServiceSid": settings["messaging_service_sid"]}
    return "".join(f"&{name}={quote_plus(value)}" for name, value in fields.items() if value)


def _validity(message: OutgoingMessage) -> str:
    """How long Twilio may hold the text in its queue. Whole seconds, cut off: never past the end of its window."""
    if message.expires_at is None:
        return ""
    seconds = int((message.expires_at - message.created_at).total_seconds())
    return f"&ValidityPeriod={min(seconds, LONGEST_VALIDITY)}"


def _media(addresses: tuple[str, ...]) -> str:
    return "".join(f"&MediaUrl={quote_plus(address)}" for address in addresses[:MOST_PICTURES])


def _is_the_same(record: Record, message: OutgoingMessage) -> bool:
    # A trial account puts its own words before ours.
    return _bare(record["body"] or "").endswith(_bare(message.text)) and is_since(record, message)


def _bare(text: str) -> str:
    """What stays when Twilio makes plain quotes, dashes and letters of others: a new Messaging Service does so."""
    plain = "".join(c for c in normalize("NFKD", text) if c.isalnum())
    return plain or " ".join(text.split())
