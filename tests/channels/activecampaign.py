"""ActiveCampaign on this machine: contacts, tags and automations, and how a message gets there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from afterglow.channels.contract import Outcome, OutgoingMessage
from afterglow.channels.email.activecampaign import ActiveCampaignSender, from_config
from afterglow.rules.facts import Function
from tests.channels.samples import NOON, message

ROSA = "rosa@example.test"
KEY = "key-of-glow"
Answer = Callable[[web.Request], web.StreamResponse | None]


@dataclass
class ActiveCampaign:
    """Keeps contacts, adds each tag to a contact once, and starts an automation as often as it is told to."""

    now: datetime = NOON
    address: str = ""
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=lambda: {"Time to rebook": "20", "Time to rebook soon": "21"})
    tagged: list[dict[str, str]] = field(default_factory=list)
    automations: list[dict[str, str]] = field(default_factory=list)
    events: list[dict[str, str]] = field(default_factory=list)
    started: int = 0  # how often a client would be written to
    asked: list[str] = field(default_factory=list)
    says_first: Answer | None = None  # what to answer instead
    drops_after: str = ""  # the request that is taken, and whose answer never arrives

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if request.path != "/event" and request.headers.get("Api-Token") != KEY:
            return web.json_response({"message": "You do not have permission"}, status=403)
        if self.says_first and (said := self.says_first(request)):
            return said
        handlers = [self._sync, self._contacts, self._tags, self._entries, self._add, self._remove, self._event]
        said = next(filter(None, [await handle(request) for handle in handlers]), web.Response(status=404))
        if f"{request.method} {request.path}".endswith(self.drops_after or "-"):
            assert request.transport is not None
            request.transport.close()
        return said

    async def _sync(self, request: web.Request) -> web.Response | None:
        if request.path != "/api/3/contact/sync":
            return None
        contact = (await request.json())["contact"]
        if "@" not in contact["email"]:
            return web.json_response({"errors": [{"code": "email_invalid"}]}, status=422)
        known = self.contacts.setdefault(contact["email"], {"id": str(len(self.contacts) + 12)})
        known |= contact
        return web.json_response({"contact": known}, status=201)

    async def _contacts(self, request: web.Request) -> web.Response | None:
        if request.path != "/api/3/contacts":
            return None
        found = self.contacts.get(request.query["email"])
        return web.json_response({"contacts": [found] if found else []})

    async def _tags(self, request: web.Request) -> web.Response | None:
        if request.path != "/api/3/tags":
            return None
        part = request.query["search"].lower()
        return web.json_response(
            {"tags": [{"id": i, "tag": tag} for tag, i in self.tags.items() if part in tag.lower()]}
        )

    async def _entries(self, request: web.Request) -> web.Response | None:
        lists = {"contactTags": self.tagged, "contactAutomations": self.automations}
        kind = request.path.rpartition("/")[2]
        if request.method != "GET" or kind not in lists:
            return None
        contact = request.path.split("/")[-2]
        return web.json_response({kind: [entry for entry in lists[kind] if entry["contact"] == contact]})

    async def _add(self, request: web.Request) -> web.Response | None:
        kind = request.path.rpartition("/")[2].removesuffix("s")
        if request.method != "POST" or kind not in ("contactTag", "contactAutomation"):
            return None
        wanted = (await request.json())[kind]
        entry = {"contact": str(wanted["contact"]), "id": str(self.started + 7)}
        if kind == "contactAutomation":
            entry |= {"automation": str(wanted["automation"]), "adddate": self.now.isoformat()}
            self.automations.append(entry)
        else:
            entry |= {"tag": str(wanted["tag"]), "cdate": self.now.isoformat()}
            same = [each for each in self.tagged if (each["contact"], each["tag"]) == (entry["contact"], entry["tag"])]
            if same:
                return web.json_response({kind: same[0]})
            self.tagged.append(entry)
        self.started += 1
        return web.json_response({kind: entry}, status=201)

    async def _remove(self, request: web.Request) -> web.Response | None:
        if request.method != "DELETE":
            return None
        self.tagged = [entry for entry in self.tagged if entry["id"] != request.path.rpartition("/")[2]]
        return web.json_response({})

    async def _event(self, request: web.Request) -> web.Response | None:
        if request.path != "/event":
            return None
        assert not request.headers["Api-Token"]
        self.events.append(dict(parse_qsl(await request.text())))
        return web.json_response({"success": 1})


@asynccontextmanager
async def activecampaign(**changes: Any) -> AsyncIterator[ActiveCampaign]:
    there = ActiveCampaign(**changes)
    runner = web.ServerRunner(web.Server(there.answer))  # type: ignore[arg-type]
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    there.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield there
    finally:
        await runner.cleanup()


def account(address: str, /, **changes: str) -> dict[str, str]:
    plain = {"address": address, "api_token": KEY, "tag_rebook": "time to rebook", "automation_results": "3"}
    return {**plain, **changes}


def rebook(**changes: Any) -> OutgoingMessage:
    return message(**{"to": ROSA, "first_name": "Rosa", "function": Function.REBOOK, **changes})


Story = Callable[[ActiveCampaign, ActiveCampaignSender], Awaitable[Any]]


def told(story: Story, settings: dict[str, str] | None = None, **changes: Any) -> tuple[Any, ActiveCampaign]:
    async def run() -> tuple[Any, ActiveCampaign]:
        async with activecampaign(**changes) as there:
            own = {name: value.replace("HERE", there.address) for name, value in (settings or {}).items()}
            async with from_config(account(there.address, **own)) as sender:
                return await story(there, sender), there

    return asyncio.run(run())


def sent(
    *messages: OutgoingMessage, settings: dict[str, str] | None = None, **changes: Any
) -> tuple[Any, ActiveCampaign]:
    """The outcome of the last message, and ActiveCampaign as it was left."""

    async def story(there: ActiveCampaign, sender: ActiveCampaignSender) -> Outcome:
        return [await sender.send(each) for each in messages or (rebook(),)][-1]

    return told(story, settings, **changes)
