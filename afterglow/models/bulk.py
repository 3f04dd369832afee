"""Many rows in one statement: what makes a year's import take seconds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models

Row = Sequence[Any]


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Fresh primary keys, so that rows which point at each other can be written without reading back."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows by one statement over arrays; `columns` are field names, others get their defaults.

    COPY is no way in: PostgreSQL refuses it where row-level security holds.
    """
    if not rows:
        return
    names, casts = _described(model, tuple(columns))
    defaults = _defaults(model, tuple(columns))
    into = ", ".join((names, *defaults))
    values = ", ".join(("given.*", *("%s" for _ in defaults)))
    arrays = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({into}) SELECT {values} FROM unnest({casts}) AS given",  # noqa: S608
            [*defaults.values(), *arrays],
        )


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Update rows by one statement; the first column must be `id`."""
    if not rows:
        return
    names, casts = _described(model, tuple(columns))
    changes = ", ".join(f"{name} = new.{name}" for name in names.split(", ")[1:])
    arrays = [list(values) for values in zip(*rows, strict=True)]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS old SET {changes} FROM unnest({casts}) AS new ({names}) "  # noqa: S608
            "WHERE old.practice_id = current_setting('afterglow.practice_id')::bigint AND old.id = new.id",
            arrays,
        )


@cache
def _defaults(model: type[models.Model], columns: tuple[str, ...]) -> dict[str, Any]:
    """The columns that were not given and may not be empty."""
    missing = (f for f in model._meta.local_concrete_fields if f.name not in columns)
    return {str(f.column): f.get_default() for f in missing if not f.null and not f.primary_key}


@cache
def _described(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, str]:
    fields = [model._meta.get_field(name) for name in columns]
    names = ", ".join(str(field.column) for field in fields)  # type: ignore[union-attr]
    casts = ", ".join(f"%s::{_type(field)}[]" for field in fields)
    return names, casts


def _type(field: Any) -> str:
    kind = field.target_field if field.is_relation else field
    return str(kind.rel_db_type(connection) if field.is_relation else kind.db_type(connection)).split(" GENERATED")[0]
