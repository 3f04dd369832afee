"""Operations that keep the rows of a practice inside it, by the database's own means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

SCOPE = "(SELECT nullif(current_setting('afterglow.practice_id', true), '')::bigint)"


class KeepWithinPractice(Operation):
    """Key the models' tables by practice, tie their links to the same practice, and hide them from every other one.

    Use it in the migration after the one that creates the models.
    """

    reversible = False
    reduces_to_sql = True

    def __init__(self, models: Sequence[str]) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The database changes, Django's idea of the models does not."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        tables = [to_state.apps.get_model(app_label, name) for name in self.models]
        for table in tables:
            schema_editor.execute(_key(table))
        for table in tables:
            for field in links(table):
                schema_editor.execute(_tie(table, field))
            if any(not field.null for field in links(table)):
                _drop_implied_practice_key(schema_editor, table)
        for table in tables:
            hide(schema_editor, table._meta.db_table, practice_column="practice_id")

    def describe(self) -> str:
        return f"Keep the rows of {', '.join(self.models)} within their practice"


class LinkWithinPractice(Operation):
    """Tie a link that was added to an existing model to the same practice."""

    reversible = False
    reduces_to_sql = True

    def __init__(self, model: str, field: str) -> None:
        self.model = model
        self.field = field

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The database changes, Django's idea of the models does not."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model)
        schema_editor.execute(_tie(table, table._meta.get_field(self.field)))

    def describe(self) -> str:
        return f"Keep {self.model}.{self.field} within the practice"


def hide(schema_editor: BaseDatabaseSchemaEditor, table: str, *, practice_column: str) -> None:
    """Show a practice's rows only while that practice is set; its owner, who migrates, sees all."""
    schema_editor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    schema_editor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    schema_editor.execute(
        f'CREATE POLICY within_practice ON "{table}" '
        f'USING ("{practice_column}" = {SCOPE}) WITH CHECK ("{practice_column}" = {SCOPE})'
    )
    schema_editor.execute(f'CREATE POLICY owner_sees_all ON "{table}" TO CURRENT_USER USING (true) WITH CHECK (true)')


def open_door(schema_editor: BaseDatabaseSchemaEditor, signature: str, answer: str, query: str) -> None:
    """A question across practices, or a new body for one that is there; it runs with the rights of the owner."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        schema = cursor.fetchone()[0]
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {signature} RETURNS {answer} LANGUAGE sql STABLE SECURITY DEFINER "
            f"SET search_path = {schema}, pg_temp AS $${query}$$"
        )
        types = signature.replace("asked ", "").replace("moment ", "")
        cursor.execute(f"REVOKE ALL ON FUNCTION {types} FROM PUBLIC")


def links(table: type[models.Model]) -> list[Any]:
    """The fields made by `link(...)`: they have no constraint of Django's."""
    return [
        field
        for field in table._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and not getattr(field, "db_constraint", True)
        and field.name != "practice"
    ]


def _key(table: type[models.Model]) -> str:
    name = table._meta.db_table
    return f'ALTER TABLE "{name}" DROP CONSTRAINT "{name}_pkey", ADD PRIMARY KEY (practice_id, id)'


def _tie(table: type[models.Model], field: Any) -> str:
    """Checked with each statement: a deferred check would keep every row of an import in memory until its end."""
    return (
        f'ALTER TABLE "{table._meta.db_table}" ADD CONSTRAINT "{table._meta.db_table}_{field.name}_within_practice" '
        f'FOREIGN KEY (practice_id, "{field.column}") '
        f'REFERENCES "{field.related_model._meta.db_table}" (practice_id, id) ON DELETE {_on_delete(field)}'
    )


def _on_delete(field: Any) -> str:
    if field.remote_field.on_delete is models.CASCADE:
        return "CASCADE"
    if field.remote_field.on_delete is models.SET_NULL:
        return f'SET NULL ("{field.column}")'
    return "NO ACTION"


def _drop_implied_practice_key(schema_editor: BaseDatabaseSchemaEditor, table: type[models.Model]) -> None:
    """A row that is tied to a row of the practice needs no second check that the practice exists."""
    with schema_editor.connection.cursor() as cursor:
        found = schema_editor.connection.introspection.get_constraints(cursor, table._meta.db_table)
    for name, constraint in found.items():
        if constraint["foreign_key"] and constraint["columns"] == ["practice_id"]:
            schema_editor.execute(f'ALTER TABLE "{table._meta.db_table}" DROP CONSTRAINT "{name}"')
