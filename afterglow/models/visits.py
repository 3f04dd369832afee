"""What was reported and what was performed."""

from __future__ import annotations

from django.db import models

from afterglow.models.base import PracticeOwned, link


class RawEvent(PracticeOwned):
    """What arrived, as bytes, before anybody parsed it."""

    source = link("Source", null=True)
    kind = models.TextField()
    event_id = models.TextField()
    query = models.TextField(default="")  # of the address it came to
    content_type = models.TextField(default="")
    body = models.BinaryField()
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)
    fault = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "kind", "event_id"], name="one_raw_event_per_id")]
        indexes = [
            models.Index(
                fields=["practice", "received_at"], name="raw_unprocessed", condition=models.Q(processed_at=None)
            )
        ]


class ImportBatch(PracticeOwned):
    """One imported file. Its history stays silent until somebody approves it."""

    filename = models.TextField()
    sha256 = models.TextField()
    mapping = models.JSONField()
    counts = models.JSONField(default=dict)
    imported_at = models.DateTimeField()
    imported_by = models.TextField(default="")
    history_approved_at = models.DateTimeField(null=True)
    history_approved_by = models.TextField(default="")


class SavedMapping(PracticeOwned):
    """How the columns of a file with this header are read."""

    fingerprint = models.TextField()
    mapping = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "fingerprint"], name="one_mapping_per_header")]


class Visit(PracticeOwned):
    class Status(models.TextChoices):
        BOOKED = "booked"
        COMPLETED = "completed"
        CANCELLED = "cancelled"
        NO_SHOW = "no_show"

    class Coverage(models.TextChoices):
        """What became of a completed visit. None is left without a word."""

        PENDING = "pending"  # booked, cancelled or not yet planned
        PLANNED = "planned"
        HISTORY = "history"  # older than its check-in window when it was imported: silent until approved
        NOT_COVERED = "not_covered"  # a person should look: unmapped, unreachable …
        NO_FOLLOW_UP = "no_follow_up"  # nothing to follow up, and why

    client = link("Client")
    source = models.TextField()
    external_id = models.TextField()
    status = models.TextField(choices=Status.choices)
    starts_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    visit_on = models.DateField()
    provider = models.TextField(default="")
    location = models.TextField(default="")
    batch = link("ImportBatch", null=True)
    reported_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True)
    fingerprint = models.TextField()  # of everything reported: the same again changes nothing
    coverage = models.TextField(choices=Coverage.choices, default=Coverage.PENDING)
    coverage_reason = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "source", "external_id"], name="one_visit_per_external_id")
        ]
        indexes = [
            models.Index(fields=["practice", "client", "ended_at"], name="visit_by_client"),
            models.Index(fields=["practice", "-reported_at"], name="visit_by_report"),
            models.Index(
                fields=["practice", "-ended_at"],
                name="visit_not_covered",
                condition=models.Q(coverage="not_covered"),
            ),
            models.Index(fields=["practice", "batch"], name="visit_history", condition=models.Q(coverage="history")),
        ]


class Treatment(PracticeOwned):
    """One performed (or booked) service of a visit, and what the catalog made of it."""

    visit = link("Visit")
    position = models.SmallIntegerField()
    service = models.TextField()
    code = models.TextField(default="")
    family = models.TextField()
    brand = models.TextField(default="")
    area = models.TextField(default="")
    decision = models.TextField()
    reason = models.TextField(default="")
    quantity = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    unit = models.TextField(default="")
    amount = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    series_session = models.SmallIntegerField(null=True)
    series_total = models.SmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "visit", "position"], name="one_treatment_per_place")
        ]


class ServiceRule(PracticeOwned):
    """What staff said a service is. Asked once, remembered."""

    key = models.TextField()
    name = models.TextField()
    decision = models.TextField()
    treatments = models.JSONField(default=list)
    decided_by = models.TextField(default="")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "key"], name="one_rule_per_service")]
