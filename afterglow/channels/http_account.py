"""What accounts that are reached over HTTP share: one open session, and an honest answer to "did it leave?"."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import quote

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
)
from yarl import URL

from afterglow.channels.contract import Refused, Unknown
from afterglow.channels.errors import refused

# Whatever goes wrong when a question is asked that may be asked again.
FAULTS = (ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError, AttributeError)

# `connect` includes the wait for a free connection of the pool: when it runs out, nothing has left.
_TIMEOUT = ClientTimeout(total=15, connect=5)
_NOT_REACHED = (ClientConnectorError, ConnectionTimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a provider answered, whatever it was."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def object(self) -> dict[str, Any]:
        """The JSON object in the body; empty when there is none."""
        return json_object(self.body)


class HttpAccount:
    """An account that speaks HTTP. It never repeats a request by itself, follows no redirect and keeps no cookie."""

    def __init__(self, *, headers: Mapping[str, str]) -> None:
        self._headers = {"User-Agent": "afterglow", **headers}
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = ClientSession(headers=self._headers, timeout=_TIMEOUT, cookie_jar=DummyCookieJar())
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._open_session.close()

    async def _post(
        self, url: URL, body: bytes, *, headers: Mapping[str, str] | None = None
    ) -> Reply | Refused | Unknown:
        """What was answered. Refused when nobody was reached; Unknown when nobody can say whether it was taken."""
        try:
            async with self._open_session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                reply = Reply(status=response.status, body=await response.read(), headers=response.headers)
        except _NOT_REACHED as fault:
            return refused("unavailable", type(fault).__name__)
        except (ClientError, TimeoutError, OSError) as fault:
            return Unknown(type(fault).__name__)
        # A server error is no promise that the message was not taken.
        return Unknown(f"http {reply.status}") if reply.status >= 500 or reply.status == 408 else reply

    async def _get(self, url: URL) -> Any:
        """The JSON that was answered; raises one of FAULTS."""
        async with self._open_session.get(url, allow_redirects=False, raise_for_status=True) as response:
            return json.loads(await response.read())

    @property
    def _open_session(self) -> ClientSession:
        if self._session is None:
            raise RuntimeError("use the sender inside `async with`")
        return self._session


def slow_down(headers: Mapping[str, str], *, code: str, pause_header: str = "Retry-After") -> Refused:
    """The refusal of a provider that asks to come back later, with the pause that the headers of its answer ask for."""
    return replace(refused("rate", code), retry_after=_asked_pause(headers, pause_header))


def _asked_pause(headers: Mapping[str, str], name: str) -> timedelta | None:
    """The pause a header asks for, in seconds or until a moment; a moment is counted from the answer's own Date."""
    asked = headers.get(name, "").strip()
    if re.fullmatch(r"\d{1,6}", asked):
        return timedelta(seconds=int(asked))
    try:
        pause = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return max(pause, timedelta(0))


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in these bytes; empty when there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def call_back_at(callbacks: str, hook: str, token: str) -> str:
    """The address at which a provider reports about one message; `receipts.token_of` reads the token back."""
    return f"{callbacks}{hook}?token={quote(token, safe='')}"
