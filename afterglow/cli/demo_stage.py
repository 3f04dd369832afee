"""The demo's practice on its virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from afterglow.actions.approve_history import approve_history
from afterglow.actions.close_task import close_task
from afterglow.actions.import_file import import_file
from afterglow.actions.open_senders import set_sender
from afterglow.actions.receive_texts import finish_replies, receive_texts
from afterglow.actions.send_notices import send_notices
from afterglow.actions.send_touches import send_touches
from afterglow.actions.update_alarms import update_alarms
from afterglow.channels.contract import Sender
from afterglow.channels.receipts import InboundText
from afterglow.channels.simulation import EMAIL_ADDRESS, ShutAccount
from afterglow.cli.demo_reports import report
from afterglow.cli.output import progress, words
from afterglow.intake.columns import header_fingerprint, suggest_mapping
from afterglow.intake.synthetic import write_csv
from afterglow.intake.synthetic.replay import Row, export_at
from afterglow.intake.systems.csv_file import read_table
from afterglow.models import Message, Task, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel

ZONE = ZoneInfo("America/New_York")
EXPORT_AT = time(20, 30)
TICK = timedelta(minutes=30)
A_MOMENT = timedelta(seconds=3)  # until a text is answered by itself
ANSWERS = ("All good, thank you!", "A little bruise but ok", "Can I work out tomorrow?", "Are you open on Saturday?")
ANSWER_EVERY, STOP_EVERY = 23, 211  # one text in so many
OUT_FROM = timedelta(days=3)  # before now: for one day the e-mail account takes nothing
OPENED_AT = time(8, 15)
ASKED_PAUSE = timedelta(days=10)
DONE_BY_STAFF = ("call", "review")  # kinds of tasks
WAITING = {  # minutes ago
    260: "HELP",
    240: "Please take me off your list",
    215: "cancel",
    190: "Yes please book me again",
    95: "When can I wear makeup again?",
    22: "One side is white and it hurts more than yesterday",
    4: "It is a little swollen but fine",
}


@dataclass(slots=True)
class Stage:
    """The demo's practice on its virtual clock. Everything is done by the actions that production uses."""

    practice_id: int
    senders: dict[Channel, Sender]
    site: str
    by: str
    sent: int = 0
    texts: int = 0
    answered: int = 0
    seen: frozenset[tuple[str, ...]] = frozenset()
    _open_mail: Sender | None = None

    def import_history(self, rows: list[Row], at: datetime, folder: Path) -> None:
        """The first export: nearly all of it is history, approved openly as staff would do it."""
        total = sum(1 for _ in self._news(rows, at, keep=False))
        with progress("Importing the year so far", total) as bar:
            self._import(rows, at, folder, lambda count: bar.advance(bar.task_ids[0], count))
            bar.update(bar.task_ids[0], completed=total)
        with words.status("Approving the imported history …"):
            approve_history(practice_id=self.practice_id, by=self.by, now=at)

    def play(self, rows: list[Row], first: datetime, last: datetime, folder: Path) -> None:
        """Day after day: what is due goes out, some clients answer, and in the evening the next export arrives."""
        days = [first.astimezone(ZONE).date() + timedelta(days=n) for n in range(1, (last - first).days + 1)]
        with progress("Playing up to today", len(days)) as bar:
            for day in days:
                evening = min(datetime.combine(day, EXPORT_AT, ZONE).astimezone(UTC), last)
                self._shut_or_open(day, last)
                self._send_until(evening)
                report(practice_id=self.practice_id, since=evening - timedelta(days=1), now=evening)
                if day == (last - OUT_FROM).astimezone(ZONE).date():
                    update_alarms(practice_id=self.practice_id, now=evening)
                self._answer(evening)
                self._do_tasks(evening)
                self._import(rows, evening, folder, None)
                bar.advance(bar.task_ids[0])
            self._send_until(last)
        self.leave_waiting(last)

    def _shut_or_open(self, day: date, last: datetime) -> None:
        """For a day the e-mail account is shut. In the next morning staff put it right, and what waited goes out."""
        if day == (last - OUT_FROM).astimezone(ZONE).date():
            able = self.senders[Channel.EMAIL].capabilities
            self._open_mail = self.senders[Channel.EMAIL]
            self.senders[Channel.EMAIL] = ShutAccount(capabilities=able, plausible=EMAIL_ADDRESS, for_=ASKED_PAUSE)
        elif self._open_mail is not None:
            opened_at = datetime.combine(day, OPENED_AT, ZONE).astimezone(UTC)
            self._send_until(opened_at)
            set_sender(
                practice_id=self.practice_id, channel=Channel.EMAIL, provider="simulated", config={}, now=opened_at
            )
            self.senders[Channel.EMAIL], self._open_mail = self._open_mail, None
            self._send_until(opened_at + TICK)
            update_alarms(practice_id=self.practice_id, now=opened_at + TICK)

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
            by=self.by,
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

    def _answer(self, at: datetime) -> None:
        """A few of the day's texts are answered; by the evening staff have read every answer."""
        for pk, client_id, phone in self._texted(since=at - timedelta(hours=12), until=at):
            self.texts += 1
            if self.texts % STOP_EVERY == 0:
                self._write(pk, phone, "STOP", at)
            elif self.texts % ANSWER_EVERY == 0:
                self._write(pk, phone, ANSWERS[self.answered % len(ANSWERS)], at)
                finish_replies(practice_id=self.practice_id, client_id=client_id, by=self.by, now=at)

    def _do_tasks(self, at: datetime) -> None:
        """Staff call whom they should call and review what they must, within a day."""
        with practice_scope(self.practice_id):
            tasks = Task.objects.filter(practice=self.practice_id, kind__in=DONE_BY_STAFF, closed_at=None)
            old = list(tasks.filter(opened_at__lte=at - timedelta(days=1)).values_list("pk", flat=True))
        for pk in old:
            close_task(practice_id=self.practice_id, task_id=pk, outcome="done", by=self.by, now=at)

    def leave_waiting(self, last: datetime) -> None:
        """What the front desk finds when it opens the demo: some clients have just written."""
        minutes = sorted(WAITING, reverse=True)
        texted = self._texted(since=last - timedelta(days=3), until=last - timedelta(minutes=minutes[0]))
        newest = {phone: pk for pk, _, phone in texted}
        for ago, (phone, pk) in zip(minutes, reversed(newest.items()), strict=False):
            self._write(pk, phone, WAITING[ago], last - timedelta(minutes=ago))

    def _texted(self, *, since: datetime, until: datetime) -> list[tuple[int, int, str]]:
        """Message, client and number of the texts of that time, oldest first."""
        with practice_scope(self.practice_id):
            texts = Message.objects.filter(
                practice=self.practice_id, direction="out", channel="sms", at__gt=since, at__lte=until
            )
            return list(texts.order_by("at", "pk").values_list("pk", "client_id", "address"))

    def _write(self, message_id: int, phone: str, text: str, at: datetime) -> None:
        inbound = InboundText(provider_id=f"demo-{message_id}-{self.answered}", from_=phone, text=text)
        receive_texts(practice_id=self.practice_id, texts=[inbound], now=at)
        send_notices(practice_id=self.practice_id, senders=self.senders, clock=partial(_frozen, at + A_MOMENT))
        self.answered += 1


def _frozen(at: datetime) -> datetime:
    return at


def _next_tick(moment: datetime) -> datetime:
    seconds = TICK.total_seconds()
    return datetime.fromtimestamp(-(-moment.timestamp() // seconds) * seconds, UTC)
