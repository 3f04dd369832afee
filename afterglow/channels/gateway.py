"""A stand-in for a text-message provider on this machine: it speaks Twilio's Messages API and texts nobody.

`python -m afterglow.channels.gateway --port 0 --log FILE --latency-ms 50` prints its address as JSON.
Twilio's own test numbers are refused as Twilio does: +15005550001 is invalid, +15005550004 has opted out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from afterglow.channels.gateway_checks import Fault, fault_of

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "stand-in"  # noqa: S105 - known to all: nothing here is secret
LARGEST_PAGE = 1000

Record = dict[str, Any]


class Gateway:
    """A running gateway; use it as an async context manager. Every accepted message is a line of `log`.

    The line is written before the answer, in one piece, by the operating system: it outlives any crash of whoever
    sent the message. A gateway that starts again with the same log knows what it accepted before.
    """

    def __init__(
        self, *, log: Path, clock: Callable[[], float], port: int = 0, host: str = "127.0.0.1", latency: float = 0
    ) -> None:
        self._log_path, self._clock, self._latency = log, clock, latency
        self._host, self._port = host, port
        self._authorization = "Basic " + b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode("ascii")
        self._path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
        self._by_number: dict[str, list[Record]] = {}
        self._by_sid: dict[str, Record] = {}
        self.address = ""

    async def __aenter__(self) -> Gateway:
        for line in self._log_path.read_text().splitlines() if self._log_path.exists() else ():
            self._remember(json.loads(line))
        self._log = os.open(self._log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port, backlog=1024).start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        os.close(self._log)

    @property
    def accepted(self) -> list[Record]:
        """Every accepted message, oldest first, as it stands in the log."""
        return list(self._by_sid.values())

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if request.headers.get("Authorization") != self._authorization:
            return _refusal(Fault(401, 20003, "Authenticate"))
        if request.path == self._path + ".json":
            if request.method == "POST":
                return await self._accept(await request.read())
            if request.method == "GET":
                return self._list(dict(request.query))
        record = self._by_sid.get(request.path.removeprefix(self._path + "/").removesuffix(".json"))
        if record is None or request.method != "GET":
            return _refusal(Fault(404, 20404, "The requested resource was not found"))
        return _json(200, self._resource(record))

    async def _accept(self, body: bytes) -> web.Response:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        fault = fault_of(form)
        if fault is None:
            record = self._record(form)
            os.write(self._log, json.dumps(record).encode() + b"\n")
            self._remember(record)
            response = _json(201, self._resource(record))
        else:
            response = _refusal(fault)
        if self._latency:
            await asyncio.sleep(self._latency)
        return response

    def _record(self, form: dict[str, str]) -> Record:
        callback = form.get("StatusCallback", "")
        return {
            "sid": f"SM{len(self._by_sid) + 1:032x}",
            "to": form["To"],
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "body": form["Body"],
            "validity_period": form.get("ValidityPeriod"),
            "status_callback": callback,
            "token": callback.partition("token=")[2].partition("&")[0],
            "date_created": _stamp(int(self._clock())),
        }

    def _remember(self, record: Record) -> None:
        self._by_sid[record["sid"]] = record
        self._by_number.setdefault(record["to"], []).append(record)

    def _list(self, query: dict[str, str]) -> web.Response:
        size = min(int(query.get("PageSize", "50")), LARGEST_PAGE)
        page = int(query.get("Page", "0"))
        found = self._by_number.get(query["To"], []) if "To" in query else self.accepted
        newest_first = found[::-1][page * size : (page + 1) * size]
        has_more = len(found) > (page + 1) * size
        following = urlencode({**query, "PageSize": size, "Page": page + 1})
        answer = {
            "messages": [self._resource(record) for record in newest_first],
            "next_page_uri": f"{self._path}.json?{following}" if has_more else None,
            "page": page,
            "page_size": size,
        }
        return _json(200, answer)

    def _resource(self, record: Record) -> Record:
        """A message as the API shows it: the callback's address, and so our token, is not among its fields."""
        return {
            "sid": record["sid"],
            "account_sid": ACCOUNT_SID,
            "to": record["to"],
            "from": record["from"],
            "messaging_service_sid": record["messaging_service_sid"],
            "body": record["body"],
            "status": "accepted" if record["messaging_service_sid"] else "queued",
            "direction": "outbound-api",
            "date_created": record["date_created"],
            "date_updated": record["date_created"],
            "date_sent": None,
            "error_code": None,
            "error_message": None,
            "uri": f"{self._path}/{record['sid']}.json",
        }


@lru_cache(maxsize=4)
def _stamp(second: int) -> str:
    return formatdate(second).replace("-0000", "+0000")


def _refusal(fault: Fault) -> web.Response:
    more = f"https://www.twilio.com/docs/errors/{fault.code}"
    answer = {"code": fault.code, "message": fault.message, "more_info": more, "status": fault.status}
    return _json(fault.status, answer)


def _json(status: int, answer: Record) -> web.Response:
    return web.Response(body=json.dumps(answer).encode(), status=status, content_type="application/json")


async def serve(gateway: Gateway) -> None:
    async with gateway:
        sys.stdout.write(json.dumps({"address": gateway.address}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Run until stopped."""
    parser = argparse.ArgumentParser(description="A local stand-in for a text-message provider. It texts nobody.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--log", type=Path, required=True, help="where accepted messages are appended, one JSON a line")
    parser.add_argument("--latency-ms", type=float, default=0, help="how long a sent message waits for its answer")
    options = parser.parse_args()
    clock = time.time  # noqa: TID251 - a program of its own: this is its edge
    gateway = Gateway(log=options.log, clock=clock, port=options.port, latency=options.latency_ms / 1000)
    try:
        asyncio.run(serve(gateway))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
