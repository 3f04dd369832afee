"""Programs that may speak to the API for a practice, and what they said already."""

from __future__ import annotations

from django.db import models

from afterglow.models.base import PracticeOwned


class ApiToken(PracticeOwned):
    """The key of a program. Only its digest is kept: whoever reads the database cannot use it."""

    name = models.TextField()
    digest = models.TextField(unique=True)
    created_at = models.DateTimeField()
    created_by = models.TextField(default="")
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.TextField(default="")


class ApiCall(PracticeOwned):
    """The answer to one call, by the id its sender gave it: the same id again gets the same answer."""

    key = models.TextField()
    body_digest = models.TextField()
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "key"], name="one_api_call_per_key")]
