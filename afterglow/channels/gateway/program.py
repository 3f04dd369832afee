"""The gateway as a program of its own."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from afterglow.channels.gateway.manners import HELP, Manners, UnknownKind, kinds_of
from afterglow.channels.gateway.server import Gateway


def main(arguments: Sequence[str], *, clock: Callable[[], float]) -> None:
    """Serve until stopped, as the options say; prints its address as one line of JSON."""
    options = _parser().parse_args(arguments)
    manners = Manners(**{dial.name: getattr(options, dial.name) for dial in fields(Manners)})
    latency = options.latency_ms / 1000
    run_loop(serve(Gateway(log=options.log, clock=clock, port=options.port, latency=latency, manners=manners)))


def run_loop(coroutine: Coroutine[Any, Any, None]) -> None:
    """`asyncio.run` for a program that stays."""
    gc.freeze()  # what is loaded by now stays: the collector need not look through it again and again
    asyncio.run(coroutine)


async def serve(gateway: Gateway, *, welcome: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C; `welcome` gets the address once it can be reached."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with gateway:
        if welcome:
            welcome(gateway.address)
        sys.stdout.write(json.dumps({"address": gateway.address}) + "\n")
        sys.stdout.flush()
        await stopped.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A local stand-in for a text-message provider. It texts nobody.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--log", type=Path, required=True, help="where everything that happens is appended as JSON")
    parser.add_argument("--latency-ms", type=float, default=0, help="how long a sent message waits for its answer")
    for dial in fields(Manners):
        _add(parser, "--" + dial.name.replace("_", "-"), dial.default, HELP[dial.name])
    return parser


def _add(parser: argparse.ArgumentParser, name: str, default: object, meaning: str) -> None:
    if isinstance(default, bool):
        parser.add_argument(name, action=argparse.BooleanOptionalAction, default=default, help=meaning)
    elif isinstance(default, tuple):
        parser.add_argument(name, type=_kinds, default=default, help=meaning)
    else:
        parser.add_argument(name, type=type(default), default=default, help=meaning)


def _kinds(text: str) -> tuple[str, ...]:
    try:
        return kinds_of(text)
    except UnknownKind as fault:
        raise argparse.ArgumentTypeError(str(fault)) from fault
