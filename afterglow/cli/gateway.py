"""`afterglow gateway`: a local stand-in for the text provider, to try things out without an account."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer

from afterglow.channels.gateway import Gateway, serve
from afterglow.cli.output import refuse

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command()
def gateway(
    log: Annotated[Path, typer.Option(help="Every accepted message, one JSON object a line.")] = Path("gateway.jsonl"),
    port: Annotated[int, typer.Option(help="0 takes any free port.", min=0, max=65535)] = 8090,
    latency_ms: Annotated[int, typer.Option(help="How long an answer takes.")] = 0,
) -> None:
    """Speak Twilio's Messages API on this machine; nothing leaves it."""
    try:
        asyncio.run(serve(Gateway(log=log, clock=time.time, port=port, latency=latency_ms / 1000)))
    except OSError as error:
        refuse(f"It cannot start: {error.strerror}. Choose another --port or --log.")
