"""What clients allowed and took back: a working copy to decide by, and a ledger that proves it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models

from afterglow.models.base import PracticeOwned, link, outlast


class Consent(PracticeOwned):
    """One grant or revocation, never changed afterwards. The newest row for an address, channel and purpose counts.

    The ledger proves it: its entry, which says the same, carries the same id.
    """

    class Status(models.TextChoices):
        GRANTED = "granted"
        REVOKED = "revoked"

    client = link("Client", null=True)  # empty: said at the address itself, whoever shares it
    address = models.TextField()
    channel = models.TextField()
    purpose = models.TextField()
    status = models.TextField(choices=Status.choices)
    evidence = models.TextField()
    source = models.TextField()
    recorded_by = models.TextField(default="")
    text_digest = models.TextField(default="")  # the exact wording that was agreed to; empty: none of ours
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["practice", "address", "channel", "purpose", "-at"], name="consent_by_address"),
            models.Index(fields=["practice", "client"], name="consent_by_client"),
        ]


class LedgerEntry(PracticeOwned):
    """One link of a practice's chain, with the id of the consent it proves. The database refuses to change it.

    Who it was about is a random subject key, and what tells more is sealed with that subject's own key: without the key
    the chain is still whole, and nobody can be read from it.
    """

    practice = outlast()
    number = models.BigIntegerField()  # 1, 2, 3 … without a gap within the practice
    subject = models.UUIDField()
    channel = models.TextField()
    purpose = models.TextField()
    status = models.TextField()
    source = models.TextField()
    text_digest = models.TextField(default="")
    address_digest = models.TextField()  # keyed: the same address gives the same digest in this practice only
    at = models.DateTimeField()  # when it was said
    recorded_at = models.DateTimeField()
    sealed = models.BinaryField()  # address, client, evidence, who recorded it, network address, program
    previous = models.TextField()  # digest of the entry before; empty for the first
    digest = models.TextField()  # over every field above

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "number"], name="one_ledger_entry_per_number")]
        indexes = [
            models.Index(
                fields=["practice", "address_digest"], name="ledger_by_address", condition=models.Q(status="revoked")
            ),
        ]


def ledger_numbers(practice_id: int, consent_ids: Iterable[int]) -> dict[int, int]:
    """Where the ledger proves these consents. One query."""
    rows = LedgerEntry.objects.filter(practice=practice_id, pk__in=list(consent_ids))
    return dict(rows.values_list("pk", "number"))


class LedgerHead(PracticeOwned):
    """The last link of the chain: locked while the next is made."""

    number = models.BigIntegerField()
    digest = models.TextField()
    address_key_sealed = models.BinaryField()  # what this practice's digests of addresses are keyed with

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice"], name="one_ledger_head_per_practice")]


class SubjectKey(PracticeOwned):
    """The key that opens what the ledger holds about one client, or about an address that is nobody's.

    Destroying it is what erasing means.
    """

    subject = models.UUIDField()
    client = link("Client", null=True)
    address_digest = models.TextField(default="")  # for an address that is nobody's
    key_sealed = models.BinaryField(null=True)  # wrapped with the installation's key; empty once destroyed
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)
    destroyed_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "subject"], name="one_key_per_subject"),
            models.UniqueConstraint(
                fields=["practice", "client"],
                name="one_key_per_client",
                condition=models.Q(client__isnull=False, destroyed_at=None),
            ),
            models.UniqueConstraint(
                fields=["practice", "address_digest"],
                name="one_key_per_address",
                condition=models.Q(destroyed_at=None) & ~models.Q(address_digest=""),
            ),
        ]
        indexes = [
            models.Index(fields=["practice"], name="key_destroyed", condition=models.Q(destroyed_at__isnull=False))
        ]


class ConsentText(PracticeOwned):
    """One version of the exact words that clients agree to. Never changed: a new wording is a new version."""

    practice = outlast()
    purpose = models.TextField()
    language = models.TextField(default="en")
    version = models.IntegerField()
    text = models.TextField()
    digest = models.TextField()
    template = models.TextField(default="")  # the practice's own words before they were filled in; empty: the library's
    is_foreign = models.BooleanField(default=False)  # agreed to on somebody else's form, and told by a program
    created_at = models.DateTimeField()
    created_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "purpose", "language", "version"], name="one_text_per_purpose_and_version"
            )
        ]


def new_form_token() -> str:
    """Short enough to be typed from a poster, too long to be guessed by the way."""
    return secrets.token_urlsafe(9)


def usual_offers() -> list[str]:
    return ["care_texts", "marketing_texts", "marketing_email"]


class ConsentForm(PracticeOwned):
    """The practice's public page on which clients say what they allow."""

    token = models.TextField(unique=True, default=new_form_token)
    is_open = models.BooleanField(default=True)
    has_double_opt_in = models.BooleanField(default=True)  # a number counts once it has answered YES
    embed_origins = ArrayField(models.TextField(), default=list)  # web sites that may show the form in a frame
    offers = ArrayField(models.TextField(), default=usual_offers)  # what clients can tick
    privacy_link = models.TextField(default="")  # the practice's own pages; empty: those that come with the form
    terms_link = models.TextField(default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice"], name="one_consent_form_per_practice")]


class FormPost(PracticeOwned):
    """One sending of the form: what is sent twice counts once, and nobody sends it without end. Kept for a day."""

    nonce = models.TextField()
    sender = models.TextField()  # digest of the network address
    answer = models.JSONField()  # what became of each tick
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "nonce"], name="one_form_post_per_nonce")]
        indexes = [models.Index(fields=["practice", "sender", "at"], name="form_post_by_sender")]


class ConsentRequest(PracticeOwned):
    """What a form or a program asked for, until the number itself says YES."""

    phone = models.TextField()
    sealed = models.BinaryField()  # what was asked for, with its evidence
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(default="")  # yes, stop

    class Meta:
        indexes = [
            models.Index(
                fields=["practice", "phone"], name="consent_request_open", condition=models.Q(answered_at=None)
            )
        ]


class Evidence(PracticeOwned):
    """A scan or a file that proves a consent, encrypted under its client's key."""

    client = link("Client")
    subject = models.UUIDField()
    title = models.TextField(default="")
    content_type = models.TextField()
    digest = models.TextField()  # SHA-256 of the file as it was received
    sealed = models.BinaryField(null=True)  # empty once its time is over or the client was erased
    added_at = models.DateTimeField()
    added_by = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["practice", "client"], name="evidence_by_client")]


class Look(PracticeOwned):
    """Somebody looked at something private: who, at what, when."""

    kind = models.TextField()  # evidence, photo, proof, export …
    object_id = models.BigIntegerField(null=True)
    client = link("Client", null=True)
    by = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["practice", "-at"], name="look_by_time")]
