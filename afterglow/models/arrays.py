"""Columns of values as PostgreSQL's binary arrays, packed a column at a time.

psycopg asks of each value what it is. The columns of a table are known beforehand, and that is most of the cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from struct import Struct
from typing import Any
from uuid import UUID

from psycopg.adapt import Dumper
from psycopg.pq import Format


class Packed(bytes):
    """An array in binary, ready to be sent. The statement says of what type it is."""


def packed(values: Sequence[Any], kind: str) -> Packed | list[Any]:
    """These values as one array of the SQL type `kind`; types that are rare in bulk are left to psycopg."""
    if kind not in _KINDS:
        return list(values)
    type_id, pack = _KINDS[kind]
    has_gaps = None in values
    items = (_NULL if value is None else pack(value) for value in values) if has_gaps else map(pack, values)
    return Packed(_HEAD(1, has_gaps, type_id, len(values), 1) + b"".join(items))


class PackedDumper(Dumper):
    """How psycopg sends it: as it is."""

    format = Format.BINARY

    def dump(self, obj: Packed) -> Packed:
        return obj


def _text(value: str) -> bytes:
    data = value.encode()
    return _LENGTH(len(data)) + data


def _bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def _uuid(value: UUID) -> bytes:
    return b"\0\0\0\x10" + value.bytes


def _moment(value: datetime) -> bytes:
    since = value - _EPOCH
    return _LONG(8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def _date(value: date) -> bytes:
    return _INT(4, value.toordinal() - _EPOCH.toordinal())


_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NULL = b"\xff\xff\xff\xff"
_HEAD = Struct("!iiIii").pack  # dimensions, whether some are null, the type of each, how many, the first one's number
_LENGTH = Struct("!i").pack  # before each value
_INT, _LONG = Struct("!ii").pack, Struct("!iq").pack
_KINDS: dict[str, tuple[int, Callable[[Any], bytes]]] = {
    "bigint": (20, partial(_LONG, 8)),
    "bytea": (17, _bytes),
    "boolean": (16, {False: b"\0\0\0\1\0", True: b"\0\0\0\1\1"}.__getitem__),
    "date": (1082, _date),
    "integer": (23, partial(_INT, 4)),
    "text": (25, _text),
    "timestamp with time zone": (1184, _moment),
    "uuid": (2950, _uuid),
}
