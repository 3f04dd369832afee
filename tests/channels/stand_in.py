"""A practice at the other end of the stand-in gateway: it sends, and hears what is sent to it, all over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import ClientError, ClientSession, encode_basic_auth, web

from afterglow.channels.gateway import ACCOUNT_SID, AUTH_TOKEN, Gateway, Manners, Record, read_log
from afterglow.channels.twilio_signature import is_genuine
from tests.channels.samples import NOON, ROSA, TEXT

API = f"/2010-04-01/Accounts/{ACCOUNT_SID}"
MESSAGES, CALLS = f"{API}/Messages.json", f"{API}/Calls.json"
OURS = "+12025550100"
FORM = {"To": ROSA, "From": OURS, "Body": TEXT}
SIGNED_IN = {"Authorization": encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)}
BROKEN = 0


@dataclass
class World:
    """One gateway and one practice."""

    gateway: Gateway
    practice: Practice
    log: Path

    async def asked(self, method: str, path: str, **request: Any) -> tuple[int, Any]:
        """What the gateway answers; status 0 when the connection breaks."""
        url = self.gateway.address + path
        try:
            async with ClientSession(headers=SIGNED_IN) as session, session.request(method, url, **request) as response:
                return response.status, json.loads(await response.read() or b"null")
        except ClientError:
            return BROKEN, None

    async def texted(self, **changes: str) -> tuple[int, Any]:
        """What the gateway answers to a text of ours."""
        return await self.asked("POST", MESSAGES, data={**FORM, **changes})

    async def texted_with_reports(self, *, token: str = "tok-1", **changes: str) -> tuple[int, Any]:
        """The same, with an address for delivery reports."""
        return await self.texted(StatusCallback=f"{self.practice.address}/status?token={token}", **changes)

    def events(self, *names: str) -> list[Record]:
        """What the log says happened, of these kinds."""
        return [record for record in read_log(self.log) if record["event"] in names]

    async def until(self, is_so: Callable[[], object]) -> None:
        """Wait for what happens behind an answer."""
        async with asyncio.timeout(5):
            while not is_so():  # noqa: ASYNC110 - what we wait for happens in the log of another party
                await asyncio.sleep(0.005)


@dataclass
class Practice:
    """What it was told, as (path, form) in the order of arrival; `says` is its answer to each path."""

    address: str = ""
    heard: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    says: dict[str, str] = field(default_factory=dict)
    forged: int = 0

    def statuses(self) -> list[str]:
        return [form["MessageStatus"] for path, form in self.heard if path.startswith("/status")]

    async def answer(self, request: web.BaseRequest) -> web.Response:
        pairs = parse_qsl(await request.text(), keep_blank_values=True)
        self.forged += not is_genuine(
            url=self.address + request.path_qs,
            params=pairs,
            signature=request.headers["X-Twilio-Signature"],
            secret=AUTH_TOKEN,
        )
        self.heard.append((request.path_qs, dict(pairs)))
        return web.Response(text=self.says.get(request.path, ""), content_type="text/xml")


@asynccontextmanager
async def practice() -> AsyncIterator[Practice]:
    found = Practice()
    runner = web.ServerRunner(web.Server(found.answer, access_log=None), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield found
    finally:
        await runner.cleanup()


@asynccontextmanager
async def world(folder: Path, **manners: Any) -> AsyncIterator[World]:
    """A gateway with these manners, quick unless they say otherwise; an `inbound` practice can be texted back."""
    inbound = manners.pop("inbound", None)
    log = folder / "gateway.jsonl"
    async with practice() as heard:
        quick: Mapping[str, Any] = {"delivery_ms": 10, "late_ms": 50, "slow_ms": 20, **manners}
        url = heard.address + inbound if inbound else ""
        there = Gateway(log=log, clock=running_from_noon(), manners=Manners(**quick, inbound_url=url))
        async with there:
            yield World(there, heard, log)


def running_from_noon() -> Callable[[], float]:
    """A clock that says it is noon when it is made, and runs."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    return lambda: NOON.timestamp() + loop.time() - started
