"""Read what arrived: calls of booking systems, texts from clients, delivery reports. A broken one stops no other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from afterglow.actions.receive_texts import InboundText, receive_texts
from afterglow.actions.record_deliveries import NotSentYet, record_delivery
from afterglow.actions.record_visits import record_visits
from afterglow.channels.receipts import UnreadableReceipt
from afterglow.channels.sms.twilio_webhooks import parse_inbound, parse_status
from afterglow.config.logs import log
from afterglow.intake.contract import RowFault, VisitReported
from afterglow.intake.registry import SYSTEMS
from afterglow.models import Practice, RawEvent, Source, Task
from afterglow.models.scope import practice_scope

BATCH = 200
EARLY = timedelta(minutes=10)  # a report may overtake the answer to our own request by seconds, never by this long
TWILIO_TEXT = "twilio.sms"
TWILIO_STATUS = "twilio.status"
OPT_OUT = "stop"  # in a provider's own reading of a text
VISITS = ".visits"


class Unreadable(Exception):
    """The event holds something that nobody can read. The message says what, without quoting it."""


def process_events(*, practice_id: int, now: datetime) -> int:
    """How many waiting events were read, oldest first. What cannot be read is kept, with a task that says so."""
    total = 0
    seen_until = 0
    while True:
        with practice_scope(practice_id):
            events = list(
                RawEvent.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(practice=practice_id, processed_at=None, pk__gt=seen_until)
                .select_related("source")
                .order_by("pk")[:BATCH]
            )
            if not events:
                return total
            practice = Practice.objects.get(pk=practice_id)
            total += sum(_process(event, practice, now) for event in events)
            seen_until = events[-1].pk


def _process(event: RawEvent, practice: Practice, now: datetime) -> bool:
    """Whether the event is dealt with; False while it came too early to be."""
    fault = ""
    try:
        with practice_scope(practice.pk):
            fault = _reader(event.kind)(event, practice, now)
    except NotSentYet:
        if now - event.received_at < EARLY:
            return False
    except (Unreadable, UnreadableReceipt) as error:
        fault = str(error)
    except Exception as error:  # a bug of ours: the event is kept and can be read again once it is repaired
        log("event.failed", level=logging.ERROR, error=error, raw_event=event.pk, kind=event.kind)
        fault = f"{type(error).__name__} while reading it"
    if fault:
        _ask(event, fault, now)
    RawEvent.objects.filter(practice=practice.pk, pk=event.pk).update(processed_at=now, fault=fault)
    return True


Reader = Callable[[RawEvent, Practice, datetime], str]  # what could not be read besides the rest; empty: nothing


def _reader(kind: str) -> Reader:
    if kind.endswith(VISITS):
        return _read_visits
    if kind in _READERS:
        return _READERS[kind]
    raise Unreadable(f"nobody knows how to read “{kind}”")


def _read_visits(event: RawEvent, practice: Practice, now: datetime) -> str:
    """Record the good visits of a call; the first of the others is the fault."""
    system = SYSTEMS.get(event.kind.removesuffix(VISITS))
    if system is None or system.webhook is None or event.source is None:
        raise Unreadable(f"nobody knows how to read “{event.kind}”")
    source = source_name(event.source)
    items = list(system.webhook.reports(bytes(event.body), timezone=practice.timezone, source=source))
    good = [item for item in items if isinstance(item, VisitReported)]
    faults = [item for item in items if isinstance(item, RowFault) and item.is_fatal]
    if good:
        record_visits(practice_id=practice.pk, source=source, reports=good, now=now)
    Source.objects.filter(practice=practice.pk, pk=event.source.pk).update(last_event_at=event.received_at)
    if not faults:
        return ""
    rest = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"visit {faults[0].row}: {faults[0].message}{rest}"


def source_name(source: Source) -> str:
    """The name that visits of this source are kept under: two systems of one kind must not overwrite each other."""
    return f"{source.kind}:{source.pk}"


def _read_twilio_text(event: RawEvent, practice: Practice, now: datetime) -> str:
    text = parse_inbound(_form(event))
    photos = f"\n[{len(text.media)} photo{'s' if len(text.media) > 1 else ''} attached]" if text.media else ""
    inbound = InboundText(
        provider_id=text.provider_id,
        phone=text.from_,
        text=f"{text.text}{photos}".strip(),
        is_opt_out=text.opt_out_type == OPT_OUT,
    )
    receive_texts(practice_id=practice.pk, texts=[inbound], now=event.received_at)
    return ""


def _read_twilio_status(event: RawEvent, practice: Practice, now: datetime) -> str:
    record_delivery(practice_id=practice.pk, report=parse_status(_form(event)), now=now)
    return ""


def _form(event: RawEvent) -> dict[str, str]:
    return dict(parse_qsl(bytes(event.body).decode("utf-8", "replace"), keep_blank_values=True))


def _ask(event: RawEvent, fault: str, now: datetime) -> None:
    Task.objects.create(
        practice_id=event.practice_id,
        kind="event",
        reason=f"Something that arrived from outside could not be read: {fault}",
        opened_at=now,
    )


_READERS: dict[str, Reader] = {TWILIO_TEXT: _read_twilio_text, TWILIO_STATUS: _read_twilio_status}
