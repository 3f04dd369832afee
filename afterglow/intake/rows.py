"""Rows of a table → visits. Several services of one appointment are several rows, and become one visit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from operator import itemgetter

from afterglow.intake.columns import COLUMNS, Mapping
from afterglow.intake.contract import ClientReported, RowFault, VisitReported, VisitStatus
from afterglow.intake.moments import OrderNeeded
from afterglow.intake.reading import RowRead, RowReader
from afterglow.intake.table import Table, UnreadableFile

_RANKS = {VisitStatus.COMPLETED: 3, VisitStatus.BOOKED: 2, VisitStatus.NO_SHOW: 1, VisitStatus.CANCELLED: 0}


def reports(
    table: Table, *, mapping: Mapping, timezone: str, source: str, consent_evidence: str = ""
) -> Iterator[VisitReported | RowFault]:
    """Every visit of the table in its order, and the faults of its rows. Streams: memory stays flat.

    Rows of one appointment are expected side by side; further apart they come as two reports with one `external_id`.
    `source` keeps the ids that are made for rows without an appointment id apart from those of another source;
    `consent_evidence` proves the consents of rows that name no evidence.
    """
    reader = RowReader(
        timezone=timezone,
        date_order=mapping.date_order,
        source=source,
        names=mapping.columns,
        consent_evidence=consent_evidence,
    )
    return merged(_asked_once(_rows_read(table, mapping, reader)))


def merged(read: Iterable[RowRead]) -> Iterator[VisitReported | RowFault]:
    """Neighbours with one `external_id` as one visit with all its services."""
    held: VisitReported | None = None
    for item in read:
        if isinstance(item, RowFault):
            yield item
            continue
        row, visit = item
        if held is None:
            held = visit
        elif visit.external_id != held.external_id:
            yield held
            held = visit
        elif _is_someone_else(visit.client, held.client):
            yield RowFault(row=row, column="appointment_id", message=_TWO_CLIENTS)
        else:
            held = _together(held, visit)
    if held is not None:
        yield held


def _is_someone_else(one: ClientReported, other: ClientReported) -> bool:
    if one is other:
        return False
    return any(
        mine and theirs and mine != theirs
        for mine, theirs in (
            (one.external_id, other.external_id),
            (one.phone, other.phone),
            (one.email, other.email),
            (one.first_name.casefold(), other.first_name.casefold()),
        )
    )


def _together(held: VisitReported, more: VisitReported) -> VisitReported:
    """What was performed wins: beside a completed service, a cancelled one of the same visit is left out."""
    ahead, behind = sorted((held, more), key=lambda visit: -_RANKS[visit.status])
    services = held.services + more.services if held.status is more.status else ahead.services
    return replace(
        ahead,
        services=services,
        starts_at=min(held.starts_at, more.starts_at),
        ended_at=max(visit.ended_at for visit in (held, more) if visit.status is ahead.status),
        provider=ahead.provider or behind.provider,
    )


def _asked_once(read: Iterable[RowRead]) -> Iterator[RowRead]:
    """The question of the date order comes with the first row it concerns; the others are counted at the end."""
    more, last = 0, None
    for item in read:
        if isinstance(item, RowFault) and item.message == _WHICH_ORDER:
            more, is_first, last = more + 1, last is None, item
            if not is_first:
                continue
        yield item
    if last is not None and more > 1:
        message = f"{more - 1:,} more such dates, the last one on this row. Choose the date order and import again."
        yield replace(last, message=message)


def _rows_read(table: Table, mapping: Mapping, reader: RowReader) -> Iterator[RowRead]:
    header, width, ours = list(table.header), len(table.header), _picker(table.header, mapping)
    row, is_empty = 1, True
    try:
        for item in table.rows:
            is_empty = False
            if isinstance(item, RowFault):
                row = item.row
                yield item
                continue
            row, cells = item
            if len(cells) != width:
                yield RowFault(row=row, column="", message=_misfit(len(cells), width))
                continue
            if cells == header or not any(map(str.strip, cells)):
                continue
            cells += ("", mapping.status)
            yield from reader.read(row=row, values=ours(cells))
    except UnreadableFile as broken:
        yield RowFault(row=row, column="", message=f"Reading stopped after this row. {broken}")
    if is_empty:
        yield RowFault(row=1, column="", message=_NO_ROWS, is_fatal=False)


def _picker(header: tuple[str, ...], mapping: Mapping) -> Callable[[list[str]], tuple[str, ...]]:
    """Takes our columns out of a row. The row ends with an empty cell for the columns that it lacks, and the status."""
    positions = dict.fromkeys(COLUMNS, len(header)) | {"status": len(header) + 1}
    positions |= {column: header.index(name) for column, name in mapping.columns.items() if name in header}
    return itemgetter(*(positions[column] for column in COLUMNS))


def _misfit(found: int, width: int) -> str:
    if found > width:
        return (
            f"The row has {found} cells where the header has {width}. "
            "Put quotation marks around the cell that holds the delimiter."
        )
    return f"The row has {found} cells where the header has {width}: it was cut off. Export it again or complete it."


_WHICH_ORDER = str(OrderNeeded())
_TWO_CLIENTS = (
    "This row names another client than the row before it, under the same appointment id. The row was left out; "
    "give each client's appointment its own id."
)
_NO_ROWS = "The file has column names and no rows beneath them. Export it again, with a date range that has visits."
