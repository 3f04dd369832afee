"""Delimiters, alphabets and workbooks: the file is read as its owner sees it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from afterglow.intake.systems.csv_file import read_table
from afterglow.intake.table import UnreadableFile
from tests.intake.files import DANA, HEADER, ROSA, read, text_of

WORLD = "\n".join((HEADER, ROSA.replace("Rosa", "Zoë"), DANA.replace("Dana", "Noemí")))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    table = read_table(WORLD.replace(",", delimiter).encode())
    assert table.delimiter == delimiter
    assert table.header == tuple(HEADER.split(","))


def test_a_delimiter_inside_a_quoted_header_does_not_count() -> None:
    assert read_table(b'status;"a, b, c, d";start\n').header == ("status", "a, b, c, d", "start")


def test_the_delimiter_line_of_a_spreadsheet_program_is_understood() -> None:
    visits, faults = read(("sep=;\n" + WORLD.replace(",", ";") + "\nA-9;completed").encode())
    assert len(visits) == 2
    assert faults[0].row == 5


@pytest.mark.parametrize(
    ("codec", "shown"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_names_survive_the_encoding(codec: str, shown: str) -> None:
    content = WORLD.encode(codec)
    visits, faults = read(content)
    assert [visit.client.first_name for visit in visits] == ["Zoë", "Noemí"]
    assert faults == []
    assert read_table(content).encoding == shown


def test_one_old_line_in_a_new_file_spoils_no_other() -> None:
    content = text_of(HEADER, ROSA.replace("Rosa", "Zoë")) + b"\n" + DANA.replace("Dana", "Noemí").encode("cp1252")
    visits, _ = read(content)
    assert [visit.client.first_name for visit in visits] == ["Zoë", "Noemí"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_one(ending: str) -> None:
    visits, faults = read(WORLD.replace("\n", ending).encode())
    assert (len(visits), faults) == (2, [])


def test_a_file_on_disk_is_read_again_from_the_top_each_time(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text(WORLD, encoding="utf-8")
    table = read_table(path)
    assert next(iter(table.rows))[0] == 2  # type: ignore[index]
    assert list(table.rows) == list(table.rows)
    assert len(list(table.rows)) == 2


def _workbook(*rows: Sequence[object]) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def test_a_workbook_reads_like_the_same_visits_in_a_csv_file() -> None:
    header = ["appointment_id", "status", "start", "service", "phone", "zip", "birth_date", "amount", "Notes"]
    workbook = _workbook(
        header,
        [
            17,
            "Completed",
            datetime.fromisoformat("2026-05-06 14:30"),
            "Botox",
            2075550134,
            4101,
            date(1985, 4, 30),
            480.5,
            None,
        ],
        [],
        [18, "no-show", date(2026, 5, 7), "Peel", None, None, None, None, "private"],
        ["18", "bogus", time(9), "Peel"],
    )
    text = text_of(
        ",".join(header),
        "17,completed,2026-05-06 14:30,Botox,207 555 0134,04101,1985-04-30,480.50,",
        "",
        "18,no show,2026-05-07,Peel,,,,,private",
        "18,bogus,09:00:00,Peel,,,,,",
    )
    assert read(workbook) == read(text)


def test_a_workbook_without_rows_says_so() -> None:
    with pytest.raises(UnreadableFile, match="first sheet of the workbook is empty"):
        read_table(_workbook())


def test_a_workbook_cut_off_in_transfer_says_so() -> None:
    with pytest.raises(UnreadableFile, match="damaged"):
        read_table(_workbook(["status", "start", "service"])[:-200])
