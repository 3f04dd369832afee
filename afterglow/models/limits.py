"""What limits sending besides consent: bans by decree, what lists say about a number, how long things are kept."""

from __future__ import annotations

from django.db import models

from afterglow.models.base import PracticeOwned


class Blackout(PracticeOwned):
    """A time in which the law forbids messages in a state, an emergency for example. Edited while Afterglow runs."""

    class Scope(models.TextChoices):
        MARKETING = "marketing"
        EVERYTHING = "everything"

    state = models.TextField(default="")  # two letters; empty: everywhere
    scope = models.TextField(choices=Scope.choices, default=Scope.MARKETING)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)  # empty: until somebody ends it
    reason = models.TextField()
    created_at = models.DateTimeField()
    created_by = models.TextField(default="")
    ended_by = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["practice", "from_at"], name="blackout_by_time")]


class NumberCheck(PracticeOwned):
    """The newest answer of a list or a database about a phone number."""

    class Kind(models.TextChoices):
        DO_NOT_CALL = "do_not_call"
        REASSIGNED = "reassigned"

    class Answer(models.TextChoices):
        YES = "yes"
        NO = "no"
        NO_DATA = "no_data"

    phone = models.TextField()
    kind = models.TextField(choices=Kind.choices)
    answer = models.TextField(choices=Answer.choices)
    as_of_on = models.DateField()  # the day that the list or the database speaks of
    source = models.TextField()
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "phone", "kind"], name="one_check_per_number_and_kind")
        ]


class Retention(PracticeOwned):
    """How long one kind of record is kept, when the practice chose otherwise than the default."""

    kind = models.TextField()
    days = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "kind"], name="one_retention_per_kind")]
