"""The practice, its places and people, and the accounts it sends from."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from afterglow.models.base import PracticeOwned


def every_weekday() -> list[int]:
    return list(range(7))


def new_token() -> str:
    """An unguessable word for a web address."""
    return secrets.token_urlsafe(24)


class Practice(models.Model):
    name = models.TextField()
    timezone = models.TextField()
    state = models.TextField()
    phone = models.TextField(default="")
    urgent_phone = models.TextField(default="")
    address = models.TextField(default="")
    booking_link = models.TextField(default="")
    opens_at = models.TimeField(default="09:00")
    closes_at = models.TimeField(default="20:00")
    weekdays = ArrayField(models.SmallIntegerField(), default=every_weekday)
    high_value_threshold = models.DecimalField(max_digits=10, decimal_places=2, default=2500)
    is_voice_enabled = models.BooleanField(default=False)
    messages_per_day = models.SmallIntegerField(default=1)
    marketing_per_week = models.SmallIntegerField(default=2)
    is_merging_same_day = models.BooleanField(default=True)
    has_named_treatments = models.BooleanField(default=False)
    history_per_day = models.IntegerField(default=50)
    alert_email = models.TextField(default="")  # who is told when the machine itself is in trouble
    alert_phone = models.TextField(default="")
    alert_after_minutes = models.SmallIntegerField(default=15)
    stop_scope = models.TextField(default="everything")  # what a STOP by text ends: everything, or marketing
    stop_scope_from = models.DateField(null=True)  # the day from which that counts; before it: everything
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"practice {self.pk}"


class ClosedDay(PracticeOwned):
    """A day without any automated message."""

    on = models.DateField()
    reason = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "on"], name="one_closed_day_per_date")]


class Member(PracticeOwned):
    """A person of staff and what they may do."""

    class Role(models.TextChoices):
        OWNER = "owner"
        FRONT_DESK = "front_desk"
        CLINICIAN = "clinician"
        INTEGRATOR = "integrator"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.TextField(choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "user"], name="one_membership_per_practice")]


class SenderAccount(PracticeOwned):
    """A configured way out: which provider carries a channel, and its settings. Secrets are encrypted."""

    channel = models.TextField()
    provider = models.TextField()
    token = models.TextField(unique=True, default=new_token)  # in the addresses at which its provider calls us
    config_encrypted = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "channel"], name="one_sender_per_channel")]


class Outage(PracticeOwned):
    """A time in which an account took nothing. Open while `ended_at` is empty; what may wait waits for `retry_at`."""

    channel = models.TextField()
    provider = models.TextField()
    reason = models.TextField()
    tries = models.IntegerField(default=1)  # failures in a row, each one making the pause longer
    began_at = models.DateTimeField()
    retry_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "channel"], name="one_open_outage_per_channel", condition=models.Q(ended_at=None)
            )
        ]
        indexes = [models.Index(fields=["practice", "-began_at"], name="outage_by_time")]


class Source(PracticeOwned):
    """A booking system that reports visits, known from outside by an unguessable token."""

    kind = models.TextField()
    name = models.TextField()
    token = models.TextField(unique=True)
    secrets_encrypted = models.BinaryField()
    created_at = models.DateTimeField()
    last_event_at = models.DateTimeField(null=True)
