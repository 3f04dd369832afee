"""Read what arrived: visits, texts from clients, what became of messages. A broken call stops no other."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from afterglow.actions.notice_reports import record_notice_reports
from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.actions.read_receipts import channel_of, read_receipts
from afterglow.actions.receive_texts import receive_texts
from afterglow.actions.record_deliveries import record_deliveries
from afterglow.actions.record_reactions import record_reactions
from afterglow.actions.record_visits import record_visits
from afterglow.channels.receipts import InboundText, Reaction, StatusReport, UnreadableReceipt
from afterglow.config.logs import log
from afterglow.intake.contract import RowFault, VisitReported
from afterglow.intake.registry import SYSTEMS
from afterglow.models import Practice, RawEvent, Source
from afterglow.models.bulk import update_rows
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel

BATCH = 200
EARLY = timedelta(minutes=10)  # a report may overtake the answer to our own request by seconds, never by this long
VISITS, TEXTS = ".visits", ".text"


class Unreadable(Exception):
    """The event holds something that nobody can read. The message says what, without quoting it."""


def process_events(*, practice_id: int, now: datetime, only: str = "") -> int:
    """How many waiting events were read, oldest first. What cannot be read is kept, with a task that says so.

    Reports of a batch are recorded together, after its visits and texts: their order means nothing. `only` is the end
    of a kind, TEXTS for one: everything else is left to somebody else.
    """
    total = 0
    seen_until = 0
    while True:
        with practice_scope(practice_id):
            events = list(
                RawEvent.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(practice=practice_id, processed_at=None, pk__gt=seen_until, kind__endswith=only)
                .select_related("source")
                .order_by("pk")[:BATCH]
            )
            if not events:
                return total
            practice = Practice.objects.get(pk=practice_id)
            total += _Reading(practice, now).read(events)
            seen_until = events[-1].pk


Reports = list[StatusReport | Reaction]


@dataclass(slots=True)
class _Reading:
    """One batch of events being read."""

    practice: Practice
    now: datetime
    faults: dict[int, str] = field(default_factory=dict)
    reports: list[tuple[RawEvent, Reports]] = field(default_factory=list)
    early: set[int] = field(default_factory=set)  # what they report is not committed yet: they are read again

    def read(self, events: Sequence[RawEvent]) -> int:
        """How many events are dealt with. A bug of ours leaves the event kept, to be read again once it is repaired."""
        for event in events:
            with self._apart(event):
                self._hear(event)
        try:
            self._record(self.reports)
        except Exception:  # one of them is broken: apart from the others it is found
            for event, reports in self.reports:
                with self._apart(event):
                    self._record([(event, reports)])
        done = [event for event in events if event.pk not in self.early]
        self._close(done)
        return len(done)

    @contextmanager
    def _apart(self, event: RawEvent) -> Iterator[None]:
        """What goes wrong in here is the fault of this event and stops no other."""
        try:
            yield
        except (Unreadable, UnreadableReceipt) as error:
            self.faults[event.pk] = str(error)
        except Exception as error:
            log("event.failed", level=logging.ERROR, error=error, raw_event=event.pk, kind=event.kind)
            self.faults[event.pk] = f"{type(error).__name__} while reading it"

    def _hear(self, event: RawEvent) -> None:
        if event.kind.endswith(VISITS):
            with practice_scope(self.practice.pk):
                self._read_visits(event)
            return
        receipts = read_receipts(event)
        if texts := [receipt for receipt in receipts if isinstance(receipt, InboundText)]:
            with practice_scope(self.practice.pk):
                receive_texts(practice_id=self.practice.pk, texts=texts, now=event.received_at)
        if reports := [receipt for receipt in receipts if not isinstance(receipt, InboundText)]:
            self.reports.append((event, reports))

    def _read_visits(self, event: RawEvent) -> None:
        """Record the good visits of a call; the first of the others is the fault."""
        system = SYSTEMS.get(event.kind.removesuffix(VISITS))
        if system is None or system.webhook is None or event.source is None:
            raise Unreadable(f"nobody knows how to read “{event.kind}”")
        source = source_name(event.source)
        items = list(system.webhook.reports(bytes(event.body), timezone=self.practice.timezone, source=source))
        good = [item for item in items if isinstance(item, VisitReported)]
        faults = [item for item in items if isinstance(item, RowFault) and item.is_fatal]
        if good:
            record_visits(practice_id=self.practice.pk, source=source, reports=good, now=self.now)
        Source.objects.filter(practice=self.practice.pk, pk=event.source.pk).update(last_event_at=event.received_at)
        if faults:
            rest = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            self.faults[event.pk] = f"visit {faults[0].row}: {faults[0].message}{rest}"

    def _record(self, heard: Sequence[tuple[RawEvent, Reports]]) -> None:
        """Record these reports; the events of those that fit no message yet wait for it."""
        told: dict[Channel, Reports] = defaultdict(list)
        for event, report in _flat(heard):
            told[channel_of(event.kind)].append(report)
        with practice_scope(self.practice.pk):
            unmatched = {report for channel in told for report in self._unmatched(channel, told[channel])}
        self.early |= {
            event.pk for event, report in _flat(heard) if report in unmatched and self.now - event.received_at < EARLY
        }

    def _unmatched(self, channel: Channel, reports: Reports) -> set[StatusReport | Reaction]:
        """Record what the account of one channel told; those reports that fit no message."""
        practice_id, now = self.practice.pk, self.now
        statuses = [report for report in reports if isinstance(report, StatusReport)]
        reactions = [report for report in reports if isinstance(report, Reaction)]
        rest = record_deliveries(practice_id=practice_id, reports=statuses, now=now, channel=channel)
        return record_notice_reports(practice_id=practice_id, reports=rest, now=now) | record_reactions(
            practice_id=practice_id, channel=channel, reactions=reactions, now=now
        )

    def _close(self, done: Sequence[RawEvent]) -> None:
        rows = [(event.pk, self.now, self.faults.get(event.pk, "")) for event in done]
        update_rows(RawEvent, ("id", "processed_at", "fault"), rows)
        tasks = [
            NewTask(kind="event", reason=f"Something that arrived from outside could not be read: {fault}")
            for _, _, fault in rows
            if fault
        ]
        open_tasks(practice_id=self.practice.pk, tasks=tasks, now=self.now)


def _flat(heard: Sequence[tuple[RawEvent, Reports]]) -> Iterator[tuple[RawEvent, StatusReport | Reaction]]:
    return ((event, report) for event, reports in heard for report in reports)


def source_name(source: Source) -> str:
    """The name that visits of this source are kept under: two systems of one kind must not overwrite each other."""
    return f"{source.kind}:{source.pk}"
