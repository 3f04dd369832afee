"""`afterglow demo`: a synthetic practice, played up to today through the real engine, then open in the browser."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from django.db import connections

from afterglow.actions.approve_history import approve_history
from afterglow.actions.forget_practice import forget_practice
from afterglow.actions.import_file import import_file
from afterglow.actions.open_practice import add_member, open_practice
from afterglow.actions.open_senders import open_senders, set_sender
from afterglow.actions.receive_texts import InboundText, finish_replies, receive_texts
from afterglow.actions.send_touches import send_touches
from afterglow.channels.contract import Sender
from afterglow.cli.edge import now, ready
from afterglow.cli.output import progress, refuse, say, words
from afterglow.cli.up import up
from afterglow.intake.columns import header_fingerprint, suggest_mapping
from afterglow.intake.synthetic import write_csv
from afterglow.intake.synthetic.replay import Row, export_at, shipped_rows
from afterglow.intake.systems.csv_file import read_table
from afterglow.models import Message, Practice, Touch
from afterglow.models.across import all_practices
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
ZONE = ZoneInfo("America/New_York")
DAYS_PLAYED = 100
EXPORT_AT = time(20, 30)
TICK = timedelta(minutes=30)
USER, PASSWORD = "demo", "glow-demo-2026"
ANSWERS = (
    "All good, thank you!",
    "A little bruise but ok",
    "Can I work out tomorrow?",
    "What time do you open on Saturday?",
)
EVERY = 23  # one text in so many is answered
STOP_EVERY = 211


@command.command()
def demo(
    port: Annotated[int, typer.Option(help="The port of the web.")] = 8000,
    days: Annotated[int, typer.Option(help="How many days are played one by one.")] = DAYS_PLAYED,
    is_dry: Annotated[bool, typer.Option("--no-serve", help="Build the practice and stop.")] = False,
) -> None:
    """A synthetic practice with a year of visits. Nothing leaves this machine."""
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
    add_member(practice_id=practice_id, username=USER, password=PASSWORD, role="owner")
    return Stage(practice_id, open_senders(practice_id=practice_id), site)


@dataclass(slots=True)
class Stage:
    """The demo's practice on its virtual clock. Everything is done by the actions that production uses."""

    practice_id: int
    senders: dict[Channel, Sender]
    site: str
    sent: int = 0
    answered: int = 0
    seen: frozenset[tuple[str, ...]] = frozenset()

    def import_history(self, rows: list[Row], at: datetime, folder: Path) -> None:
        """The first export: nearly all of it is history, approved openly as staff would do it."""
        total = sum(1 for _ in self._news(rows, at, keep=False))
        with progress("Importing the year so far", total) as bar:
            self._import(rows, at, folder, lambda count: bar.advance(bar.task_ids[0], count))
            bar.update(bar.task_ids[0], completed=total)
        with words.status("Approving the imported history …"):
            approve_history(practice_id=self.practice_id, by=USER, now=at)

    def play(self, rows: list[Row], first: datetime, last: datetime, folder: Path) -> None:
        """Day after day: what is due goes out, some clients answer, and in the evening the next export arrives."""
        days = [first.astimezone(ZONE).date() + timedelta(days=n) for n in range(1, (last - first).days + 1)]
        with progress("Playing up to today", len(days)) as bar:
            for day in days:
                evening = min(datetime.combine(day, EXPORT_AT, ZONE).astimezone(UTC), last)
                self._send_until(evening)
                self._answer(day, evening, is_left_open=(last - evening) < timedelta(days=2))
                self._import(rows, evening, folder, None)
                bar.advance(bar.task_ids[0])
            self._send_until(last)

    def _import(self, rows: list[Row], at: datetime, folder: Path, on_progress: Callable[[int], None] | None) -> None:
        path = folder / f"visits-{at:%Y-%m-%d}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            write_csv(self._news(rows, at, keep=True), file)
        table = read_table(path, filename=path.name)
        import_file(
            practice_id=self.practice_id,
            timezone=ZONE.key,
            path=path,
            table=table,
            mapping=suggest_mapping(table.header),
            fingerprint=header_fingerprint(table.header),
            by=USER,
            now=at,
            on_progress=on_progress,
        )

    def _news(self, rows: list[Row], at: datetime, *, keep: bool) -> Iterator[Row]:
        """What an export holds that the one before did not."""
        export = list(export_at(rows, at.astimezone(ZONE)))
        keys = [(r["appointment_id"], r["status"]) for r in export]
        former = self.seen
        if keep:
            self.seen = frozenset(keys)
        return (row for row, key in zip(export, keys, strict=True) if key not in former)

    def _send_until(self, end: datetime) -> None:
        while (due := self._next_due(end)) is not None:
            at = min(_next_tick(due), end)
            done = send_touches(
                practice_id=self.practice_id, senders=self.senders, clock=partial(_frozen, at), public_url=self.site
            )
            self.sent += done.handed_over
            if at >= end and not done.claimed:
                return

    def _next_due(self, end: datetime) -> datetime | None:
        with practice_scope(self.practice_id):
            planned = Touch.objects.filter(practice=self.practice_id, state=Touch.State.PLANNED, due_at__lte=end)
            return planned.order_by("due_at").values_list("due_at", flat=True).first()

    def _answer(self, day: date, at: datetime, *, is_left_open: bool) -> None:
        with practice_scope(self.practice_id):
            received = list(
                Message.objects.filter(
                    practice=self.practice_id, direction="out", channel="sms", at__gte=at - timedelta(hours=12)
                ).values_list("pk", "client_id", "address")
            )
        for number, (pk, client_id, phone) in enumerate(received):
            if (day.toordinal() + number * 7) % EVERY and (day.toordinal() * 3 + number) % STOP_EVERY:
                continue
            is_stop = not (day.toordinal() * 3 + number) % STOP_EVERY
            text = "STOP" if is_stop else ANSWERS[(day.toordinal() + number) % len(ANSWERS)]
            inbound = InboundText(provider_id=f"demo-{pk}", phone=phone, text=text)
            receive_texts(practice_id=self.practice_id, texts=[inbound], now=at)
            self.answered += 1
            if not is_left_open:
                finish_replies(practice_id=self.practice_id, client_id=client_id, by=USER, now=at)


def _frozen(at: datetime) -> datetime:
    return at


def _next_tick(moment: datetime) -> datetime:
    seconds = TICK.total_seconds()
    return datetime.fromtimestamp(-(-moment.timestamp() // seconds) * seconds, UTC)


def _tell(stage: Stage, port: int) -> None:
    say("")
    say(f"Juniper Skin Studio is ready: {stage.sent} messages were played, {stage.answered} were answered.")
    say("Every person in it is made up, and nothing leaves this machine.")
    say("")
    say(f"  Open      http://127.0.0.1:{port}/")
    say(f"  Sign in   {USER}   {PASSWORD}")
    say(f"  A client's phone   http://127.0.0.1:{port}/phone/")
    say("")
