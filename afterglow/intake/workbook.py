"""The first sheet of an XLSX workbook, row by row, every cell as the text a CSV file would have."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import BinaryIO

import openpyxl

from afterglow.intake.table import Row, UnreadableFile

MOST_UNPACKED_BYTES = 2_000_000_000
SIGNATURE = b"PK\x03\x04"


def rows_of_workbook(file: BinaryIO) -> Iterator[Row]:
    """Every row that holds something, with its number in the sheet. Reads as it goes: memory stays flat."""
    try:
        with zipfile.ZipFile(file) as archive:
            if "[Content_Types].xml" not in archive.namelist():
                raise UnreadableFile("This is a ZIP archive. Unpack it and import the CSV or XLSX file inside.")
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED_BYTES:
                raise UnreadableFile("This workbook unpacks to more than 2 GB. Save the sheet as CSV and import that.")
        file.seek(0)
        yield from _rows(file)
    except UnreadableFile:
        raise
    except Exception as broken:  # openpyxl lets through whatever its ZIP and XML layers raise
        raise UnreadableFile(
            "This workbook is damaged or protected by a password. Open it, save it again as XLSX or CSV, and try again."
        ) from broken


def _rows(file: BinaryIO) -> Iterator[Row]:
    workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        if not workbook.worksheets:
            raise UnreadableFile("This workbook has no sheet with rows.")
        sheet = workbook.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size is often wrong
        for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = [_text(value) for value in values]
            if any(cells):
                yield number, cells
    finally:
        workbook.close()


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            return value.date().isoformat() if value.time() == time.min else value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
    return str(value)
