"""What really went out or came in, and every call that was made for it."""

from __future__ import annotations

from django.db import models

from afterglow.models.base import PracticeOwned, link


class Message(PracticeOwned):
    class Direction(models.TextChoices):
        OUT = "out"
        IN = "in"

    class Status(models.TextChoices):
        SENDING = "sending"
        ACCEPTED = "accepted"
        DELIVERED = "delivered"
        FAILED = "failed"
        UNKNOWN = "unknown"
        RECEIVED = "received"

    client = link("Client", null=True)  # empty: nobody of ours has this address
    touch = link("Touch", null=True)
    notice = link("Notice", null=True)
    direction = models.TextField(choices=Direction.choices)
    channel = models.TextField()
    address = models.TextField()
    subject = models.TextField(default="")
    body = models.TextField()
    status = models.TextField(choices=Status.choices)
    provider_id = models.TextField(default="")
    # No index holds what an outbound message learns after it was written: PostgreSQL then updates it where it lies.
    inbound_id = models.GeneratedField(
        expression=models.Case(models.When(direction="in", then=models.F("provider_id"))),
        output_field=models.TextField(null=True),
        db_persist=True,
    )
    basis = models.TextField(default="")  # JSON of what allowed it: consent, places, rules; written as it is decided
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "inbound_id"],
                name="one_inbound_message_per_provider_id",
                condition=models.Q(inbound_id__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["practice", "client", "at"], name="message_by_client"),
            models.Index(fields=["practice", "address", "-at"], name="message_by_address"),
            models.Index(fields=["practice", "touch"], name="message_by_touch"),
            models.Index(
                fields=["practice", "notice"], name="message_by_notice", condition=models.Q(notice__isnull=False)
            ),
            models.Index(fields=["practice", "-at"], name="message_by_time"),
        ]


class Notice(PracticeOwned):
    """A message outside every follow-up plan: the answer to a STOP, a request to confirm, help.

    Like a touch it is a row before it is anything else, and ends in one explained state. It carries the one call that
    is made for it at a time; `sending` is committed before that call.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        SENDING = "sending"
        SENT = "sent"
        UNKNOWN = "unknown"  # nobody can tell whether it arrived; it is not sent again
        SKIPPED = "skipped"
        EXPIRED = "expired"
        FAILED = "failed"

    kind = models.TextField()  # stop_confirmation, help, double_opt_in …
    client = link("Client", null=True)
    cause = link("Message", null=True)  # what it answers
    channel = models.TextField()
    address = models.TextField()
    subject = models.TextField(default="")
    body = models.TextField()
    state = models.TextField(choices=State.choices, default=State.PLANNED)
    reason = models.TextField(default="")
    due_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    token = models.TextField(unique=True)
    tries = models.IntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    provider_id = models.TextField(default="")
    code = models.TextField(default="")
    detail = models.TextField(default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["practice", "due_at"], name="notice_due", condition=models.Q(state__in=["planned", "sending"])
            ),
            models.Index(fields=["practice", "address", "-created_at"], name="notice_by_address"),
        ]


class Attempt(PracticeOwned):
    """One call to a provider. Committed as `intent` before the call is made."""

    class State(models.TextChoices):
        INTENT = "intent"
        ACCEPTED = "accepted"
        REFUSED = "refused"
        UNKNOWN = "unknown"
        ABSENT = "absent"  # the provider is sure that it never got it
        UNDELIVERED = "undelivered"  # the provider took it, and reports that it did not arrive

    LIVE = (State.INTENT, State.ACCEPTED, State.UNKNOWN)  # it reached the client, or may have

    message = link("Message")
    touch = link("Touch")
    channel = models.TextField()
    is_primary = models.BooleanField()  # decides what becomes of the touch; a companion e-mail does not
    token = models.TextField()
    state = models.TextField(choices=State.choices, default=State.INTENT)
    expires_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    provider_id = models.TextField(default="")
    code = models.TextField(default="")
    detail = models.TextField(default="")

    class Meta:
        constraints = [
            # Named here, because `unique=True` would bring a second index for searches with LIKE.
            models.UniqueConstraint(fields=["token"], name="one_attempt_per_token"),
            # The last line of defence against a second text: the database refuses it.
            models.UniqueConstraint(
                fields=["practice", "touch", "channel"],
                name="one_live_attempt_per_touch_and_channel",
                condition=models.Q(state__in=["intent", "accepted", "unknown"]),
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "message"], name="attempt_by_message"),
            models.Index(fields=["practice", "touch"], name="attempt_by_touch"),
            models.Index(
                fields=["practice", "started_at"],
                name="attempt_unresolved",
                condition=models.Q(state__in=["intent", "unknown"]),
            ),
        ]


class MessageEvent(PracticeOwned):
    """One thing that a provider reported about a message. What they add up to is the message's status."""

    message = link("Message")
    kind = models.TextField()  # a Delivery or a ReactionKind
    detail = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "message", "kind"], name="one_event_per_message_and_kind")
        ]


class AddressFault(PracticeOwned):
    """A number or mailbox that cannot receive what we send on a channel, by its provider's own word."""

    channel = models.TextField()
    address = models.TextField()
    kind = models.TextField()  # one of the kinds of refusal, or bounced or complained
    reason = models.TextField()
    code = models.TextField(default="")
    at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "channel", "address"],
                name="one_open_fault_per_address",
                condition=models.Q(cleared_at=None),
            )
        ]
