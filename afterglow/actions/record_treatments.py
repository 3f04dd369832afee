"""Write down what was performed, and what the catalog makes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from afterglow.actions.desk import Desk
from afterglow.intake.contract import ServiceReported
from afterglow.models import Treatment
from afterglow.models.bulk import Row, insert_rows
from afterglow.rules.catalog import MatchedTreatment, match_service

COLUMNS = (
    "practice", "visit", "position", "service", "code", "family", "brand", "area", "decision", "reason", "quantity",
    "unit", "amount", "series_session", "series_total",
)  # fmt: skip
_UNNAMED = (MatchedTreatment("none"),)


def record_treatments(
    desk: Desk, services: Iterable[tuple[int, Sequence[ServiceReported]]], *, replaced: Collection[int]
) -> None:
    """The services of each visit as treatments; those of the visits in `replaced` take the place of what was there."""
    if replaced:
        Treatment.objects.filter(practice=desk.practice, visit__in=list(replaced)).delete()
    insert_rows(Treatment, COLUMNS, [row for visit_id, listed in services for row in _rows(desk, visit_id, listed)])


def _rows(desk: Desk, visit_id: int, services: Sequence[ServiceReported]) -> Iterable[Row]:
    position = 0
    for service in services:
        match = match_service(service.name, service.code, corrections=desk.corrections)
        for index, treatment in enumerate(match.treatments or _UNNAMED):
            yield (
                desk.practice.pk,
                visit_id,
                position,
                service.name,
                service.code,
                treatment.family,
                treatment.brand,
                treatment.area,
                match.decision,
                match.reason,
                service.quantity or match.quantity,
                service.unit or match.unit,
                Decimal(0) if index else service.amount,  # a combination is paid once
                service.series_session or match.session,
                service.series_total or match.session_total,
            )
            position += 1
