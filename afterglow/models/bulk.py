"""Many rows in one statement: what makes a year's import take seconds.

Values travel in PostgreSQL's binary format, several times cheaper than quoting them into the text of a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler

from afterglow.models.arrays import Packed, PackedDumper, packed

Row = Sequence[Any]


class Values:
    """Any number of values for `among`. Not iterable: Django would look at each of them, in every query."""

    def __init__(self, values: Iterable[Any]) -> None:
        self.listed = list(values)


@models.ForeignKey.register_lookup
@models.Field.register_lookup
class Among(Lookup):
    """`filter(pk__among=ids)`: like `__in`, with any number of values as one array."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        values = self.rhs.listed if isinstance(self.rhs, Values) else list(self.rhs)
        if not values:
            raise EmptyResultSet
        kind = _type(self.lhs.output_field)
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::{kind}[])", (*params, _Array(values, kind))


class _Array(list[Any]):
    """An array that knows its type, so that `fetch_rows` can send it packed."""

    def __init__(self, values: Iterable[Any], kind: str) -> None:
        super().__init__(values)
        self.kind = kind


def fetch_rows(rows: models.QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """The rows of a `values_list(...)`, moments in UTC. Meant for thousands of rows of plain columns."""
    try:
        query, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return []
    sent = [packed(value, value.kind) if isinstance(value, _Array) else value for value in params]
    return _run(query.replace("%s", "%b"), sent)


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Fresh primary keys, so that rows which point at each other can be written without reading back."""
    if not count:
        return []
    query = (
        "SELECT nextval(number.series) FROM generate_series(1, %b::int), "
        "(SELECT pg_get_serial_sequence(%b, 'id')::regclass AS series OFFSET 0) AS number"  # looked up once
    )
    return [pk for (pk,) in _run(query, [count, model._meta.db_table])]


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows by one statement over arrays; `columns` are field names, others get their defaults.

    COPY is no way in: PostgreSQL refuses it where row-level security holds.
    """
    if not rows:
        return
    given = _given(model, columns, rows)
    defaults = _defaults(model, tuple(columns))
    into = ", ".join((*given.names, *given.shared, *defaults))
    values = ", ".join(("given.*", *given.shared.values(), *("%s" for _ in defaults)))
    _run(
        f"INSERT INTO {model._meta.db_table} ({into}) SELECT {values} FROM unnest({given.arrays}) AS given",  # noqa: S608
        [*given.shared_values, *defaults.values(), *given.columns],
    )


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Update rows by one statement; the first column must be `id`."""
    if rows:
        _run(*_update(model, columns, rows))


def settle_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row], *, former: str) -> set[int]:
    """Update those rows that are still in the `former` state; their ids. The others belong to somebody else by now."""
    if not rows:
        return set()
    query, values = _update(model, columns, rows)
    return {pk for (pk,) in _run(f"{query} AND old.state = %b RETURNING old.id", [*values, former])}


def _update(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> tuple[str, list[Any]]:
    given = _given(model, columns, rows)
    own = (f"{name} = new.{name}" for name in given.names[1:])
    shared = (f"{name} = {value}" for name, value in given.shared.items())
    query = (
        f"UPDATE {model._meta.db_table} AS old SET {', '.join((*own, *shared))} "  # noqa: S608
        f"FROM unnest({given.arrays}) AS new ({', '.join(given.names)}) "
        "WHERE old.practice_id = current_setting('afterglow.practice_id')::bigint AND old.id = new.id"
    )
    return query, [*given.shared_values, *given.columns]


class _Given(NamedTuple):
    """Rows by column. What all rows share travels once; the first column is always an array."""

    names: list[str]
    arrays: str
    columns: list[Any]
    shared: dict[str, str]
    shared_values: list[Any]


def _given(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> _Given:
    given = _Given([], "", [], {}, [])
    arrays: list[str] = []
    for (name, kind), values in zip(_described(model, tuple(columns)), zip(*rows, strict=True), strict=True):
        if arrays and values.count(values[0]) == len(values):
            given.shared[name] = f"%b::{kind}"
            given.shared_values.append(values[0])
        else:
            given.names.append(name)
            arrays.append(f"%b::{kind}[]")
            given.columns.append(packed(values, kind))
    return given._replace(arrays=", ".join(arrays))


def _run(query: str, params: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Run one statement past Django's own cursor, which would quote every value into the text."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.adapters.register_dumper(Packed, PackedDumper)
        cursor.execute(query, list(params), binary=True)
        return cursor.fetchall() if cursor.description else []


@cache
def _defaults(model: type[models.Model], columns: tuple[str, ...]) -> dict[str, Any]:
    """The columns that were not given and may not be empty."""
    missing = (f for f in model._meta.local_concrete_fields if f.name not in columns and not f.generated)
    return {str(f.column): f.get_default() for f in missing if not f.null and not f.primary_key}


@cache
def _described(model: type[models.Model], columns: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    fields = [model._meta.get_field(name) for name in columns]
    return tuple((str(field.column), _type(field)) for field in fields)  # type: ignore[union-attr]


@cache
def _type(field: Any) -> str:
    kind = field.target_field if field.is_relation else field
    return str(kind.rel_db_type(connection) if field.is_relation else kind.db_type(connection)).split(" GENERATED")[0]
