"""Remove a practice and everything that belongs to it."""

from __future__ import annotations

from afterglow import models
from afterglow.models.scope import practice_scope

# Children first: the database checks every link at once, row by row, and a parent without children is cheap to check.
CHILDREN_FIRST = (
    models.Task, models.Attempt, models.Message, models.Touch, models.Remark, models.Plan, models.Treatment,
    models.Visit, models.Consent, models.ClientFlag, models.Concern, models.Client,
)  # fmt: skip


def forget_practice(*, practice_id: int) -> None:
    """Nothing of the practice is left. Used by the demo to begin anew."""
    with practice_scope(practice_id):
        for model in CHILDREN_FIRST:
            model.objects.filter(practice=practice_id)._raw_delete("default")
        models.Practice.objects.filter(pk=practice_id).delete()
