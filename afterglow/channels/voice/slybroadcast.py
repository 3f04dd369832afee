"""Voicemails left without a ring through Slybroadcast, to numbers of the United States and Canada.

Source: https://www.slybroadcast.com/documentation.php. It plays a recording and cannot read out a text. Its only
look-up (`callstatus`) wants the session id that a lost answer would have held, so what is in doubt is proven by the
token in the report's address; for people the token is the campaign's title. Delivery at once (`c_date=now`) spares us
its Eastern time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode, urlsplit

from yarl import URL

from afterglow.channels.config_check import Key, address_key, checked, has_private_address
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
from afterglow.channels.errors_voicemail import slybroadcast_refusal
from afterglow.channels.http_account import HttpAccount, Reply, call_back_at, slow_down
from afterglow.rules.facts import Channel

KEYS = (
    Key(name="user", meaning="the e-mail address you sign in with", pattern=r"\S+@\S+", example="desk@example.test"),
    Key(name="password", meaning="the password you sign in with", example="not-a-real-password", is_secret=True),
    Key(
        name="caller_id",
        meaning="the number shown to the client, like +12025550142",
        pattern=r"\+1[2-9]\d{9}",
        example="+12025550142",
    ),
    Key(
        name="recording_url",
        meaning="the web address of a recording, longer than five seconds and ending in .wav, .mp3 or .m4a",
        pattern=r"https?://[^\s?#]+\.(?i:wav|mp3|m4a)(\?[^\s#]*)?",
        example="https://care.example.test/voicemail.mp3",
        is_required=False,
    ),
    Key(
        name="recording_name",
        meaning="the name of a recording in your Slybroadcast account, letter for letter",
        example="Time for your next visit",
        is_required=False,
    ),
    address_key("Slybroadcast", "https://www.mobile-sphere.com"),
)

_NORTH_AMERICAN = re.compile(r"\+1([2-9]\d{9})")


def from_config(config: Mapping[str, str], callbacks: str = "") -> SlybroadcastSender:
    """A sender for one account; raises ConfigFault with everything that is missing or wrong."""
    return SlybroadcastSender(checked(config, keys=KEYS, rules=(_has_recording, has_private_address)), callbacks)


class SlybroadcastSender(HttpAccount):
    """A Slybroadcast account. Every voicemail is a campaign of one."""

    def __init__(self, settings: Mapping[str, str], callbacks: str) -> None:
        super().__init__(headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.capabilities = Capabilities(channel=Channel.VOICE, has_callbacks=bool(callbacks))
        self._url = URL(settings["address"].rstrip("/") + "/gateway/vmb.php")
        self._callbacks = callbacks
        self._fields = {
            "c_uid": settings["user"],
            "c_password": settings["password"],
            "c_method": "new_campaign",
            "c_callerID": settings["caller_id"].removeprefix("+1"),
            "c_date": "now",
            "mobile_only": "1",
            **_recording(settings),
        }

    async def send(self, message: OutgoingMessage) -> Outcome:
        """What Slybroadcast answered. In doubt (a timeout, a broken line, a server error) the answer is Unknown."""
        if is_over(message):
            return EXPIRED
        if not _NORTH_AMERICAN.fullmatch(message.to):
            return refused("invalid_address", "not a number of the US or Canada")
        reply = await self._post(self._url, self.form(message))
        return _outcome(reply) if isinstance(reply, Reply) else reply

    def form(self, message: OutgoingMessage) -> bytes:
        """The request's form."""
        fields = {**self._fields, "c_phone": message.to.removeprefix("+1"), "c_title": message.token}
        if self._callbacks:
            fields["c_dispo_url"] = call_back_at(self._callbacks, "status", message.token)
        return urlencode(fields).encode("ascii")

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        """Always CannotTell: Slybroadcast finds a campaign only by the id it answered with."""
        return CannotTell("Slybroadcast cannot be asked by our own id")


def _has_recording(settings: Mapping[str, str]) -> Iterable[str]:
    if not settings["recording_url"] and not settings["recording_name"]:
        yield "A voicemail needs a recording: give recording_url or recording_name."


def _recording(settings: Mapping[str, str]) -> dict[str, str]:
    if not settings["recording_url"]:
        return {"c_record_audio": settings["recording_name"]}
    kind = urlsplit(settings["recording_url"]).path.rpartition(".")[2].lower()
    return {"c_url": settings["recording_url"], "c_audio": kind}


def _outcome(reply: Reply) -> Outcome:
    """`OK` and a session id, or `ERROR` and what is wrong: both come with http 200."""
    if reply.status == 429:
        return slow_down(reply.headers, code="429")
    if not reply.is_taken:
        return refused("configuration", str(reply.status))
    verdict, _, rest = reply.text.strip().partition("\n")
    if verdict.strip().upper() == "OK":
        session_id = re.search(r"session_id\s*=\s*(\w+)", rest)
        return Accepted(session_id[1]) if session_id else Unknown("an OK without a session id")
    if verdict.upper().startswith("ERROR"):
        words = " ".join(re.sub(r"^ERROR\W*", "", reply.text.strip(), flags=re.I).split())
        return refused(slybroadcast_refusal(words), "ERROR", words)
    return Unknown(f"unreadable answer to http {reply.status}")
