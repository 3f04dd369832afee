"""A CSV or XLSX file as a table: its delimiter and encoding found out, its broken lines named, the rest read on."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from afterglow.intake.contract import RowFault
from afterglow.intake.records import records
from afterglow.intake.table import Row, Table, UnreadableFile
from afterglow.intake.workbook import SIGNATURE as WORKBOOK_SIGNATURE
from afterglow.intake.workbook import rows_of_workbook

Source = Path | bytes | bytearray | memoryview
SAMPLE_BYTES = 256_000
_DELIMITERS = ",;\t|"
_QUOTED = re.compile(r'"[^"]*"')
_KNOWN_FORMATS = (
    (b"\xd0\xcf\x11\xe0", "This is an Excel file of the old kind (.xls). Save it as XLSX or CSV and import that."),
    (b"%PDF", "This is a PDF. Export the report as CSV or XLSX instead."),
    (b"\x1f\x8b", "This file is compressed. Unpack it and import the CSV or XLSX file inside."),
)


def read_table(source: Source, *, filename: str = "") -> Table:
    """The header and a way to read the rows, as often as wanted. `UnreadableFile` says why nothing can be read."""
    try:
        with _opened(source) as file:
            sample = file.read(SAMPLE_BYTES)
    except OSError as refused:
        raise UnreadableFile(_named(filename, f"The file cannot be opened: {refused.strerror}.")) from refused
    if not sample.strip():
        raise UnreadableFile(_named(filename, "The file is empty. Export it again, with a date range that has visits."))
    for signature, message in _KNOWN_FORMATS:
        if sample.startswith(signature):
            raise UnreadableFile(_named(filename, message))
    try:
        return _workbook(source) if sample.startswith(WORKBOOK_SIGNATURE) else _text_table(source, sample)
    except UnreadableFile as unreadable:
        raise UnreadableFile(_named(filename, str(unreadable))) from unreadable


def _named(filename: str, message: str) -> str:
    return f"{filename}: {message}" if filename else message


def _opened(source: Source) -> BinaryIO:
    return source.open("rb") if isinstance(source, Path) else io.BytesIO(source)


def _workbook(source: Source) -> Table:
    with _opened(source) as file:
        first = next(rows_of_workbook(file), None)
    if first is None:
        raise UnreadableFile("The first sheet of the workbook is empty. Put the visits on the first sheet.")
    header = tuple(first[1])  # a cell to the right of it belongs to no column

    def rows() -> Iterator[Row | RowFault]:
        with _opened(source) as file:
            for number, cells in rows_of_workbook(file):
                if number > first[0]:
                    yield number, (cells + [""] * len(header))[: len(header)]

    return Table(header=header, open_rows=rows)


def _text_table(source: Source, sample: bytes) -> Table:
    encoding = _encoding(sample)
    text = sample.decode(encoding, ENCODING_ERRORS)
    _refuse_binary(text, is_whole=len(sample) < SAMPLE_BYTES)
    delimiter, skipped = _delimiter(text)
    read = partial(_records, source, encoding=encoding, delimiter=delimiter, skipped=skipped)
    header = next((record for record in read(width=0) if not isinstance(record, RowFault)), None)
    if header is None:
        raise UnreadableFile("No line of this file can be read. Export it again as CSV.")
    number, names = header[0], tuple(name.strip() for name in header[1])

    def rows() -> Iterator[Row | RowFault]:
        for record in read(width=len(names)):
            if isinstance(record, RowFault) or record[0] > number:
                yield record

    return Table(header=names, delimiter=delimiter, encoding=_shown(encoding, sample), open_rows=rows)


def _refuse_binary(text: str, *, is_whole: bool) -> None:
    beginning = text[:20_000]
    strange = sum(1 for c in beginning if c < " " and c not in "\t\r\n\f\0")
    if strange > max(100, len(beginning) // 20):
        raise UnreadableFile("This is not a text file. Export the visits as CSV or XLSX.")
    if not is_whole and "\n" not in text and "\r" not in text:
        raise UnreadableFile("The first line never ends. Export the visits as CSV or XLSX, one row for each service.")


ENCODING_ERRORS = "afterglow.cp1252"


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Windows' own letters inside a UTF-8 file: read byte by byte, so that one old line spoils no other."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.encoding != "utf-8":
        return "\ufffd", error.end
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(ENCODING_ERRORS, _as_cp1252)


def _encoding(sample: bytes) -> str:
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = sample[0:4000:2], sample[1:4000:2]
    if odd.count(0) > 0.4 * len(odd) > even.count(0):
        return "utf-16-le"
    if even.count(0) > 0.4 * len(even) > odd.count(0):
        return "utf-16-be"
    return "utf-8"


def _shown(encoding: str, sample: bytes) -> str:
    if encoding != "utf-8":
        return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(text: str) -> tuple[str, int]:
    """The delimiter, and how many lines come before the header (Excel's own `sep=;` is one)."""
    lines = re.split(r"[\r\n]+", _QUOTED.sub("", text[:50_000]).lstrip("\ufeff\r\n"))
    if lines[0].casefold() in {f"sep={mark}" for mark in _DELIMITERS}:
        return lines[0][-1], 1
    return max(_DELIMITERS, key=lines[0].count), 0


def _records(source: Source, *, encoding: str, delimiter: str, skipped: int, width: int) -> Iterator[Row | RowFault]:
    with io.TextIOWrapper(_opened(source), encoding=encoding, errors=ENCODING_ERRORS, newline="") as lines:
        for _ in range(skipped):
            next(lines, None)
        yield from records(lines, delimiter=delimiter, number=skipped + 1, width=width)
