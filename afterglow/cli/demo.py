"""`afterglow demo`: a synthetic practice, played up to today through the real engine, then open in the browser."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from django.db import connections

from afterglow.actions.forget_practice import forget_practice
from afterglow.actions.open_practice import add_member, open_practice
from afterglow.actions.open_senders import open_senders, set_sender
from afterglow.cli.demo_form import come_through_the_form, open_the_form
from afterglow.cli.demo_stage import ZONE, Stage
from afterglow.cli.edge import now, ready
from afterglow.cli.output import refuse, say, words
from afterglow.cli.up import port_fault, up
from afterglow.intake.synthetic.replay import shipped_rows
from afterglow.models import Practice
from afterglow.models.across import all_practices
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
DAYS_PLAYED = 100
USER, PASSWORD = "demo", "glow-demo-2026"  # printed for everybody, works on this machine only


@command.command()
def demo(
    port: Annotated[int, typer.Option(help="The port of the web.", min=0, max=65535)] = 8000,
    days: Annotated[int, typer.Option(help="How many days are played one by one.", min=0)] = DAYS_PLAYED,
    is_dry: Annotated[bool, typer.Option("--no-serve", help="Build the practice and stop.")] = False,
) -> None:
    """A synthetic practice with a year of visits. Nothing leaves this machine."""
    if not is_dry and (fault := port_fault(port=port)):
        refuse(fault)
    today = now()
    with words.status("Starting the database …"):
        ready()
        _forget_former_demo()
    stage = _open(today, f"http://127.0.0.1:{port}")
    rows = shipped_rows(until=today.astimezone(ZONE).date())
    first = today - timedelta(days=days)
    with tempfile.TemporaryDirectory() as folder:
        stage.import_history(rows, first, Path(folder))
        stage.play(rows, first, today, Path(folder))
    come_through_the_form(practice_id=stage.practice_id, senders=stage.senders, last=today)
    _tell(stage, port)
    connections.close_all()
    connections["default"].close_pool()  # type: ignore[attr-defined]
    if not is_dry:
        raise typer.Exit(up(port=port))


def _forget_former_demo() -> None:
    for practice_id in all_practices():
        with practice_scope(practice_id):
            is_demo = Practice.objects.get(pk=practice_id).is_demo
        if not is_demo:
            refuse("This installation holds a real practice. Run the demo with another AFTERGLOW_DATA folder.")
        forget_practice(practice_id=practice_id)


def _open(at: datetime, site: str) -> Stage:
    opened = open_practice(
        name="Juniper Skin Studio",
        timezone=ZONE.key,
        state="ME",
        now=at,
        is_demo=True,
        phone="(207) 555-0134",
        urgent_phone="(207) 555-0199",
        address="12 Alder St, Portland, ME 04101",
    )
    practice_id = opened.practice_id
    for channel in (Channel.SMS, Channel.EMAIL, Channel.VOICE):
        set_sender(practice_id=practice_id, channel=channel, provider="simulated", config={}, now=at)
    with practice_scope(practice_id):
        Practice.objects.filter(pk=practice_id).update(is_voice_enabled=True)
    open_the_form(practice_id=practice_id, at=at)
    add_member(practice_id=practice_id, username=USER, password=PASSWORD, role="owner")
    return Stage(practice_id, open_senders(practice_id=practice_id), site, by=USER)


def _tell(stage: Stage, port: int) -> None:
    say("")
    say(f"Juniper Skin Studio is ready: {stage.sent} messages were played, {stage.answered} were answered.")
    say("Every person in it is made up, and nothing leaves this machine.")
    say("")
    say(f"  Open      http://127.0.0.1:{port}/")
    say(f"  Sign in   {USER}   {PASSWORD}")
    say(f"  A client's phone   http://127.0.0.1:{port}/phone/")
    say("")
