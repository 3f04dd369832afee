"""Record what a booking system reports, and plan what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from itertools import islice

from afterglow.actions.plan_visits import Desk, end_plans, open_desk, plan_visits, release_touches
from afterglow.actions.recognise_clients import recognise_clients
from afterglow.intake.contract import ClientReported, VisitReported, VisitStatus
from afterglow.models import Consent, Remark, Treatment, Visit
from afterglow.models.bulk import insert_rows, reserve_ids, update_rows
from afterglow.models.scope import practice_scope
from afterglow.rules.catalog import Match, match_service
from afterglow.rules.simulation import CHECK_IN_WINDOW
from afterglow.rules.timing import local_day, spoken_day

CHUNK = 2_000
VISIT_COLUMNS = (
    "id", "practice", "client", "source", "external_id", "status", "starts_at", "ended_at", "visit_on", "provider",
    "location", "batch", "reported_at", "booked_at", "fingerprint", "coverage", "coverage_reason",
)  # fmt: skip
TREATMENT_COLUMNS = (
    "practice", "visit", "position", "service", "code", "family", "brand", "area", "decision", "reason", "quantity",
    "unit", "amount", "series_session", "series_total",
)  # fmt: skip
CONSENT_COLUMNS = (
    "practice", "client", "address", "channel", "purpose", "status", "evidence", "source", "recorded_by", "at",
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
    for chunk in _chunks(reports):
        with practice_scope(practice_id):
            desk = open_desk(practice_id, now=now)
            total.add(_record(desk, source, _joined(chunk), is_from_file, batch_id))
        if on_progress is not None:
            on_progress(len(chunk))
    return total


def _chunks(reports: Iterable[VisitReported]) -> Iterator[list[VisitReported]]:
    iterator = iter(reports)
    while chunk := list(islice(iterator, CHUNK)):
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


def _record(
    desk: Desk, source: str, reports: Sequence[VisitReported], is_from_file: bool, batch_id: int | None
) -> Recorded:
    fingerprints = [_fingerprint(r) for r in reports]
    known = {
        row[0]: row[1:]
        for row in Visit.objects.filter(
            practice=desk.practice, source=source, external_id__in=[r.external_id for r in reports]
        ).values_list("external_id", "pk", "fingerprint", "status", "client_id", "coverage")
    }
    fresh = [
        (r, f)
        for r, f in zip(reports, fingerprints, strict=True)
        if r.external_id not in known or known[r.external_id][1] != f
    ]
    recorded = Recorded(same=len(reports) - len(fresh))
    if not fresh:
        return recorded
    client_ids = recognise_clients(desk.practice, source, [r.client for r, _ in fresh], now=desk.now)
    new_ids = iter(reserve_ids(Visit, sum(r.external_id not in known for r, _ in fresh)))
    new_rows, changed_rows, to_plan, undone, touched = [], [], [], [], set[int]()
    treatments: list[tuple[int, VisitReported]] = []
    for (report, fingerprint), client_id in zip(fresh, client_ids, strict=True):
        former = known.get(report.external_id)
        visit_id = former[0] if former else next(new_ids)
        is_history = is_from_file and desk.now > report.ended_at + CHECK_IN_WINDOW
        is_performed = report.status is VisitStatus.COMPLETED
        was_performed = former is not None and former[2] == Visit.Status.COMPLETED
        if is_performed and was_performed and former is not None and former[4] == Visit.Coverage.HISTORY:
            is_history = True
        coverage = Visit.Coverage.HISTORY if is_performed and is_history else Visit.Coverage.PENDING
        row = (
            visit_id, desk.practice.pk, client_id, source, report.external_id, report.status.value, report.starts_at,
            report.ended_at, local_day(report.ended_at, desk.facts.timezone), report.provider, report.location, batch_id,
            desk.now, report.booked_at, fingerprint, coverage.value, "",
        )  # fmt: skip
        (changed_rows if former else new_rows).append(row)
        treatments.append((visit_id, report))
        touched.add(client_id)
        recorded.history += coverage == Visit.Coverage.HISTORY
        if is_performed and not is_history:
            to_plan.append(visit_id)
        if was_performed:
            undone.append((visit_id, client_id, report))
    recorded.new, recorded.changed = len(new_rows), len(changed_rows)
    insert_rows(Visit, VISIT_COLUMNS, new_rows)
    update_rows(Visit, VISIT_COLUMNS, changed_rows)
    _write_treatments(desk, treatments, [row[0] for row in changed_rows])
    _write_consents(desk, source, [(r.client, c) for (r, _), c in zip(fresh, client_ids, strict=True)])
    _undo(desk, undone)
    _remark_bookings(desk, fresh, client_ids, known)
    recorded.coverage = plan_visits(desk, to_plan)
    release_touches(desk, touched)
    return recorded


def _fingerprint(report: VisitReported) -> str:
    """The same for the same report; the visit's client is part of it, so corrected contact data flows through."""
    return blake2b(repr(replace(report, updated_at=None)).encode(), digest_size=12).hexdigest()


def _write_treatments(desk: Desk, visits: Sequence[tuple[int, VisitReported]], changed_ids: Sequence[int]) -> None:
    if changed_ids:
        Treatment.objects.filter(practice=desk.practice, visit__in=changed_ids).delete()
    rows = []
    for visit_id, report in visits:
        position = 0
        for service in report.services:
            match = match_service(service.name, service.code, corrections=desk.corrections)
            for family, brand, area in _families(match):
                rows.append(
                    (
                        desk.practice.pk, visit_id, position, service.name, service.code, family, brand, area,
                        match.decision, match.reason, service.quantity or match.quantity, service.unit or match.unit,
                        service.amount if position == 0 or len(match.treatments) < 2 else 0,
                        service.series_session or match.session, service.series_total or match.session_total,
                    )  # fmt: skip
                )
                position += 1
    insert_rows(Treatment, TREATMENT_COLUMNS, rows)


def _families(match: Match) -> list[tuple[str, str, str]]:
    return [(t.family, t.brand, t.area) for t in match.treatments] or [("none", "", "")]


def _write_consents(desk: Desk, source: str, clients: Sequence[tuple[ClientReported, int]]) -> None:
    """New claims only: the same grant reported again is the same grant."""
    claimed: dict[tuple[int, str, str, str, datetime], str] = {}
    for client, client_id in clients:
        for consent in client.consents:
            address = client.email if consent.channel == "email" else client.phone
            if address:
                key = (client_id, address, consent.channel.value, consent.purpose.value, consent.granted_at)
                claimed[key] = consent.evidence
    if not claimed:
        return
    known = set(
        Consent.objects.filter(
            practice=desk.practice, client__in={k[0] for k in claimed}, status=Consent.Status.GRANTED
        ).values_list("client_id", "address", "channel", "purpose", "at")
    )
    rows = [
        (desk.practice.pk, *key[:4], Consent.Status.GRANTED.value, evidence, source, "", key[4])
        for key, evidence in claimed.items()
        if key not in known
    ]
    insert_rows(Consent, CONSENT_COLUMNS, rows)


def _undo(desk: Desk, undone: Sequence[tuple[int, int, VisitReported]]) -> None:
    """A performed visit was corrected or did not take place after all: its plans end before anything is planned anew."""
    for status in VisitStatus:
        visit_ids = [visit_id for visit_id, _, report in undone if report.status is status]
        word = "was corrected" if status is VisitStatus.COMPLETED else f"is now reported as {_spoken(status)}"
        end_plans(desk, visit_ids, f"the visit {word}")


def _remark_bookings(
    desk: Desk,
    fresh: Sequence[tuple[VisitReported, str]],
    client_ids: Sequence[int],
    known: dict[str, tuple[int, str, str, int, str]],
) -> None:
    """One line for every booking made or lost that the client's plans may turn on."""
    rows = []
    for (report, _), client_id in zip(fresh, client_ids, strict=True):
        former = known.get(report.external_id)
        if report.status is VisitStatus.COMPLETED or report.starts_at <= desk.now and former is None:
            continue
        if former is not None and former[2] == report.status.value:
            continue
        day = spoken_day(local_day(report.starts_at, desk.facts.timezone))
        rows.append((desk.practice.pk, client_id, None, desk.now, f"Booking for {day}: {_spoken(report.status)}", ""))
    insert_rows(Remark, ("practice", "client", "plan", "at", "text", "by"), rows)


def _spoken(status: VisitStatus) -> str:
    return status.value.replace("_", "-")
