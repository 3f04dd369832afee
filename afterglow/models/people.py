"""Clients, and what is remarked about them for good."""

from __future__ import annotations

from django.db import models

from afterglow.models.base import PracticeOwned, link


class Client(PracticeOwned):
    external_id = models.TextField(default="")
    identity = models.TextField()  # name and address in one normalised key: finds the client a source gives no id for
    first_name = models.TextField(default="")
    last_name = models.TextField(default="")
    phone = models.TextField(default="")  # E.164
    email = models.TextField(default="")
    state = models.TextField(default="")
    zip = models.TextField(default="")
    birth_on = models.DateField(null=True)
    language = models.TextField(default="")
    lifetime_value = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    acquisition_source = models.TextField(default="")
    is_held_out = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    last_inbound_at = models.DateTimeField(null=True)
    reply_waiting_since = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)  # nothing that tells who this was is left

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "external_id"],
                name="one_client_per_external_id",
                condition=~models.Q(external_id=""),
            )
        ]
        indexes = [
            models.Index(fields=["practice", "identity"], name="client_by_identity"),
            models.Index(fields=["practice", "phone"], name="client_by_phone"),
            models.Index(fields=["practice", "last_name", "first_name"], name="client_by_name"),
        ]

    @property
    def name(self) -> str:
        if self.erased_at is not None:
            return f"Erased client {self.pk}"
        return f"{self.first_name} {self.last_name}".strip() or f"Client {self.pk}"


class ClientFlag(PracticeOwned):
    """A lasting remark that changes what may be sent: deceased, minor, do_not_contact, pregnant …"""

    client = link("Client")
    flag = models.TextField()
    set_at = models.DateTimeField()
    set_by = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "client", "flag"], name="one_flag_per_client")]
