"""The stand-in's own calls to a practice: signed as the vendor signs, never in the way of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, TCPConnector
from yarl import URL

from afterglow.channels.gateway.account import signature

Params = Sequence[tuple[str, str]]

_TIMEOUT = ClientTimeout(total=15)
_MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What the practice answered; status 0 when it was not reached or did not answer in time."""

    status: int
    body: str = ""
    fault: str = ""


class Hooks:
    """Calls out, and keeps everything that goes on behind an answer."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        self._session = ClientSession(timeout=_TIMEOUT, connector=TCPConnector(limit=_MOST_AT_ONCE))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    def start(self, life: Coroutine[Any, Any, None]) -> None:
        """Let something go on while answers are given."""
        task = asyncio.create_task(life)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def post(self, url: str, params: Params) -> Reply:
        """The practice's answer to a signed form. As the vendor does, a line that breaks is tried a second time."""
        reply = await self._post(url, params)
        return reply if reply.fault != "not reached" else await self._post(url, params)

    async def _post(self, url: str, params: Params) -> Reply:
        address = url.partition("#")[0]
        headers = {
            "X-Twilio-Signature": signature(address, params),
            "I-Twilio-Idempotency-Token": sha256(repr((address, params)).encode()).hexdigest()[:36],
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "User-Agent": "TwilioProxy/1.1",
        }
        try:
            async with self._session.post(
                URL(address, encoded=True), data=urlencode(params).encode(), headers=headers, allow_redirects=False
            ) as response:
                return Reply(response.status, await response.text(errors="replace"))
        except ClientConnectorError:
            return Reply(0, fault="not reached")
        except (ClientError, TimeoutError, ValueError, OSError) as fault:
            return Reply(0, fault=type(fault).__name__)
