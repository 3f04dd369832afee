"""What the channel tests share: a message to Rosa, account settings and servers that misbehave on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from afterglow.channels.contract import OutgoingMessage
from afterglow.channels.gateway import ACCOUNT_SID, AUTH_TOKEN, Gateway, Manners
from afterglow.channels.sms import twilio
from afterglow.channels.voice import twilio as twilio_voice

NOON = datetime(2026, 5, 7, 12, tzinfo=UTC)
ROSA = "+12025550143"
TOKEN = "tok-8f3c"
TEXT = "Hi Rosa, it's Glow Clinic. How do you feel today? Swelling & bruising: call us. Café, 50% + more"
CALLBACKS = "https://care.example.test/hooks/messages/h00k/"


def message(**changes: Any) -> OutgoingMessage:
    return OutgoingMessage(**{"token": TOKEN, "to": ROSA, "text": TEXT, "created_at": NOON, **changes})


def twilio_account(**changes: str) -> dict[str, str]:
    """Settings that the stand-in gateway accepts."""
    return {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN, "from_number": "+12025550100", **changes}


def sender_at(address: str, callbacks: str = "") -> twilio.TwilioSender:
    return twilio.from_config(twilio_account(address=address), callbacks)


def caller_account(**changes: str) -> dict[str, str]:
    return {**twilio_account(), "practice_name": "Glow Clinic", **changes}


def caller_at(address: str, callbacks: str = CALLBACKS, **changes: str) -> twilio_voice.TwilioCaller:
    return twilio_voice.from_config(caller_account(address=address, **changes), callbacks)


def gateway(tmp_path: Path, *, now: datetime = NOON, manners: Manners | None = None) -> Gateway:
    return Gateway(log=tmp_path / "accepted.jsonl", clock=now.timestamp, manners=manners)


@dataclass
class Heard:
    """What a scripted server was asked, request by request."""

    address: str = ""
    requests: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def answering(*answers: bytes, keeps_line: bool = False) -> AsyncIterator[Heard]:
    """A server that gives the next answer, as it stands, to each request and then hangs up.

    With `keeps_line` it hangs up only instead of an empty answer.
    """
    heard, rest = Heard(), list(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_open = True
        while is_open and (request := await _request(reader)):
            heard.requests.append(request)
            writer.write(said := rest.pop(0))
            is_open = keeps_line and bool(said)

    async with serving(answer) as port:
        heard.address = f"http://127.0.0.1:{port}"
        yield heard


@asynccontextmanager
async def serving(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[int]:
    """A server on a free port of this machine; it hangs up when `talk` has ended."""
    lines: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.add(cast("asyncio.Task[Any]", asyncio.current_task()))
        try:
            await talk(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        yield int(server.sockets[0].getsockname()[1])
    await asyncio.gather(*lines)


def parsed(request: bytes) -> tuple[str, dict[str, str], str]:
    """Request line, headers by their lower-case names, and body of a request as a server received it."""
    head, _, body = request.decode().partition("\r\n\r\n")
    line, *headers = head.split("\r\n")
    return line, {name.lower(): value for name, _, value in (header.partition(": ") for header in headers)}, body


async def _request(reader: asyncio.StreamReader) -> bytes:
    """The whole next request, or nothing when the client has hung up."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or b"0")
    return head + await reader.readexactly(length)


def http(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
