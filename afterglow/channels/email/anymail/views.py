"""anymail's readers of what a service tells us, made for one account instead of from Django's settings."""

from __future__ import annotations

import warnings
from typing import Any

from anymail.exceptions import AnymailNotSupportedWarning
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView
from django.utils.module_loading import import_string

from afterglow.channels.email.anymail.services import SHARED_PROOF, USER, Service

_NOBODY = "-"  # for readers that ask for a secret even when nothing is to be verified


def view_for(service: Service, *, secret: str, url: str) -> Any:
    """The reader of this service's calls. Without a secret it can read, but verifies nothing."""
    if service.name == "Amazon SES":
        return _AmazonView(webhook_secret=f"{USER}:{secret or _NOBODY}")
    # anymail no longer tests SendGrid, and says so each time; the practice has chosen it all the same.
    warnings.simplefilter("ignore", AnymailNotSupportedWarning)
    return import_string(f"anymail.webhooks.{service.view}")(**_options(service, secret, url))


class _AmazonView(AmazonSESTrackingWebhookView):  # type: ignore[misc]  # anymail has no types
    """The same without Amazon's library, which it needs only to answer a topic's first question by itself."""

    def __init__(self, *, webhook_secret: str) -> None:
        self.auto_confirm_enabled = False
        AnymailBaseWebhookView.__init__(self, webhook_secret=webhook_secret)


def _options(service: Service, secret: str, url: str) -> dict[str, Any]:
    if service.secret == SHARED_PROOF:
        return {"webhook_secret": f"{USER}:{secret or _NOBODY}"}
    if not secret:
        # A password that nobody is asked for keeps anymail from warning that this reader is open to all.
        return {"webhook_secret": f"{USER}:{_NOBODY}", **_placeholder(service)}
    return {
        "webhook_secret": [],
        service.secret: secret,
        **({"webhook_url": url} if service.view.startswith("mandrill.") else {}),  # it signs the address too
    }


def _placeholder(service: Service) -> dict[str, str]:
    has_optional_secret = service.view.startswith(("resend.", "sendgrid."))
    return {} if has_optional_secret else {service.secret: _NOBODY}
