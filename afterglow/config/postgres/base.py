"""The connection Django uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from django.db.backends.postgresql.features import DatabaseFeatures as PostgresFeatures


class DatabaseFeatures(PostgresFeatures):
    # The primary key of a practice's table is (practice, id): grouping by `id` alone does not cover the other columns.
    allows_group_by_selected_pks = False


class DatabaseWrapper(PostgresWrapper):
    features_class = DatabaseFeatures
    practice_id: int | None = None  # whose rows this connection sees now; `afterglow.models.scope` sets it
    last_works: dict[Callable[[list[Any]], None], list[Any]] | None = None  # what is left for the end of the scope
