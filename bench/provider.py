"""The stand-in provider as a process of its own, and the plain loop that everything is held against."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from aiohttp import ClientSession, TCPConnector

from afterglow.channels.gateway import ACCOUNT_SID, AUTH_TOKEN, Record, read_log

ROOT = Path(__file__).resolve().parents[1]
QUEUE_MS = 3_600_000

_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Provider:
    address: str
    log: Path

    @property
    def config(self) -> dict[str, str]:
        """The sender account of a practice that texts through it."""
        return {
            "account_sid": ACCOUNT_SID,
            "auth_token": AUTH_TOKEN,
            "from_number": "+12075550199",
            "address": self.address,
            "segments_per_second": "9999",  # the figures are ours, not those of a registration's pace
        }

    def accepted(self) -> list[Record]:
        """Every message it took, oldest first."""
        return [record for record in read_log(self.log) if record["event"] == "accepted"]

    def fail_for(self, seconds: float) -> None:
        """From now on it answers 503, for so long."""
        urlopen(f"{self.address}/stand-in/outage", urlencode({"seconds": seconds}).encode()).close()


@contextmanager
def provider(folder: Path, *, latency_ms: float, options: Sequence[str] = ()) -> Iterator[Provider]:
    """A stand-in whose clock is that of `bench.at_noon`, with these options of its own."""
    log = folder / f"gateway-{next(_NUMBERS)}.jsonl"
    # What it accepts stays in the carrier's queue: delivery reports are not what is measured, and nobody hears them.
    own = ["--log", str(log), "--latency-ms", str(latency_ms), "--queue-ms", str(QUEUE_MS), *options]
    command = [sys.executable, "-m", "bench.at_noon", "gateway", *own]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield Provider(json.loads(process.stdout.readline())["address"], log)
        finally:
            process.terminate()


def plain_rate(to: Provider, messages: Sequence[dict[str, Any]], *, concurrency: int) -> float:
    """Messages a second of a bare loop that posts the same bodies and does nothing else at all."""
    bodies = [_body(message) for message in messages]
    started = time.perf_counter()
    asyncio.run(_post_all(to, bodies, concurrency))
    return len(bodies) / (time.perf_counter() - started)


def _body(message: dict[str, Any]) -> bytes:
    fields = {
        "To": message["to"],
        "StatusCallback": message["status_callback"],
        "ValidityPeriod": message["validity_period"],
        "From": message["from"],
        "Body": message["body"],
    }
    return urlencode({name: value for name, value in fields.items() if value}).encode()


async def _post_all(to: Provider, bodies: Sequence[bytes], concurrency: int) -> None:
    url = f"{to.address}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    headers = {
        "Authorization": "Basic " + b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode(),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    waiting = iter(bodies)

    async def post_the_rest(session: ClientSession) -> None:
        for body in waiting:
            async with session.post(url, data=body) as response:
                assert response.status == 201
                await response.read()

    async with ClientSession(headers=headers, connector=TCPConnector(limit=concurrency)) as session:
        await asyncio.gather(*(post_the_rest(session) for _ in range(concurrency)))
