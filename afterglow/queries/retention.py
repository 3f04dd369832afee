"""How long a practice keeps what."""

from __future__ import annotations

from dataclasses import dataclass

from afterglow.models import Practice, Retention
from afterglow.rules.retention import Kind, days_kept, keepings, spoken_days


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRow:
    """One kind of record as it is kept here. `days` and `least` are days."""

    kind: Kind
    title: str
    days: int
    least: int
    then: str
    reason: str
    is_chosen: bool  # otherwise than the default

    @property
    def spoken(self) -> str:
        return spoken_days(self.days)


def retention_of(practice: Practice) -> tuple[RetentionRow, ...]:
    """Every kind that has an end, shortest first. One query."""
    chosen = dict(Retention.objects.filter(practice=practice).values_list("kind", "days"))
    return tuple(
        RetentionRow(
            kind=keeping.kind,
            title=keeping.title,
            days=days_kept(keeping.kind, chosen),
            least=keeping.least,
            then=keeping.then,
            reason=keeping.reason,
            is_chosen=days_kept(keeping.kind, chosen) != keeping.days,
        )
        for keeping in keepings()
    )
