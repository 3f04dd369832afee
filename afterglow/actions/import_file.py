"""Import a file of visits: check it first, then record what is good and say what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from afterglow.actions.record_visits import Recorded, record_visits
from afterglow.intake.columns import Mapping
from afterglow.intake.contract import RowFault, VisitReported
from afterglow.intake.rows import reports
from afterglow.intake.table import Table
from afterglow.models import ImportBatch, SavedMapping
from afterglow.models.scope import practice_scope

KEPT_FAULTS = 1_000


@dataclass
class Imported:
    """The report of an import: what was recorded and what was wrong, row by row."""

    batch_id: int | None
    recorded: Recorded
    faults: list[RowFault] = field(default_factory=list)
    fault_count: int = 0
    visits: int = 0


def import_file(
    *,
    practice_id: int,
    timezone: str,
    path: Path,
    table: Table,
    mapping: Mapping,
    fingerprint: str,
    source: str = "csv",
    by: str = "",
    consent_evidence: str = "",
    now: datetime,
    on_progress: Callable[[int], None] | None = None,
) -> Imported:
    """Record every good row of the file; importing the same file again changes nothing.

    `consent_evidence` proves the consents of rows that name no evidence; it is kept with this import, and not
    remembered for the next.
    """
    with practice_scope(practice_id):
        batch = ImportBatch.objects.create(
            practice_id=practice_id,
            filename=path.name,
            sha256=_digest(path),
            mapping=mapping.as_json() | ({"consent_evidence": consent_evidence} if consent_evidence else {}),
            imported_at=now,
            imported_by=by,
        )
        SavedMapping.objects.update_or_create(
            practice_id=practice_id,
            fingerprint=fingerprint,
            defaults={"mapping": mapping.as_json(), "saved_at": now},
        )
    imported = Imported(batch.pk, Recorded())
    imported.recorded = record_visits(
        practice_id=practice_id,
        source=source,
        reports=_good(
            imported,
            reports(table, mapping=mapping, timezone=timezone, source=source, consent_evidence=consent_evidence),
        ),
        now=now,
        is_from_file=True,
        batch_id=batch.pk,
        on_progress=on_progress,
    )
    with practice_scope(practice_id):
        counts = {**asdict(imported.recorded), "faults": imported.fault_count, "visits": imported.visits}
        ImportBatch.objects.filter(practice=practice_id, pk=batch.pk).update(counts=counts)
    return imported


def dry_run(
    *, timezone: str, table: Table, mapping: Mapping, source: str = "csv", consent_evidence: str = ""
) -> Imported:
    """The same report without writing anything."""
    imported = Imported(None, Recorded())
    read = reports(table, mapping=mapping, timezone=timezone, source=source, consent_evidence=consent_evidence)
    for _ in _good(imported, read):
        imported.recorded.new += 1
    return imported


def _good(imported: Imported, items: Iterator[VisitReported | RowFault]) -> Iterator[VisitReported]:
    for item in items:
        if isinstance(item, VisitReported):
            imported.visits += 1
            yield item
            continue
        imported.fault_count += 1
        if len(imported.faults) < KEPT_FAULTS:
            imported.faults.append(item)


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def saved_mapping(*, practice_id: int, fingerprint: str) -> Mapping | None:
    """How a file with this header was read the last time, or None."""
    with practice_scope(practice_id):
        saved = SavedMapping.objects.filter(practice=practice_id, fingerprint=fingerprint).first()
    return Mapping.from_json(saved.mapping) if saved else None
