"""Record what a booking system reports, and plan what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from operator import attrgetter
from typing import Any

from afterglow.actions.desk import Desk, open_desk
from afterglow.actions.end_plans import end_plans
from afterglow.actions.leave_remarks import NewRemark, leave_remarks
from afterglow.actions.plan_visits import plan_visits
from afterglow.actions.recognise_clients import recognise_clients
from afterglow.actions.record_consents import record_consents
from afterglow.actions.record_treatments import record_treatments
from afterglow.actions.release_touches import release_touches
from afterglow.actions.review_reach import review_reach
from afterglow.intake.contract import ClientReported, ConsentReported, ServiceReported, VisitReported, VisitStatus
from afterglow.models import Visit
from afterglow.models.bulk import fetch_rows, insert_rows, reserve_ids, update_rows
from afterglow.models.erasing import hold_off_erasing
from afterglow.models.scope import practice_scope
from afterglow.rules.planning import CHECK_IN_WINDOW
from afterglow.rules.timing import local_day, spoken_day

CHUNK = 2_000
VISIT_COLUMNS = (
    "id", "practice", "client", "source", "external_id", "status", "starts_at", "ended_at", "visit_on", "provider",
    "location", "batch", "reported_at", "booked_at", "fingerprint", "coverage", "coverage_reason",
)  # fmt: skip


@dataclass
class Recorded:
    """What became of the reported visits."""

    new: int = 0
    changed: int = 0
    same: int = 0
    history: int = 0
    coverage: dict[str, int] = field(default_factory=dict)

    def add(self, other: Recorded) -> None:
        self.new += other.new
        self.changed += other.changed
        self.same += other.same
        self.history += other.history
        for word, count in other.coverage.items():
            self.coverage[word] = self.coverage.get(word, 0) + count


def record_visits(
    *,
    practice_id: int,
    source: str,
    reports: Iterable[VisitReported],
    now: datetime,
    is_from_file: bool = False,
    batch_id: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Recorded:
    """Store visits and plan the performed ones; what is already known in this form changes nothing.

    From a file, a visit whose check-in window has passed is history: recorded, matched and silent until approved.
    """
    total = Recorded()
    chunks = _chunks(reports)
    for chunk in _read_ahead(chunks) if is_from_file else chunks:
        with practice_scope(practice_id):
            hold_off_erasing(practice_id)
            desk = open_desk(practice_id, now=now)
            total.add(_record(desk, source, _joined(chunk), is_from_file, batch_id))
        if on_progress is not None:
            on_progress(len(chunk))
    return total


def _chunks(reports: Iterable[VisitReported]) -> Iterator[list[VisitReported]]:
    iterator = iter(reports)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _read_ahead(chunks: Iterator[list[VisitReported]]) -> Iterator[list[VisitReported]]:
    """The next chunk is read while the database is busy with this one."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        ahead = reader.submit(next, chunks, None)
        while chunk := ahead.result():
            ahead = reader.submit(next, chunks, None)
            yield chunk


def _joined(chunk: Sequence[VisitReported]) -> list[VisitReported]:
    """One report per visit: rows of one appointment that did not stand together are put together."""
    found: dict[str, VisitReported] = {}
    for report in chunk:
        known = found.get(report.external_id)
        if known is not None and known.status is report.status:
            services = (*known.services, *(s for s in report.services if s not in known.services))
            report = replace(report, services=services)
        found[report.external_id] = report
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of a visit that is reported again."""

    visit_id: int
    fingerprint: str
    status: str
    coverage: str
    erased_at: datetime | None  # when its client was erased: it changes no more, and brings nobody back


@dataclass(frozen=True, slots=True)
class _News:
    """A report that is new or differs from what is stored."""

    report: VisitReported
    fingerprint: str
    client_id: int
    is_new_client: bool
    visit_id: int
    former: _Known | None
    is_history: bool

    @property
    def is_performed(self) -> bool:
        return self.report.status is VisitStatus.COMPLETED

    @property
    def was_performed(self) -> bool:
        return self.former is not None and self.former.status == Visit.Status.COMPLETED


def _record(
    desk: Desk, source: str, reports: Sequence[VisitReported], is_from_file: bool, batch_id: int | None
) -> Recorded:
    news = _news(desk, source, reports, is_from_file)
    changed = [n for n in news if n.former is not None]
    recorded = Recorded(new=len(news) - len(changed), changed=len(changed), same=len(reports) - len(news))
    if not news:
        return recorded
    insert_rows(Visit, VISIT_COLUMNS, [_visit_row(desk, source, n, batch_id) for n in news if n.former is None])
    update_rows(Visit, VISIT_COLUMNS, [_visit_row(desk, source, n, batch_id) for n in changed])
    record_treatments(desk, [(n.visit_id, n.report.services) for n in news], replaced=[n.visit_id for n in changed])
    former = {n.client_id for n in news if not n.is_new_client}
    record_consents(desk, source, [(n.client_id, n.report.client) for n in news], former=former)
    _undo(desk, news)
    _remark_bookings(desk, news)
    recorded.history = sum(n.is_history for n in news)
    recorded.coverage = plan_visits(desk, [n.visit_id for n in news if n.is_performed and not n.is_history])
    review_reach(desk.practice, former)
    release_touches(practice_id=desk.practice.pk, client_ids=former, now=desk.now)
    return recorded


def _news(desk: Desk, source: str, reports: Sequence[VisitReported], is_from_file: bool) -> list[_News]:
    known = _known(desk, source, reports)
    fingerprints = {r.external_id: _fingerprint(r) for r in reports}
    fresh = [r for r in reports if _is_news(known.get(r.external_id), fingerprints[r.external_id])]
    client_ids, former_clients = recognise_clients(desk.practice, source, [r.client for r in fresh], now=desk.now)
    new_ids = iter(reserve_ids(Visit, sum(r.external_id not in known for r in fresh)))
    news = []
    for report, client_id in zip(fresh, client_ids, strict=True):
        former = known.get(report.external_id)
        is_old = is_from_file and desk.now > report.ended_at + CHECK_IN_WINDOW
        was_planned = former is not None and former.coverage not in (Visit.Coverage.HISTORY, Visit.Coverage.PENDING)
        stays_silent = former is not None and former.coverage == Visit.Coverage.HISTORY
        news.append(
            _News(
                report=report,
                fingerprint=fingerprints[report.external_id],
                client_id=client_id,
                is_new_client=client_id not in former_clients,
                visit_id=former.visit_id if former else next(new_ids),
                former=former,
                is_history=report.status is VisitStatus.COMPLETED and (stays_silent or (is_old and not was_planned)),
            )
        )
    return news


def _is_news(former: _Known | None, fingerprint: str) -> bool:
    return former is None or (former.fingerprint != fingerprint and former.erased_at is None)


def _known(desk: Desk, source: str, reports: Sequence[VisitReported]) -> dict[str, _Known]:
    rows = Visit.objects.filter(
        practice=desk.practice, source=source, external_id__among=[r.external_id for r in reports]
    ).values_list("external_id", "pk", "fingerprint", "status", "coverage", "client__erased_at")
    return {row[0]: _Known(*row[1:]) for row in fetch_rows(rows)}


def _visit_row(desk: Desk, source: str, news: _News, batch_id: int | None) -> tuple[object, ...]:
    report = news.report
    return (
        news.visit_id, desk.practice.pk, news.client_id, source, report.external_id, report.status.value,
        report.starts_at, report.ended_at, local_day(report.ended_at, desk.facts.timezone), report.provider,
        report.location, batch_id, desk.now, report.booked_at, news.fingerprint, _coverage(news).value, "",
    )  # fmt: skip


def _coverage(news: _News) -> Visit.Coverage:
    """What most such visits come to: the planning that follows at once writes the others again, and only those."""
    if news.is_history:
        return Visit.Coverage.HISTORY
    return Visit.Coverage.PLANNED if news.is_performed else Visit.Coverage.PENDING


def _fingerprint(report: VisitReported) -> str:
    """The same for the same report; the visit's client is part of it, so corrected contact data flows through."""
    told = [*_VISIT(report), *_CLIENT(report.client)]
    for consent in report.client.consents:
        told += _CONSENT(consent)
    for service in report.services:
        told += _SERVICE(service)
    return blake2b("\x1f".join(map(str, told)).encode(), digest_size=12).hexdigest()


def _values_of(kind: type[Any], *, without: Container[str] = ()) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*(f.name for f in fields(kind) if f.name not in without))


_VISIT = _values_of(VisitReported, without={"client", "services", "updated_at"})
_CLIENT = _values_of(ClientReported, without={"consents"})
_CONSENT, _SERVICE = _values_of(ConsentReported), _values_of(ServiceReported)


def _undo(desk: Desk, news: Sequence[_News]) -> None:
    """A performed visit was corrected or did not take place after all: its plans end before new ones are made."""
    for status in VisitStatus:
        visit_ids = [n.visit_id for n in news if n.was_performed and n.report.status is status]
        word = "was corrected" if status is VisitStatus.COMPLETED else f"is now reported as {_spoken(status)}"
        end_plans(desk, visit_ids, f"the visit {word}")


def _remark_bookings(desk: Desk, news: Sequence[_News]) -> None:
    """One line for every booking made or lost that the client's plans may turn on."""
    remarks = []
    for visit in news:
        report, former = visit.report, visit.former
        is_old_story = former is None and report.starts_at <= desk.now
        is_unchanged = former is not None and former.status == report.status.value
        if visit.is_performed or is_old_story or is_unchanged:
            continue
        day = spoken_day(local_day(report.starts_at, desk.facts.timezone))
        remarks.append(NewRemark(client_id=visit.client_id, text=f"Booking for {day}: {_spoken(report.status)}"))
    leave_remarks(practice_id=desk.practice.pk, remarks=remarks, now=desk.now)


def _spoken(status: VisitStatus) -> str:
    return status.value.replace("_", "-")
