"""Let go of what has been kept long enough. The ledger is never touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from afterglow.config.logs import log
from afterglow.models import ConsentRequest, Evidence, Look, Message, Notice, RawEvent, Retention, Task
from afterglow.models.scope import practice_scope
from afterglow.rules.retention import Kind, days_kept

AT_ONCE = 1_000
_WORDLESS = Q(body="", subject="")


def purge_records(
    *,
    practice_id: int,
    now: datetime,
    is_trial: bool = False,
    on_progress: Callable[[Kind, int], None] = lambda kind, count: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[Kind, int]:
    """How many records of each kind were deleted or lost their words; with `is_trial`, how many would be.

    In batches with a transaction each, so nobody waits for it. A second run finds nothing left.
    """
    with practice_scope(practice_id):
        chosen = dict(Retention.objects.filter(practice=practice_id).values_list("kind", "days"))
    counts = dict.fromkeys(Kind, 0)
    for one in _PASSES:
        old = one.old(practice_id, now - timedelta(days=days_kept(one.kind, chosen)))
        for count in [_count(practice_id, old)] if is_trial else _rounds(practice_id, one, old, should_stop):
            counts[one.kind] += count
            on_progress(one.kind, count)
    if not is_trial:
        log("records.purged", practice=practice_id, records=sum(counts.values()))
    return counts


class _Pass(NamedTuple):
    """One table: what of it is too old at a moment, by which column, and what becomes of it."""

    kind: Kind
    old: Callable[[int, datetime], QuerySet[Any]]
    moment: str
    let_go: Callable[[QuerySet[Any]], object]


def _count(practice_id: int, old: QuerySet[Any]) -> int:
    with practice_scope(practice_id):
        return old.count()


def _rounds(practice_id: int, one: _Pass, old: QuerySet[Any], should_stop: Callable[[], bool]) -> Iterator[int]:
    """Oldest first, so that each round goes on where the last one ended."""
    since: datetime | None = None
    while not should_stop():
        with practice_scope(practice_id):
            rest = old if since is None else old.filter(**{f"{one.moment}__gte": since})
            found = list(rest.order_by(one.moment, "pk").values_list("pk", one.moment)[:AT_ONCE])
            if not found:
                return
            one.let_go(old.model.objects.filter(practice=practice_id, pk__in=[pk for pk, _ in found]))
            since = found[-1][1]
        yield len(found)


def _requests(practice_id: int, until: datetime) -> QuerySet[ConsentRequest]:
    return ConsentRequest.objects.filter(practice=practice_id, asked_at__lt=until)


def _events(practice_id: int, until: datetime) -> QuerySet[RawEvent]:
    """What nobody has read yet is kept, however old."""
    return RawEvent.objects.filter(practice=practice_id, received_at__lt=until, processed_at__isnull=False)


def _looks(practice_id: int, until: datetime) -> QuerySet[Look]:
    return Look.objects.filter(practice=practice_id, at__lt=until)


def _messages(practice_id: int, until: datetime) -> QuerySet[Message]:
    return Message.objects.filter(~_WORDLESS, practice=practice_id, at__lt=until)


def _notices(practice_id: int, until: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(~_WORDLESS, practice=practice_id, created_at__lt=until, ended_at__isnull=False)


def _tasks(practice_id: int, until: datetime) -> QuerySet[Task]:
    """A task about a message may quote it."""
    about = Task.objects.filter(practice=practice_id, message__isnull=False, closed_at__isnull=False)
    return about.filter(opened_at__lt=until).exclude(reason="")


def _scans(practice_id: int, until: datetime) -> QuerySet[Evidence]:
    """Not while the client is still written to: the scan proves what allows it."""
    whose = {"practice": OuterRef("practice"), "client": OuterRef("client")}
    written = Message.objects.filter(**whose, direction=Message.Direction.OUT, at__gte=until)
    old = Evidence.objects.filter(practice=practice_id, added_at__lt=until, sealed__isnull=False)
    return old.filter(~Exists(written))


def _delete(rows: QuerySet[Any]) -> None:
    rows.delete()


def _lose_words(rows: QuerySet[Any]) -> None:
    rows.update(subject="", body="")


_PASSES = (
    _Pass(Kind.REQUESTS, _requests, "asked_at", _delete),
    _Pass(Kind.RAW_EVENTS, _events, "received_at", _delete),
    _Pass(Kind.LOOKS, _looks, "at", _delete),
    _Pass(Kind.MESSAGES, _messages, "at", _lose_words),
    _Pass(Kind.MESSAGES, _notices, "created_at", _lose_words),
    _Pass(Kind.MESSAGES, _tasks, "opened_at", lambda rows: rows.update(reason="")),
    _Pass(Kind.SCANS, _scans, "added_at", lambda rows: rows.update(sealed=None, title="")),
)
