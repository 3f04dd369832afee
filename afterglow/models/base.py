"""The root every tenant table grows from."""

from __future__ import annotations

from typing import Any

from django.db import models


class PracticeOwned(models.Model):
    """A row that belongs to one practice. The database hides it from every other one (row-level security)."""

    practice = models.ForeignKey("afterglow.Practice", on_delete=models.CASCADE, db_index=False, related_name="+")

    class Meta:
        abstract = True


def link(to: str, **options: Any) -> models.ForeignKey[Any, Any]:
    """A reference inside the practice.

    The constraint is made in the tenancy migration over (practice, id), so that no row can point into another practice;
    indexes are named where a query needs them, because each one costs time on every import.
    """
    options.setdefault("on_delete", models.CASCADE)
    options.setdefault("related_name", "+")
    return models.ForeignKey(f"afterglow.{to}", db_constraint=False, db_index=False, **options)


def outlast() -> models.ForeignKey[Any, Any]:
    """The practice of a row that nobody deletes: the database takes it along with a demonstration, and only then.

    It has no constraint of its own: that it names the practice in whose scope it is written, the tenancy rule checks.
    """
    return models.ForeignKey(
        "afterglow.Practice", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
