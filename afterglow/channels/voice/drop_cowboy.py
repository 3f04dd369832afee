"""Voicemails left without a ring through Drop Cowboy's API, version 2.

Source: https://github.com/Drop-Cowboy/dropcowboy, docs/concepts. Its 202 only means that the request is in line: a
wrong secret or an unusable recording is told with the report. A key sent again within a day with the same body is taken
once; our token is that key, and the body is the same for the same message. Outside 8:00–21:00 at the recipient's place
it holds voicemails back by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta

from yarl import URL

from afterglow.channels.config_check import PHONE_NUMBER, UUID, Key, address_key, checked, has_private_address
from afterglow.channels.contract import (
    Accepted,
    CannotTell,
    Capabilities,
    LookUp,
    Outcome,
    OutgoingMessage,
    Unknown,
)
from afterglow.channels.errors import EXPIRED, is_over, refused
from afterglow.channels.http_account import HttpAccount, Reply, call_back_at, slow_down
from afterglow.rules.facts import Channel

KEYS = (
    Key(name="api_key", meaning="the key of an API key pair", pattern=r"[!-~]+", example="7c1e9a4b-example-key"),
    Key(
        name="api_secret",
        meaning="the secret of that pair",
        pattern=r"[!-~]+",
        example="not-a-real-secret",
        is_secret=True,
    ),
    Key(
        name="signing_secret",
        meaning="the signing secret of the webhook that sends contact.rvm.status to us",
        example="not-a-real-signing-secret",
        is_required=False,
        is_secret=True,
    ),
    Key(
        name="phone_line_id",
        meaning="the id of the phone line to send from; left empty, the account's default line",
        pattern=UUID,
        example="3b8f5d1a-7c3e-4a9b-9f6d-4e2a8c1b7d53",
        is_required=False,
    ),
    Key(
        name="caller_id",
        meaning="a number of your own carrier to show, like +12025550142",
        pattern=PHONE_NUMBER,
        example="+12025550142",
        is_required=False,
    ),
    Key(
        name="media_id",
        meaning="the id of a recording uploaded to Drop Cowboy",
        pattern=UUID,
        example="5e4f3a2b-1c0d-4e9f-8a7b-6c5d4e3f2a1b",
        is_required=False,
    ),
    Key(
        name="recording_url",
        meaning="the web address of a recording; Drop Cowboy's support must have allowed this for your account",
        pattern=r"https?://\S+",
        example="https://care.example.test/voicemail.mp3",
        is_required=False,
    ),
    Key(
        name="voice_id",
        meaning="the id of the voice that reads the message out, when there is no recording",
        pattern=UUID,
        example="9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d",
        is_required=False,
    ),
    address_key("Drop Cowboy", "https://api-v2.dropcowboy.com"),
)

# A day, less what two clocks may differ by and a message may wait.
REPEATS_SAFELY_FOR = timedelta(hours=23)
LONGEST_SPEECH = 1_200  # characters; more is found out only with the report, when it is too late to say it otherwise


def from_config(config: Mapping[str, str], callbacks: str = "") -> DropCowboySender:
    """A sender for one account; raises ConfigFault with everything that is missing or wrong."""
    return DropCowboySender(checked(config, keys=KEYS, rules=(_has_sound, has_private_address)), callbacks)


class DropCowboySender(HttpAccount):
    """A Drop Cowboy account. What is in doubt may be sent again with the same token: it is taken once."""

    def __init__(self, settings: Mapping[str, str], callbacks: str) -> None:
        super().__init__(
            headers={
                "x-key": settings["api_key"],
                "x-secret": settings["api_secret"],
                "Content-Type": "application/json",
                "Accept": "application/json",
            }
        )
        self.capabilities = Capabilities(
            channel=Channel.VOICE,
            has_callbacks=bool(callbacks),
            holds_quiet_hours=True,
            repeats_safely_for=REPEATS_SAFELY_FOR,
        )
        self._url = URL(settings["address"].rstrip("/") + "/rvm")
        self._callbacks = callbacks
        self._line = {name: settings[name] for name in ("phone_line_id", "caller_id") if settings[name]}
        self._recording = _recording(settings)
        self._voice = settings["voice_id"]

    async def send(self, message: OutgoingMessage) -> Outcome:
        """What Drop Cowboy answered. In doubt (a timeout, a broken line, a server error) the answer is Unknown."""
        if is_over(message):
            return EXPIRED
        if not self._recording and not 0 < len(message.text.strip()) <= LONGEST_SPEECH:
            return refused("content", "length", f"a voice reads out 1 to {LONGEST_SPEECH} characters")
        reply = await self._post(self._url, self.body(message), headers={"Idempotency-Key": message.token})
        return _outcome(reply) if isinstance(reply, Reply) else reply

    def body(self, message: OutgoingMessage) -> bytes:
        """The request's JSON: the same for the same message, or a repeat would be refused."""
        sound = self._recording or {"tts_body": message.text, "voice_id": self._voice}
        fields = {"to": message.to, **self._line, **sound, "foreign_id": message.token}
        if self._callbacks:
            fields["callback_url"] = call_back_at(self._callbacks, "result", message.token)
        return json.dumps(fields).encode("ascii")

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        """Always CannotTell: Drop Cowboy is not asked, it is told again."""
        return CannotTell("Drop Cowboy cannot be asked by our own id")


def _has_sound(settings: Mapping[str, str]) -> Iterable[str]:
    if not _recording(settings) and not settings["voice_id"]:
        yield "A voicemail needs a sound: give media_id or recording_url, or voice_id to have the message read out."


def _recording(settings: Mapping[str, str]) -> dict[str, str]:
    if settings["media_id"]:
        return {"media_id": settings["media_id"]}
    return {"audio_url": settings["recording_url"]} if settings["recording_url"] else {}


def _outcome(reply: Reply) -> Outcome:
    answer = reply.object
    if reply.is_taken:
        message_id = answer.get("message_id")
        is_known = isinstance(message_id, str) and message_id
        return Accepted(str(message_id)) if is_known else Unknown(f"unreadable answer to http {reply.status}")
    if reply.status == 429:
        return slow_down(reply.headers, code="429")
    words = answer.get("detail") or answer.get("title") or ""
    return refused("configuration", str(answer.get("code") or reply.status), str(words))
