"""Small files and what is read from them, for the tests of this folder."""

from __future__ import annotations

from afterglow.intake.columns import Mapping, suggest_mapping
from afterglow.intake.contract import RowFault, VisitReported
from afterglow.intake.rows import reports
from afterglow.intake.systems.csv_file import Source, read_table
from afterglow.intake.table import Table

HEADER = "appointment_id,status,start,service,first_name,phone,email"
ROSA = "A-1,completed,2026-05-06 14:00,Botox 40u,Rosa,207-555-0134,rosa@example.test"
DANA = "A-2,completed,2026-05-06 15:00,Lip filler,Dana,207-555-0135,dana@example.test"


def text_of(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def read(
    source: Source, *, mapping: Mapping | None = None, timezone: str = "America/New_York"
) -> tuple[list[VisitReported], list[RowFault]]:
    """The visits and the faults of a file, read with the mapping that is suggested for it."""
    return read_from(read_table(source), mapping=mapping, timezone=timezone)


def read_from(
    table: Table, *, mapping: Mapping | None = None, timezone: str = "America/New_York"
) -> tuple[list[VisitReported], list[RowFault]]:
    found = list(reports(table, mapping=mapping or suggest_mapping(table.header), timezone=timezone, source="the file"))
    return (
        [item for item in found if isinstance(item, VisitReported)],
        [item for item in found if isinstance(item, RowFault)],
    )


def one_row(**values: str) -> tuple[list[VisitReported], list[RowFault]]:
    """A file with one good row, in which these cells are changed."""
    row = {
        "appointment_id": "A-1",
        "status": "completed",
        "start": "2026-05-06 14:00",
        "service": "Botox 40u",
        "first_name": "Rosa",
        "phone": "+12075550134",
        "email": "rosa@example.test",
    } | values
    quoted = ['"' + value.replace('"', '""') + '"' for value in row.values()]
    return read(text_of(",".join(row), ",".join(quoted)))
