"""The gateway itself: who asks, what goes wrong, and which part of it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from aiohttp import web
from yarl import URL

from afterglow.channels.gateway.account import API, AUTHORIZATION
from afterglow.channels.gateway.answers import BROKEN, DOWN, NOT_FOUND, STRANGER, json_answer, refusal, too_many
from afterglow.channels.gateway.calls import Calls
from afterglow.channels.gateway.chaos import BEFORE, Chaos
from afterglow.channels.gateway.faults import Fault
from afterglow.channels.gateway.hooks import Hooks
from afterglow.channels.gateway.journal import Journal, Record
from afterglow.channels.gateway.magic import magic_of
from afterglow.channels.gateway.manners import Manners
from afterglow.channels.gateway.pace import Pace
from afterglow.channels.gateway.phone import PATH as PHONE
from afterglow.channels.gateway.phone import Phone
from afterglow.channels.gateway.texts import Texts, token_in

PIECES = 20  # of an answer that trickles in

Form = list[tuple[str, str]]


class Gateway:
    """A running gateway; use it as an async context manager. Everything that happens is a line of `log`.

    The line is written before the answer: it outlives any crash of whoever sent the message. A gateway that starts
    again with the same log knows what it accepted before, and goes on with what was under way.
    """

    def __init__(
        self,
        *,
        log: Path,
        clock: Callable[[], float],
        port: int = 0,
        host: str = "127.0.0.1",
        latency: float = 0,
        manners: Manners | None = None,
    ) -> None:
        self._host, self._port, self._latency = host, port, latency
        self._manners = manners or Manners()
        self._journal, self._hooks, self._chaos = Journal(log, clock), Hooks(), Chaos(self._manners)
        parts = (self._journal, self._hooks, self._chaos, self._manners)
        self._texts, self._calls = Texts(*parts), Calls(*parts)
        self._phone = Phone(self._journal, self._hooks, self._manners)
        self._pace = Pace(self._manners.rate)
        self.address = ""

    async def __aenter__(self) -> Gateway:
        self._journal.open()
        self._hooks.open()
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port, backlog=1024).start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"
        self._texts.resume()
        self._calls.resume()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        await self._hooks.close()
        self._journal.close()

    @property
    def accepted(self) -> list[Record]:
        """Every accepted text, oldest first, as it stands in the log."""
        return self._journal.texts.all()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith(PHONE):
            return await self._phone.answer(request)
        if request.headers.get("Authorization") != AUTHORIZATION:
            return refusal(STRANGER)
        pairs = _pairs(await request.read()) if request.method == "POST" else []
        form = dict(pairs)
        trouble = self._trouble(form)
        if not trouble:
            return (await self._proper(request, pairs, form))[0]
        if trouble in BEFORE:
            self._note_trouble(request, form, trouble)
            return self._instead(request, trouble)
        response, record = await self._proper(request, pairs, form)
        self._note_trouble(request, form, trouble, record)
        return await self._spoiled(request, response, trouble)

    def _trouble(self, form: dict[str, str]) -> str:
        if self._journal.outage["until"] and self._journal.is_down():
            return "503" if self._journal.outage["how"] == "503" else "drop-before"
        if self._manners.magic_numbers and form:
            return magic_of(form.get("To", "")).trouble or self._chaos.for_request()
        return self._chaos.for_request()

    def _note_trouble(
        self, request: web.BaseRequest, form: dict[str, str], how: str, record: Record | None = None
    ) -> None:
        kind = _kind(request) if request.method == "POST" else "look_up"
        self._journal.note("disturbed", **_named(kind, form), sid=record["sid"] if record else None, how=how)

    def _instead(self, request: web.BaseRequest, trouble: str) -> web.Response:
        if trouble == "429":
            return refusal(too_many(self._chaos.seconds_to_wait()))
        if trouble == "drop-before":
            return _hang_up(request)
        return refusal(BROKEN if trouble == "500" else DOWN)

    async def _spoiled(self, request: web.BaseRequest, response: web.Response, trouble: str) -> web.StreamResponse:
        if trouble == "500-after":
            return refusal(BROKEN)
        if trouble == "drop-after":
            return _hang_up(request)
        if trouble == "slow":
            return await self._trickled(request, response)
        await asyncio.sleep(self._manners.late_ms / 1000)
        return response

    async def _trickled(self, request: web.BaseRequest, response: web.Response) -> web.StreamResponse:
        body = response.body if isinstance(response.body, bytes) else b""
        stream = web.StreamResponse(status=response.status, headers={"Content-Type": "application/json"})
        stream.content_length = len(body)
        await stream.prepare(request)
        size = len(body) // PIECES + 1
        for start in range(0, len(body), size):
            await asyncio.sleep(self._manners.slow_ms / 1000 / PIECES)
            await stream.write(body[start : start + size])
        await stream.write_eof()
        return stream

    async def _proper(
        self, request: web.BaseRequest, pairs: Form, form: dict[str, str]
    ) -> tuple[web.Response, Record | None]:
        """The vendor's answer, and the text or call that it accepted."""
        for part in (self._texts, self._calls):
            collection = part.collection
            if not request.path.startswith(collection.path):
                continue
            if request.path == collection.path + ".json":
                if request.method == "POST":
                    return await self._create(request, part, pairs, form)
                if request.method == "GET":
                    return collection.page(dict(request.query)), None
            elif request.method == "GET":
                return collection.one(request.path), None
        return refusal(NOT_FOUND), None

    async def _create(
        self, request: web.BaseRequest, part: Texts | Calls, pairs: Form, form: dict[str, str]
    ) -> tuple[web.Response, Record | None]:
        if self._manners.rate:
            fault = await self._turn(request)
            if fault:
                self._note_refusal(request, form, fault)
                return refusal(fault), None
        taken = part.take(pairs, form)
        if isinstance(taken, Fault):
            self._note_refusal(request, form, taken)
            response, record = refusal(taken), None
        else:
            response, record = json_answer(201, part.show(taken)), taken
            part.begin(taken)
        if self._latency:
            await asyncio.sleep(self._latency)
        return response, record

    async def _turn(self, request: web.BaseRequest) -> Fault | None:
        """Wait until it is this one's turn. Whoever has hung up meanwhile is not served: nothing is sent unseen."""
        now = asyncio.get_running_loop().time()
        if self._manners.rate_refuse and not self._pace.has_turn(now):
            return too_many(1)
        await asyncio.sleep(self._pace.take_turn(now))
        return DOWN if request.transport is None or request.transport.is_closing() else None

    def _note_refusal(self, request: web.BaseRequest, form: dict[str, str], fault: Fault) -> None:
        self._journal.note("refused", **_named(_kind(request), form), code=fault.code, status=fault.status)


def _pairs(body: bytes) -> Form:
    # A form is written like a query, and yarl reads one in compiled code: most of the time goes here otherwise.
    return list(URL.build(query_string=body.decode(), encoded=True).query.items())


def _kind(request: web.BaseRequest) -> str:
    return "call" if request.path.startswith(f"{API}/Calls") else "text"


def _named(kind: str, form: dict[str, str]) -> Record:
    token = token_in(form.get("StatusCallback", "")) or token_in(form.get("Url", ""))
    return {"kind": kind, "to": form.get("To"), "token": token}


def _hang_up(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
