"""ActiveCampaign: no e-mail of ours, but the start of an automation that the practice has built there.

A send keeps the contact (address and first name, never a treatment) and then starts the step's own automation: by a tag
that it waits for, or directly. Every request before the last may be repeated; the last is asked about by `look_up`.
"""

from __future__ import annotations

import json
from asyncio import timeout
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientResponseError
from yarl import URL

from afterglow.channels.activecampaign_settings import KEYS, RULES
from afterglow.channels.config_check import checked
from afterglow.channels.contract import (
    Absent,
    Accepted,
    CannotTell,
    Capabilities,
    Found,
    LookUp,
    Outcome,
    OutgoingMessage,
    Refused,
    Unknown,
)
from afterglow.channels.errors import EXPIRED, is_over, refused
from afterglow.channels.http_account import FAULTS, HttpAccount, Reply, slow_down
from afterglow.rules.facts import Channel, Function

CLOCK_TOLERANCE = timedelta(seconds=60)
PREPARING_SECONDS, STARTING_SECONDS = 8, 6
EVENT = "afterglow_started"  # 32 characters at most
REQUESTS_PER_SECOND, REQUESTS_PER_MESSAGE = 5, 4
_PAGE = 100


@dataclass(frozen=True, slots=True)
class _Start:
    """What starts a step's automation, in the words of the API: a thing of this `kind` with this id is added."""

    kind: str  # contactTag | contactAutomation
    field: str  # tag | automation
    id: str
    moment: str  # the field that says when it was added


class _Stopped(Exception):
    """The send ends here, before anything was started."""

    def __init__(self, outcome: Refused) -> None:
        super().__init__(outcome.kind)
        self.outcome = outcome


def from_config(config: Mapping[str, str], callbacks: str = "") -> ActiveCampaignSender:
    """A sender for one account; raises ConfigFault with everything that is missing or wrong."""
    return ActiveCampaignSender(checked(config, keys=KEYS, rules=RULES), callbacks)


class ActiveCampaignSender(HttpAccount):
    """An ActiveCampaign account. What it accepts is an automation's start; when that writes is up to the practice."""

    def __init__(self, settings: Mapping[str, str], callbacks: str = "") -> None:
        super().__init__(headers={"Api-Token": settings["api_token"], "Accept": "application/json"})
        self.capabilities = Capabilities(
            channel=Channel.EMAIL,
            has_look_up=True,
            has_callbacks=bool(callbacks),
            per_second=REQUESTS_PER_SECOND / REQUESTS_PER_MESSAGE,
        )
        self._settings = settings
        self._tags: dict[str, str] = {}

    async def send(self, message: OutgoingMessage) -> Outcome:
        """Accepted when the automation was started. A fault before that is Refused: nothing has happened yet."""
        if is_over(message):
            return EXPIRED
        if not self._is_set_up_for(message):
            return refused("content", "no_automation", _nothing_for(message.function))
        try:
            async with timeout(PREPARING_SECONDS):
                contact = await self._synced(message)
                start = await self._start(message)
                entries = await self._entries(contact, start)
                if already := _since(entries, start, message):
                    return Accepted(f"{start.kind}:{already['id']}")
                for stale in entries if start.kind == "contactTag" else ():
                    await self._remove_tag(stale["id"])
                await self._note(message)
        except _Stopped as stop:
            return stop.outcome
        except FAULTS as fault:
            return _nothing_started(fault)
        return await self._started(contact, start)

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        """Whether the step's tag or automation was added to the contact since a minute before the message was made."""
        if not self._is_set_up_for(message):
            return CannotTell("nothing is set up for this step any more")
        try:
            listed = await self._get(self._url("contacts", email=message.to))
            start = await self._start(message)
            for contact in listed["contacts"]:
                entries = await self._entries(str(contact["id"]), start)
                known = [entry for entry in entries if f"{start.kind}:{entry['id']}" not in but_not]
                if found := _since(known, start, message):
                    return Found(f"{start.kind}:{found['id']}")
        except _Stopped as stop:
            return CannotTell(stop.outcome.kind)
        except FAULTS as fault:
            # Only the kind of fault: its words may hold the address we asked for.
            return CannotTell(type(fault).__name__)
        return Absent()

    async def _synced(self, message: OutgoingMessage) -> str:
        """The contact's id, after its name and, if the practice wants it, the message's text were kept."""
        contact: dict[str, Any] = {"email": message.to}
        if message.first_name:
            contact["firstName"] = message.first_name
        if field := self._settings["text_field"]:
            contact["fieldValues"] = [{"field": field, "value": message.text}]
        reply = await self._posted(self._url("contact/sync"), _json({"contact": contact}), _JSON)
        if reply.status == 422 and b"email" in reply.body.lower():
            raise _Stopped(refused("invalid_address", "422"))
        return str(_taken(reply).object["contact"]["id"])

    async def _start(self, message: OutgoingMessage) -> _Start:
        if automation := self._settings[f"automation_{message.function}"]:
            return _Start("contactAutomation", "automation", automation, "adddate")
        return _Start("contactTag", "tag", await self._tag(self._settings[f"tag_{message.function}"]), "cdate")

    async def _tag(self, name: str) -> str:
        """The id of a tag. It is never made here: a misspelt one would start nothing, and nobody would notice."""
        if name not in self._tags:
            listed = await self._get(self._url("tags", search=name, limit=str(_PAGE)))
            same = [str(tag["id"]) for tag in listed["tags"] if tag["tag"].casefold() == name.casefold()]
            if not same:
                raise _Stopped(refused("content", "no_tag", f"ActiveCampaign knows no tag called {name}"))
            self._tags[name] = same[0]
        return self._tags[name]

    async def _entries(self, contact: str, start: _Start) -> list[dict[str, Any]]:
        """Every time that what starts this step's automation was added to the contact."""
        listed = await self._get(self._url(f"contacts/{contact}/{start.kind}s", limit=str(_PAGE)))
        return [
            entry
            for entry in listed[f"{start.kind}s"]
            if start.id == str(entry.get(start.field) or entry.get("seriesid"))
        ]

    async def _remove_tag(self, entry: str) -> None:
        """Take an older tag away: only a tag that is new to a contact starts an automation."""
        async with self._open_session.delete(self._url(f"contactTags/{entry}"), allow_redirects=False) as response:
            if response.status != 404:
                response.raise_for_status()

    async def _note(self, message: OutgoingMessage) -> None:
        """Keep our own id among the contact's events, where the practice tracks them. First, for it starts nothing."""
        if not self._settings["event_account"]:
            return
        form = {
            "actid": self._settings["event_account"],
            "key": self._settings["event_key"],
            "event": EVENT,
            "eventdata": message.token,
            "visit": json.dumps({"email": message.to}),
        }
        # The API's own key is no business of event tracking.
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Api-Token": ""}
        _taken(await self._posted(URL(self._settings["event_address"]), urlencode(form).encode(), headers))

    async def _started(self, contact: str, start: _Start) -> Outcome:
        body = {start.kind: {"contact": int(contact), start.field: int(start.id)}}
        try:
            async with timeout(STARTING_SECONDS):
                reply = await self._post(self._url(f"{start.kind}s"), _json(body), headers=_JSON)
        except TimeoutError as fault:
            return Unknown(type(fault).__name__)
        if not isinstance(reply, Reply):
            return reply
        if not reply.is_taken:
            return _refusal(reply)
        made = reply.object.get(start.kind)
        return Accepted(f"{start.kind}:{made['id']}") if made else Unknown(f"unreadable answer to http {reply.status}")

    async def _posted(self, url: URL, body: bytes, headers: Mapping[str, str]) -> Reply:
        """The answer to a request that may be repeated; a doubt about it is no doubt about the message."""
        reply = await self._post(url, body, headers=headers)
        if isinstance(reply, Unknown):
            raise _Stopped(refused("unavailable", reply.detail))
        if isinstance(reply, Refused):
            raise _Stopped(reply)
        return reply

    def _is_set_up_for(self, message: OutgoingMessage) -> bool:
        name = message.function
        return bool(name and (self._settings[f"tag_{name}"] or self._settings[f"automation_{name}"]))

    def _url(self, path: str, **query: str) -> URL:
        address = f"{self._settings['address'].rstrip('/')}/api/3/{path}"
        return URL(f"{address}?{urlencode(query)}" if query else address, encoded=True)


_CHECK = "ActiveCampaign refuses; check the API key and the numbers set up"
_JSON = {"Content-Type": "application/json"}


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body).encode()


def _taken(reply: Reply) -> Reply:
    if not reply.is_taken:
        raise _Stopped(_refusal(reply))
    return reply


def _refusal(reply: Reply) -> Refused:
    """What ActiveCampaign's no means. Its words are not passed on: they may hold what we sent."""
    if reply.status == 429:
        return slow_down(reply.headers, code="429")
    return refused("configuration", str(reply.status), _CHECK)


def _nothing_started(fault: Exception) -> Refused:
    if isinstance(fault, ClientResponseError) and fault.status == 429:
        return slow_down(fault.headers or {}, code="429")
    if isinstance(fault, ClientResponseError) and fault.status < 500:
        return refused("configuration", str(fault.status), _CHECK)
    return refused("unavailable", type(fault).__name__)


def _since(entries: Iterable[dict[str, Any]], start: _Start, message: OutgoingMessage) -> dict[str, Any] | None:
    earliest = message.created_at - CLOCK_TOLERANCE
    return next((entry for entry in entries if datetime.fromisoformat(entry[start.moment]) >= earliest), None)


def _nothing_for(function: Function | None) -> str:
    if function is None:
        return "this message belongs to no step, so no automation can be started for it"
    return f"set tag_{function} or automation_{function}: nothing at ActiveCampaign is set up for this step"
