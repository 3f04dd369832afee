"""The e-mail services that django-anymail knows: what each needs to send, and how it proves what it tells us.

A setting has the name that anymail's own documentation gives it, so that its setup pages can be followed word by word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from afterglow.channels.config_check import FROM, Key

USER = "afterglow"  # whom a service calls itself when it proves itself with a password

ID_FIELD = "afterglow_token"  # the name of our own id in a message's metadata; Postmark allows 20 characters
SHARED_PROOF = "webhook_password"  # the setting of a service that has no signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One e-mail service. `name` is what people call it; `keys` go to anymail as they are."""

    name: str
    keys: tuple[Key, ...]
    proof: Key | None = None  # the secret behind what it tells us; none: it tells nothing
    view: str = ""  # anymail's reader of what it tells us
    id_in: str = "metadata"  # where our own id of a message travels: metadata, tag or nowhere
    headers: Mapping[str, str] = field(default_factory=dict)  # what it needs to keep our Message-ID
    unsubscribe_as: str = ""  # its own name for the unsubscribe link, where it does not take that header from everybody
    keeps_message_id: bool = False  # the Message-ID of an e-mail is the one that we give it
    has_look_up: bool = False
    repeats_safely_for: timedelta = timedelta(0)
    per_second: float | None = None

    @property
    def secret(self) -> str:
        """The setting that proves what it tells us; empty when it tells us nothing."""
        if self.proof is not None:
            return self.proof.name
        return "api_key" if self.view else ""

    @property
    def all_keys(self) -> tuple[Key, ...]:
        """Every setting of an account there."""
        return (FROM, *self.keys, *([self.proof] if self.proof else []))


def _secret(name: str, meaning: str, example: str = "key-0123456789abcdef") -> Key:
    return Key(name=name, meaning=meaning, pattern=r"\S+", example=example, is_secret=True)


def _proof(name: str, meaning: str) -> Key:
    return Key(
        name=name, meaning=f"{meaning}; without it, its reports are not believed", is_required=False, is_secret=True
    )


def _password(service: str) -> Key:
    return Key(
        name=SHARED_PROOF,
        meaning=(
            f"a password of 12 or more letters and digits that you make up and put into the address that you give to "
            f"{service}: https://{USER}:PASSWORD@…; without it, its reports are not believed"
        ),
        pattern=r"[A-Za-z0-9._~-]{12,}",
        example="a-password-made-up",
        is_required=False,
        is_secret=True,
    )


def _api_url(meaning: str = "another web address of the service, such as that of its European servers") -> Key:
    return Key(name="api_url", meaning=meaning, pattern=r"https?://[^\s?#]+", is_required=False)


def _own_api_url(meaning: str, example: str) -> Key:
    return Key(name="api_url", meaning=meaning, pattern=r"https?://[^\s?#]+", example=example)


SERVICES: Mapping[str, Service] = {
    "amazon_ses": Service(
        name="Amazon SES",
        keys=(
            Key(
                name="access_key_id",
                meaning="the id of an access key",
                pattern=r"\w{16,128}",
                example="AKIA0123456789ABCDEF",
            ),
            _secret("secret_access_key", "the secret of that access key", "0123456789abcdef/0123456789abcdef"),
            Key(
                name="region", meaning="a region like us-east-1", pattern=r"[a-z]{2}(-[a-z]+)+-\d", example="us-east-1"
            ),
            Key(
                name="configuration_set_name",
                meaning="a configuration set's name",
                pattern=r"[\w-]+",
                is_required=False,
            ),
            _api_url("another endpoint of the service"),
        ),
        proof=_password("Amazon SNS"),
        view="amazon_ses.AmazonSESTrackingWebhookView",
    ),
    "brevo": Service(
        name="Brevo",
        keys=(_secret("api_key", "an API key", "xkeysib-0123456789abcdef"), _api_url()),
        proof=_password("Brevo"),
        view="brevo.BrevoTrackingWebhookView",
    ),
    "mailersend": Service(
        name="MailerSend",
        keys=(_secret("api_token", "an API token of the domain", "mlsn.0123456789abcdef"), _api_url()),
        proof=_proof("signing_secret", "the signing secret of the webhook"),
        view="mailersend.MailerSendTrackingWebhookView",
        id_in="nowhere",
        unsubscribe_as="list_unsubscribe",  # https://mailersend.com/help/custom-headers
    ),
    "mailgun": Service(
        name="Mailgun",
        keys=(
            _secret("api_key", "a sending key of the domain, or the account's API key"),
            Key(
                name="sender_domain",
                meaning="the domain that Mailgun sends for, where it is not that of the from address",
                pattern=r"[A-Za-z0-9.-]+",
                is_required=False,
            ),
            _api_url("https://api.eu.mailgun.net/v3 for a domain in Europe"),
        ),
        proof=_proof("webhook_signing_key", "the HTTP webhook signing key of the account"),
        view="mailgun.MailgunTrackingWebhookView",
        keeps_message_id=True,
    ),
    "mailjet": Service(
        name="Mailjet",
        keys=(
            _secret("api_key", "the API key"),
            _secret("secret_key", "the secret key that belongs to it"),
            _api_url(),
        ),
        proof=_password("Mailjet"),
        view="mailjet.MailjetTrackingWebhookView",
    ),
    "mailtrap": Service(
        name="Mailtrap",
        keys=(_secret("api_token", "an API token with the right to send"), _api_url()),
        proof=_proof("tracking_secret", "the signature secret of the webhook"),
        view="mailtrap.MailtrapTrackingWebhookView",
    ),
    "mandrill": Service(
        name="Mailchimp Transactional (Mandrill)",
        keys=(_secret("api_key", "an API key"), _api_url()),
        proof=_proof("webhook_key", "the key of the webhook"),
        view="mandrill.MandrillCombinedWebhookView",
    ),
    "postal": Service(
        name="Postal",
        keys=(
            _secret("api_key", "an API credential of the mail server"),
            _own_api_url("the web address of your Postal server", "https://postal.example.com"),
        ),
        proof=_proof("webhook_key", "the public key that Postal's default DKIM record shows after p="),
        view="postal.PostalTrackingWebhookView",
        id_in="tag",
    ),
    "postmark": Service(
        name="Postmark",
        keys=(
            _secret("server_token", "the API token of the server", "01234567-89ab-cdef-0123-456789abcdef"),
            Key(name="message_stream", meaning="a message stream's id", pattern=r"[\w-]+", is_required=False),
            _api_url("another web address of the service"),
        ),
        proof=_password("Postmark"),
        view="postmark.PostmarkTrackingWebhookView",
        headers={"X-PM-KeepID": "true"},
        keeps_message_id=True,
        has_look_up=True,
    ),
    "resend": Service(
        name="Resend",
        keys=(_secret("api_key", "an API key that may send", "re_0123456789abcdef"), _api_url("another web address")),
        proof=_proof("signing_secret", "the signing secret of the webhook, whsec_ and more"),
        view="resend.ResendTrackingWebhookView",
        # https://resend.com/docs/dashboard/emails/idempotency-keys: 24 hours; an hour of them is left to clocks.
        repeats_safely_for=timedelta(hours=23),
        per_second=2.0,  # https://resend.com/changelog/api-rate-limit
    ),
    "scaleway": Service(
        name="Scaleway Transactional Email",
        keys=(
            _secret("secret_key", "the secret of an API key", "01234567-89ab-cdef-0123-456789abcdef"),
            Key(
                name="project_id",
                meaning="the id of the project",
                pattern=r"[0-9a-fA-F-]{36}",
                example="01234567-89ab-cdef-0123-456789abcdef",
            ),
            Key(name="region", meaning="a region like fr-par", pattern=r"[a-z]{2}-[a-z]{3}", default="fr-par"),
            _api_url("another web address of the service"),
        ),
        id_in="nowhere",
    ),
    "sendgrid": Service(
        name="SendGrid",
        keys=(_secret("api_key", "an API key that may send", "SG.0123456789abcdef"), _api_url()),
        proof=_proof("tracking_webhook_verification_key", "the verification key of the signed event webhook"),
        view="sendgrid.SendGridTrackingWebhookView",
    ),
    "sparkpost": Service(
        name="SparkPost",
        keys=(
            _secret("api_key", "an API key that may send"),
            Key(name="subaccount", meaning="the number of a subaccount", pattern=r"\d+", is_required=False),
            _api_url(),
        ),
        proof=_password("SparkPost"),
        view="sparkpost.SparkPostTrackingWebhookView",
    ),
    "unisender_go": Service(
        name="Unisender Go",
        keys=(
            _secret("api_key", "an API key; it also proves what the service tells us"),
            _own_api_url(
                "the web address of the API in your data center",
                "https://go1.unisender.ru/en/transactional/api/v1",
            ),
        ),
        view="unisender_go.UnisenderGoTrackingWebhookView",
    ),
}
