"""A broken file costs what is broken in it, says so, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from afterglow.intake.systems.csv_file import read_table
from afterglow.intake.table import UnreadableFile
from tests.intake.files import DANA, HEADER, ROSA, read, text_of


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \n \n", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Save it as XLSX or CSV"),
        (b"\x1f\x8b\x08\x00", "Unpack it"),
        (b"PK\x03\x04 no real archive", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(1, 32)) * 50, "not a text file"),
        (b"a" * 300_000, "first line never ends"),
    ],
)
def test_what_cannot_be_read_at_all_says_why_and_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(UnreadableFile, match=says):
        read_table(content)


def test_the_name_of_the_file_leads_the_message() -> None:
    with pytest.raises(UnreadableFile, match=r"^may\.csv: The file is empty"):
        read_table(b"", filename="may.csv")


def test_a_file_that_is_not_there_is_said_to_be_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"^gone\.csv: The file cannot be opened"):
        read_table(tmp_path / "gone.csv", filename="gone.csv")


def test_a_file_with_only_a_header_is_told_to_be_exported_again() -> None:
    visits, [fault] = read(text_of(HEADER))
    assert visits == []
    assert (fault.row, fault.is_fatal) == (1, False)
    assert "no rows beneath them" in fault.message


BROKEN_ROWS = [
    ('A-9,completed,2026-05-06 14:00,"Botox,Kit,207-555-0139,', 3, "quotation mark on this line is never closed"),
    ('A-9,completed,2026-05-06 14:00,Botox,Kit,207-555-0139,"', 3, "quotation mark on this line is never closed"),
    ("A-9,completed,2026-05-06 14:00,Botox, 20u,Kit,207-555-0139,", 3, "8 cells where the header has 7"),
    ("A-9,completed,2026-05-06", 3, "3 cells where the header has 7: it was cut off"),
    (f'"{"x" * 140_000}",completed,2026-05-06,Botox,,,', 3, "the line is broken"),
]


@pytest.mark.parametrize(("broken", "row", "says"), BROKEN_ROWS)
def test_a_broken_line_is_named_and_its_neighbours_go_through(broken: str, row: int, says: str) -> None:
    visits, [fault] = read(text_of(HEADER, ROSA, broken, DANA))
    assert [visit.external_id for visit in visits] == ["A-1", "A-2"]
    assert (fault.row, fault.is_fatal) == (row, True)
    assert says in fault.message


def test_a_quotation_mark_left_open_does_not_swallow_the_lines_up_to_the_next_one() -> None:
    stray = 'A-3,completed,2026-05-06,"Botox,Kit,207-555-0136,'
    closing = 'A-4,completed,2026-05-06,Botox 20u",Kit,207-555-0137,'
    visits, faults = read(text_of(HEADER, stray, *[ROSA.replace("A-1", f"B-{n}") for n in range(20)], closing, DANA))
    assert [fault.row for fault in faults] == [2]
    assert [visit.external_id for visit in visits] == [*[f"B-{n}" for n in range(20)], "A-4", "A-2"]


def test_a_quotation_mark_left_open_early_in_a_long_file_costs_one_line() -> None:
    rows = [ROSA.replace("A-1", f"B-{n}") for n in range(1000)]
    visits, faults = read(text_of(HEADER, rows[0].replace("Botox", '"Botox'), *rows[1:]))
    assert [fault.row for fault in faults] == [2]
    assert len(visits) == 999


def test_a_line_break_inside_quotation_marks_is_part_of_the_cell() -> None:
    [visit], faults = read(text_of(HEADER, ROSA.replace("Botox 40u", '"Botox\n40u"')))
    assert visit.services[0].name == "Botox 40u"
    assert faults == []


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    multi_line = ROSA.replace("Botox 40u", '"Botox\n40u"')
    _, [fault] = read(text_of(HEADER, multi_line, "", "A-9,completed"))
    assert fault.row == 5


def test_a_quotation_mark_inside_a_word_is_only_a_mark() -> None:
    [visit], faults = read(text_of(HEADER, ROSA.replace("Botox 40u", 'Needle 5" Botox')))
    assert visit.services[0].name == 'Needle 5" Botox'
    assert faults == []


def test_zero_bytes_byte_order_marks_empty_lines_and_repeated_headers_are_no_faults() -> None:
    content = text_of("\ufeff" + HEADER, "", "\ufeff" + ROSA, ",,,,,,", HEADER, DANA.replace("Dana", "Da\0na"), "")
    visits, faults = read(content)
    assert [visit.client.first_name for visit in visits] == ["Rosa", "Dana"]
    assert faults == []
