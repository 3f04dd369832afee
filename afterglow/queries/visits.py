"""Where somebody is in the follow-up: the last visit and how long ago it was."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from afterglow.models import Practice, Visit
from afterglow.models.visit_facts import treatments_of
from afterglow.queries.words import day_number, treatments_label


@dataclass(frozen=True, slots=True, kw_only=True)
class LastVisit:
    treatments: str
    visit_on: date
    day: str

    @property
    def label(self) -> str:
        return f"{self.treatments} · {self.day}"


def last_visits(practice: Practice, client_ids: Collection[int], *, today: date) -> dict[int, LastVisit]:
    """The newest performed visit of each client who has one. Two queries."""
    if not client_ids:
        return {}
    newest = (
        Visit.objects.filter(practice=practice, client__in=client_ids, status=Visit.Status.COMPLETED)
        .order_by("client_id", "-ended_at")
        .distinct("client_id")
        .values_list("pk", "client_id", "visit_on")
    )
    rows = list(newest)
    treatments = treatments_of(practice, [pk for pk, _, _ in rows])
    return {
        client_id: LastVisit(
            treatments=treatments_label(treatments.get(pk, ())), visit_on=on, day=day_number(on, today=today)
        )
        for pk, client_id, on in rows
    }
