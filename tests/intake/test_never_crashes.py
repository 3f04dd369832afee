"""Whatever bytes arrive: a table, visits and faults, or a sentence that says why not. And the same the second time."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from afterglow.intake.columns import CONTRACT, Mapping, faults_of_mapping, header_fingerprint, suggest_mapping
from afterglow.intake.contract import RowFault, VisitReported
from afterglow.intake.rows import reports as reports_of_table
from afterglow.intake.systems.csv_file import read_table
from afterglow.intake.systems.generic import reports as reports_of_call
from afterglow.intake.table import UnreadableFile

_TELLING = [
    "",
    " ",
    "completed",
    "No Show",
    "2026-05-06",
    "2026-05-06 14:00",
    "2026-03-08T02:30",
    "5/6/2026",
    "3:15 PM",
]
_TELLING += ["2026-05-06T14:00:00+23:59", "9999-12-31T23:59", "0001-01-01", "2075550134", "+1", "yes", "2 of 6"]
_TELLING += ["$1,200.50", "-", "\ufeff", '"', "\n", "a\nb", "NaN", "1e9", "٣", "²", "Lind, Rosa"]
CELLS = st.one_of(st.sampled_from(_TELLING), st.text(max_size=12))
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=len(CONTRACT) + 1), max_size=6)


def _read(content: bytes, mapping: Mapping | None = None) -> list[VisitReported | RowFault]:
    table = read_table(content)
    chosen = mapping or suggest_mapping(table.header)
    faults_of_mapping(chosen, table.header)
    header_fingerprint(table.header)
    return list(reports_of_table(table, mapping=chosen, timezone="America/New_York", source="file"))


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(UnreadableFile):
        assert _read(content) == _read(content)


@given(ROWS, st.sampled_from(["", "mdy", "dmy", "ymd"]), st.sampled_from(["utf-8", "cp1252", "utf-16"]))
@settings(max_examples=200, deadline=None)
def test_any_cells_are_visits_or_faults_and_the_same_again(rows: list[list[str]], order: str, codec: str) -> None:
    lines = [",".join(CONTRACT), *(",".join(row) for row in rows)]
    content = "\n".join(lines).encode(codec, "replace")
    mapping = Mapping(columns={column: column for column in CONTRACT}, date_order=order)
    first = _read(content, mapping)
    assert first == _read(content, mapping)
    for item in first:
        if isinstance(item, VisitReported):
            assert item.starts_at.tzinfo is not None
            assert item.starts_at <= item.ended_at
            assert item.services
            assert item.external_id


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), CELLS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from([*CONTRACT, "evidence"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*CONTRACT, "client", "services", "consents"]), JSON))
@settings(max_examples=200, deadline=None)
def test_any_call_is_visits_or_faults_and_the_same_again(visit: dict[str, object]) -> None:
    body = json.dumps({"visits": [visit]}).encode()
    first = list(reports_of_call(body, timezone="America/New_York"))
    assert first
    assert first == list(reports_of_call(body, timezone="America/New_York"))
