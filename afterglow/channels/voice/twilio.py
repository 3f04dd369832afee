"""Voicemails through Twilio's Calls API: it rings, and what is said depends on who or what answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote_plus

from afterglow.channels.config_check import PHONE_NUMBER, POSITIVE_NUMBER, Key, checked
from afterglow.channels.contract import Capabilities, LookUp, Outcome, OutgoingMessage
from afterglow.channels.errors import EXPIRED, is_over
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
from afterglow.channels.twiml import SPEECH_KEYS
from afterglow.rules.facts import Channel

KEYS = (
    *ACCOUNT_KEYS,
    Key(
        name="from_number",
        meaning="the number that calls: one of the account, like +12025550142, or one verified there",
        pattern=PHONE_NUMBER,
        example="+12025550142",
    ),
    *SPEECH_KEYS,
    Key(
        name="ring_seconds",
        meaning="how long it rings, 5 to 600 seconds: long enough for a voicemail to pick up",
        pattern=r"[5-9]|[1-9]\d|[1-5]\d\d|600",
        default="45",
        example="45",
    ),
    Key(
        name="calls_per_second",
        meaning="how many calls a second the account may start, as a number like 1",
        pattern=POSITIVE_NUMBER,
        default="1",
        example="1",
    ),
    ADDRESS_KEY,
)

# Twilio gives up after 30 s by itself; the greetings of some voicemails are longer than that.
_DETECTION = "&MachineDetection=DetectMessageEnd&MachineDetectionTimeout=45"
# The first of these proves that the call was taken, the last says how it ended.
_EVENTS = "&StatusCallbackEvent=initiated&StatusCallbackEvent=completed"


def from_config(config: Mapping[str, str], callbacks: str = "") -> TwilioCaller:
    """A caller for one account; raises ConfigFault with everything that is missing or wrong."""

    def is_reachable(settings: Mapping[str, str]) -> Iterable[str]:
        if not callbacks:
            yield (
                "A voicemail needs a public address of this site: during the call Twilio asks there what to say, "
                "and without the answer a person and an answering machine cannot be told apart."
            )

    return TwilioCaller(checked(config, keys=KEYS, rules=(*ACCOUNT_RULES, is_reachable)), callbacks)


class TwilioCaller(TwilioAccount):
    """A Twilio account that calls. A call is placed at once and cannot be given an end: it waits in no queue."""

    def __init__(self, settings: Mapping[str, str], callbacks: str) -> None:
        super().__init__(settings, kind="Calls")
        self.capabilities = Capabilities(
            channel=Channel.VOICE,
            has_look_up=True,
            has_callbacks=True,
            per_second=float(settings["calls_per_second"]),
        )
        self._head = f"&From={quote_plus(settings['from_number'])}" + callback_field(
            "StatusCallback", f"{callbacks}status"
        )
        self._middle = f"{_EVENTS}&Timeout={settings['ring_seconds']}{_DETECTION}" + callback_field(
            "Url", f"{callbacks}answer"
        )

    async def send(self, message: OutgoingMessage) -> Outcome:
        """What Twilio answered. In doubt (a timeout, a broken line, a server error) the answer is Unknown."""
        if is_over(message):
            return EXPIRED
        return await self._create(self.form(message))

    def form(self, message: OutgoingMessage) -> bytes:
        """The request's form, field by field what the official client sends. The words come when it is answered."""
        token = callback_token(message.token)
        return f"To={quote_plus(message.to)}{self._head}{token}{self._middle}{token}".encode("ascii")

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        """Whether Twilio lists a call of ours to this number, made since a quarter of an hour before."""
        return await self._find(message.to, lambda record: _is_the_same(record, message), but_not=but_not)


def _is_the_same(record: Record, message: OutgoingMessage) -> bool:
    # A client who calls the practice back is listed too, and so is the way from a call to the front desk.
    is_ours: bool = record["direction"] == "outbound-api" and record["to"] == message.to
    return is_ours and is_since(record, message)
