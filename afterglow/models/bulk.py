"""Many rows in one statement: what makes a year's import take seconds.

Values travel in PostgreSQL's binary format, several times cheaper than quoting them into the text of a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler

Row = Sequence[Any]


@models.ForeignKey.register_lookup
@models.Field.register_lookup
class Among(Lookup):
    """`filter(pk__among=ids)`: like `__in`, with any number of values as one array."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        values = list(self.rhs)
        if not values:
            raise EmptyResultSet
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*params, values)


def fetch_rows(rows: models.QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """The rows of a `values_list(...)`, moments in UTC. Meant for thousands of rows of plain columns."""
    try:
        query, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return []
    return _run(query.replace("%s", "%b"), params)


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Fresh primary keys, so that rows which point at each other can be written without reading back."""
    if not count:
        return []
    query = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    return [pk for (pk,) in _run(query, [model._meta.db_table, count])]


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows by one statement over arrays; `columns` are field names, others get their defaults.

    COPY is no way in: PostgreSQL refuses it where row-level security holds.
    """
    if not rows:
        return
    names, arrays = _described(model, tuple(columns))
    defaults = _defaults(model, tuple(columns))
    into = ", ".join((names, *defaults))
    values = ", ".join(("given.*", *("%s" for _ in defaults)))
    _run(
        f"INSERT INTO {model._meta.db_table} ({into}) SELECT {values} FROM unnest({arrays}) AS given",  # noqa: S608
        [*defaults.values(), *_by_column(rows)],
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
    names, arrays = _described(model, tuple(columns))
    changes = ", ".join(f"{name} = new.{name}" for name in names.split(", ")[1:])
    query = (
        f"UPDATE {model._meta.db_table} AS old SET {changes} FROM unnest({arrays}) AS new ({names}) "  # noqa: S608
        "WHERE old.practice_id = current_setting('afterglow.practice_id')::bigint AND old.id = new.id"
    )
    return query, _by_column(rows)


def _run(query: str, params: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Run one statement past Django's own cursor, which would quote every value into the text."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(query, list(params), binary=True)
        return cursor.fetchall() if cursor.description else []


def _by_column(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


@cache
def _defaults(model: type[models.Model], columns: tuple[str, ...]) -> dict[str, Any]:
    """The columns that were not given and may not be empty."""
    missing = (f for f in model._meta.local_concrete_fields if f.name not in columns)
    return {str(f.column): f.get_default() for f in missing if not f.null and not f.primary_key}


@cache
def _described(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, str]:
    fields = [model._meta.get_field(name) for name in columns]
    names = ", ".join(str(field.column) for field in fields)  # type: ignore[union-attr]
    return names, ", ".join(f"%b::{_type(field)}[]" for field in fields)


def _type(field: Any) -> str:
    kind = field.target_field if field.is_relation else field
    return str(kind.rel_db_type(connection) if field.is_relation else kind.db_type(connection)).split(" GENERATED")[0]
