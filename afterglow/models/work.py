"""What waits for a person."""

from __future__ import annotations

from django.db import models

from afterglow.models.base import PracticeOwned, link

NOT_SENT_SEEN = "not_sent"  # a kind of task, closed at once: who has seen what was not sent until `opened_at`


class Task(PracticeOwned):
    client = link("Client", null=True)
    visit = link("Visit", null=True)
    touch = link("Touch", null=True)
    message = link("Message", null=True)
    kind = models.TextField()
    is_urgent = models.BooleanField(default=False)
    reason = models.TextField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="")
    outcome = models.TextField(default="")

    class Meta:
        indexes = [
            models.Index(fields=["practice", "client"], name="task_by_client"),
            models.Index(
                fields=["practice", "-is_urgent", "opened_at"], name="task_open", condition=models.Q(closed_at=None)
            ),
        ]


class Concern(PracticeOwned):
    """An open clinical case. Freezes everything but care until somebody closes it."""

    client = link("Client")
    urgency = models.TextField()
    reason = models.TextField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["practice", "client"], name="concern_open", condition=models.Q(closed_at=None))]


class Alarm(PracticeOwned):
    """Something that keeps Afterglow from doing its work, and when the owner was told."""

    kind = models.TextField()  # a word: scheduler, outage, unknown, silent_source …
    subject = models.TextField(default="")  # which one, where there are several: a channel, a source
    reason = models.TextField()
    opened_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    told_how = models.TextField(default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "kind", "subject"], name="one_open_alarm", condition=models.Q(closed_at=None)
            )
        ]
        indexes = [models.Index(fields=["practice", "-opened_at"], name="alarm_by_time")]


class Heartbeat(models.Model):
    """The last time each part of the machine was alive."""

    part = models.TextField(primary_key=True)
    at = models.DateTimeField()
    detail = models.TextField(default="")
