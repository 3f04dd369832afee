"""`afterglow gateway`: a local stand-in for the text and phone provider, to try every failure without an account."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from afterglow.channels.gateway import ACCOUNT_SID, AUTH_TOKEN, Gateway, Manners, run_loop, serve
from afterglow.channels.gateway.magic import MAGIC
from afterglow.channels.gateway.manners import HELP, UnknownKind, kinds_of
from afterglow.cli.output import refuse, say

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command()
def gateway(
    log: Annotated[Path, typer.Option(help="Everything that happens, one JSON object a line.")] = Path("gateway.jsonl"),
    port: Annotated[int, typer.Option(help="0 takes any free port.", min=0, max=65535)] = 8090,
    latency_ms: Annotated[int, typer.Option(help="How long an answer takes.", min=0)] = 0,
    chaos: Annotated[float, typer.Option(help=HELP["chaos"], min=0, max=1)] = 0,
    chaos_kinds: Annotated[str, typer.Option(help=HELP["chaos_kinds"])] = "",
    seed: Annotated[int, typer.Option(help=HELP["seed"])] = 1,
    rate: Annotated[float, typer.Option(help=HELP["rate"], min=0)] = 0,
    rate_refuse: Annotated[bool, typer.Option("--rate-refuse", help=HELP["rate_refuse"])] = False,
    queue_ms: Annotated[int, typer.Option(help=HELP["queue_ms"], min=0)] = 0,
    delivery_ms: Annotated[int, typer.Option(help=HELP["delivery_ms"], min=0)] = 200,
    late_ms: Annotated[int, typer.Option(help=HELP["late_ms"], min=0)] = 20_000,
    slow_ms: Annotated[int, typer.Option(help=HELP["slow_ms"], min=0)] = 3_000,
    magic_numbers: Annotated[bool, typer.Option(help=HELP["magic_numbers"])] = True,
    inbound_url: Annotated[str, typer.Option(help=HELP["inbound_url"])] = "",
) -> None:
    """Speak Twilio's API for texts and calls on this machine; nothing leaves it."""
    manners = Manners(
        chaos=chaos,
        chaos_kinds=_kinds(chaos_kinds),
        seed=seed,
        rate=rate,
        rate_refuse=rate_refuse,
        queue_ms=queue_ms,
        delivery_ms=delivery_ms,
        late_ms=late_ms,
        slow_ms=slow_ms,
        magic_numbers=magic_numbers,
        inbound_url=inbound_url,
    )
    there = Gateway(log=log, clock=time.time, port=port, latency=latency_ms / 1000, manners=manners)
    try:
        run_loop(serve(there, welcome=lambda address: say(_welcome(address, manners))))
    except OSError as error:
        refuse(f"It cannot start: {error.strerror}. Choose another --port or --log.")


def _kinds(text: str) -> tuple[str, ...]:
    try:
        return kinds_of(text)
    except UnknownKind as fault:
        refuse(str(fault))


def _welcome(address: str, manners: Manners) -> str:
    """What to do with it, for whoever started it."""
    lines = [
        f"A stand-in provider is ready: {address}/stand-in/ shows what it accepts. It texts and calls nobody.",
        "",
        "To point a practice at it, write these lines to a file and hand it to",
        "`afterglow set-sender sms twilio --config FILE`:",
        "",
        f"    account_sid={ACCOUNT_SID}",
        f"    auth_token={AUTH_TOKEN}",
        "    from_number=+12025550100",
        f"    address={address}",
    ]
    if manners.magic_numbers:
        lines += ["", "Clients with these numbers (any area code, 555) have a way of their own:", ""]
        lines += [f"    …555-{digits}  {magic.meaning}" for digits, magic in MAGIC.items()]
    if manners.chaos:
        lines += ["", f"Chaos: {manners.chaos:.0%} of everything goes wrong, seed {manners.seed}."]
    return "\n".join([*lines, "", "Ctrl-C ends it; its log remembers."])
