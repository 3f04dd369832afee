"""A stand-in for a provider on this machine: a real HTTP server that writes down what it is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from afterglow.channels.contract import Outcome, OutgoingMessage, Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, as it came in."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def object(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("ascii"), strict_parsing=True))


Answering = Callable[[Asked], web.Response]
Trouble = Callable[[web.Request], Awaitable[web.Response]]


@dataclass
class Vendor:
    """A provider that answers, and gets into trouble only after it has taken the request."""

    answer: Answering
    trouble: Trouble | None = None
    address: str = ""
    asked: list[Asked] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        asked = Asked(path=request.path, query=request.query, headers=request.headers, body=await request.read())
        self.asked.append(asked)
        answer = self.answer(asked)
        return await self.trouble(request) if self.trouble else answer


@asynccontextmanager
async def at_work(vendor: Vendor) -> AsyncIterator[Vendor]:
    """The provider on a free port of this machine."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", vendor.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        vendor.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield vendor
    finally:
        await runner.cleanup()


def sent(vendor: Vendor, sender_at: Callable[[str], Sender], message: OutgoingMessage) -> Outcome:
    """What a sender says after handing this message to the provider."""

    async def story() -> Outcome:
        async with at_work(vendor), sender_at(vendor.address) as sender:
            return await sender.send(message)

    return asyncio.run(story())


async def drops_the_line(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def falls_silent(request: web.Request) -> web.Response:
    await asyncio.sleep(5)
    return web.Response()


async def breaks_down(request: web.Request) -> web.Response:
    return web.Response(status=503, text="upstream is down", headers={"Retry-After": "3"})


async def talks_nonsense(request: web.Request) -> web.Response:
    return web.Response(text="<html>welcome</html>", content_type="text/html")


TROUBLES = (drops_the_line, falls_silent, breaks_down, talks_nonsense)
