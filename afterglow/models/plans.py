"""The plan as data: what will be said to whom, when, and why."""

from __future__ import annotations

from django.db import models

from afterglow.models.base import PracticeOwned, link


class ProtocolVersion(PracticeOwned):
    """The text of a protocol as it was when plans were made from it."""

    key = models.TextField()
    version = models.IntegerField()
    text = models.TextField()
    is_on = models.BooleanField()
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "key", "version"], name="one_protocol_version")]


class Plan(PracticeOwned):
    """One protocol applied to one treatment of a client."""

    class State(models.TextChoices):
        ACTIVE = "active"
        STOPPED = "stopped"

    client = link("Client")
    visit = link("Visit")
    protocol = link("ProtocolVersion")
    treatment_class = models.TextField()
    family = models.TextField()
    brand = models.TextField(default="")
    area = models.TextField(default="")
    state = models.TextField(choices=State.choices, default=State.ACTIVE)
    stopped_reason = models.TextField(default="")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["practice", "client"], name="plan_by_client"),
            models.Index(fields=["practice", "visit"], name="plan_by_visit"),
        ]


class Touch(PracticeOwned):
    """One planned contact. `planned_at` never changes; `due_at` is when to look at it next."""

    class State(models.TextChoices):
        PLANNED = "planned"
        SENDING = "sending"  # intent committed, outcome not yet known
        SENT = "sent"
        SKIPPED = "skipped"
        EXPIRED = "expired"  # its time ended before it could go out
        CANCELLED = "cancelled"
        FAILED = "failed"

    client = link("Client")
    plan = link("Plan")
    step = models.TextField()
    function = models.TextField()
    visit_on = models.DateField()
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    state = models.TextField(choices=State.choices, default=State.PLANNED)
    reason = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "plan", "step"], name="one_touch_per_step")]
        indexes = [
            models.Index(fields=["practice", "due_at"], name="touch_due", condition=models.Q(state="planned")),
            models.Index(fields=["practice", "client", "planned_at"], name="touch_by_client"),
            models.Index(
                fields=["practice", "-ended_at"],
                name="touch_not_sent",
                condition=models.Q(state__in=["expired", "failed"]),
            ),
        ]


class Remark(PracticeOwned):
    """One line of why: what changed in a client's follow-up, and what made it change."""

    client = link("Client")
    plan = link("Plan", null=True)
    at = models.DateTimeField()
    text = models.TextField()
    by = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["practice", "client", "at"], name="remark_by_client")]
