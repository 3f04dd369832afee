"""One call of every e-mail service that tells us something, with its proof and what it means."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from standardwebhooks.webhooks import Webhook

from afterglow.channels.email.anymail.services import SERVICES
from afterglow.channels.receipts import Delivery, Reaction, ReactionKind, Receipt, StatusReport
from tests.channels.samples import NOON, TOKEN

ROSA = "rosa@example.test"
URL = "https://care.example.test/hooks/messages/3f9a/status/"
SECRET = "b3duLXNlY3JldC1mb3ItdGVzdHM="
STAMP = str(int(NOON.timestamp()))
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
OURS = {"afterglow_token": TOKEN}
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def report(provider_id: str, status: Delivery, *, token: str = TOKEN, code: str = "", kind: str = "") -> StatusReport:
    return StatusReport(provider_id=provider_id, token=token, address=ROSA, status=status, error_code=code, kind=kind)


def reaction(provider_id: str, kind: ReactionKind, *, token: str = TOKEN) -> Reaction:
    return Reaction(provider_id=provider_id, token=token, address=ROSA, kind=kind)


def password(body: bytes) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"afterglow:{SECRET}".encode()).decode()}


def signed_hex(name: str) -> Callable[[bytes], dict[str, str]]:
    return lambda body: {name: hmac.new(SECRET.encode(), body, "sha256").hexdigest()}


def mandrill_signature(body: bytes) -> dict[str, str]:
    text = f"{URL}mandrill_events{MANDRILL}"
    return {"X-Mandrill-Signature": b64encode(hmac.digest(SECRET.encode(), text.encode(), "sha1")).decode()}


def postal_signature(body: bytes) -> dict[str, str]:
    return {"X-Postal-Signature": b64encode(RSA_KEY.sign(body, padding.PKCS1v15(), hashes.SHA1())).decode()}


def sendgrid_signature(body: bytes) -> dict[str, str]:
    signature = b64encode(EC_KEY.sign(STAMP.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    name = "X-Twilio-Email-Event-Webhook"
    return {f"{name}-Signature": signature, f"{name}-Timestamp": STAMP}


def svix_signature(body: bytes) -> dict[str, str]:
    signature = Webhook(SECRET).sign("msg_1", NOON, body.decode())
    return {"svix-id": "msg_1", "svix-timestamp": STAMP, "svix-signature": f"v1,bm8= {signature}"}


def sns_headers(body: bytes) -> dict[str, str]:
    return {**password(body), "x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": "sns-1"}


def public_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return "".join(pem.decode().splitlines()[1:-1])


def unisender_body(data: Mapping[str, Any]) -> bytes:
    """Its signature stands in the body itself."""
    unsigned = json.dumps({"auth": SECRET, **data}).encode()
    return unsigned.replace(SECRET.encode(), md5(unsigned, usedforsecurity=False).hexdigest().encode())


def mailgun_body(event: Mapping[str, Any]) -> bytes:
    signature = hmac.new(SECRET.encode(), f"{STAMP}once".encode(), "sha256").hexdigest()
    signed = {"token": "once", "timestamp": STAMP, "signature": signature}
    return json.dumps({"signature": signed, "event-data": event}).encode()


def sns_body(event: Mapping[str, Any]) -> bytes:
    message = {"Type": "Notification", "MessageId": "sns-1", "Timestamp": "2026-05-07T12:00:00.000Z"}
    return json.dumps({**message, "Message": json.dumps(event)}).encode()


MANDRILL = json.dumps(
    [
        {"event": "send", "_id": "md-1", "ts": 1778155200, "msg": {"email": ROSA, "metadata": OURS}},
        {"event": "hard_bounce", "_id": "md-1", "ts": 1778155201, "msg": {"email": ROSA, "metadata": OURS}},
    ]
)


@dataclass(frozen=True)
class Case:
    body: bytes
    prove: Callable[[bytes], dict[str, str]]
    receipts: list[Receipt]
    event_id: str = ""  # the service's own; else one that we make of the body
    secret: str = SECRET
    content_type: str = JSON


CASES: dict[str, Case] = {
    "amazon_ses": Case(
        sns_body(
            {
                "eventType": "Bounce",
                "mail": {
                    "messageId": "ses-1",
                    "destination": [ROSA],
                    "headers": [{"name": "X-Metadata", "value": json.dumps(OURS)}],
                },
                "bounce": {
                    "bounceType": "Permanent",
                    "bounceSubType": "General",
                    "bouncedRecipients": [{"emailAddress": ROSA, "diagnosticCode": "smtp; 550 5.1.1 user unknown"}],
                },
            }
        ),
        sns_headers,
        [report("ses-1", Delivery.UNDELIVERED, code="5.1.1", kind="invalid_address")],
        event_id="sns-1",
    ),
    "brevo": Case(
        json.dumps(
            {
                "event": "soft_bounce",
                "email": ROSA,
                "message-id": "<1@relay.example.test>",
                "ts_epoch": 1778155200000,
                "reason": "452 4.2.2 mailbox full",
                "X-Mailin-custom": json.dumps(OURS),
            }
        ).encode(),
        password,
        [report("<1@relay.example.test>", Delivery.UNDELIVERED, code="4.2.2")],
    ),
    "mailersend": Case(
        json.dumps(
            {
                "type": "activity.spam_complaint",
                "data": {
                    "type": "spam_complaint",
                    "id": "act-1",
                    "created_at": "2026-05-07T12:00:00.000000Z",
                    "email": {"message": {"id": "ms-1"}, "recipient": {"email": ROSA}},
                },
            }
        ).encode(),
        signed_hex("Signature"),
        [reaction("ms-1", ReactionKind.COMPLAINED, token="")],
        event_id="act-1",
    ),
    "mailgun": Case(
        mailgun_body(
            {
                "event": "failed",
                "severity": "permanent",
                "reason": "bounce",
                "id": "ev-1",
                "timestamp": 1778155200.5,
                "recipient": ROSA,
                "message": {"headers": {"message-id": f"{TOKEN}@example.test"}},
                "user-variables": OURS,
                "delivery-status": {"code": 550, "message": "5.1.1 The account does not exist", "description": ""},
            }
        ),
        lambda body: {},
        [report(f"<{TOKEN}@example.test>", Delivery.UNDELIVERED, code="5.1.1", kind="invalid_address")],
        event_id="ev-1:1778155200.5",
    ),
    "mailjet": Case(
        json.dumps(
            [
                {"event": "sent", "time": 1778155200, "MessageID": 42, "email": ROSA, "Payload": json.dumps(OURS)},
                {"event": "open", "time": 1778155201, "MessageID": 42, "email": ROSA, "Payload": json.dumps(OURS)},
            ]
        ).encode(),
        password,
        [report("42", Delivery.DELIVERED), reaction("42", ReactionKind.OPENED)],
    ),
    "mailtrap": Case(
        json.dumps(
            {
                "events": [
                    {
                        "event": "delivery",
                        "message_id": "mt-1",
                        "email": ROSA,
                        "event_id": "e-1",
                        "timestamp": 1778155200,
                        "custom_variables": OURS,
                    },
                    {
                        "event": "click",
                        "message_id": "mt-1",
                        "email": ROSA,
                        "timestamp": 1778155201,
                        "custom_variables": OURS,
                    },
                ]
            }
        ).encode(),
        signed_hex("Mailtrap-Signature"),
        [report("mt-1", Delivery.DELIVERED), reaction("mt-1", ReactionKind.CLICKED)],
    ),
    "mandrill": Case(
        urlencode({"mandrill_events": MANDRILL}).encode(),
        mandrill_signature,
        [report("md-1", Delivery.SENT), report("md-1", Delivery.UNDELIVERED, kind="invalid_address")],
        content_type=FORM,
    ),
    "postal": Case(
        json.dumps(
            {
                "event": "MessageSent",
                "timestamp": 1778155200.5,
                "uuid": "uu-1",
                "payload": {
                    "status": "Sent",
                    "output": "250 ok",
                    "message": {"id": 11, "to": ROSA, "tag": TOKEN, "direction": "outgoing"},
                },
            }
        ).encode(),
        postal_signature,
        [report("11", Delivery.DELIVERED)],
        event_id="uu-1",
        secret=public_key(RSA_KEY),
    ),
    "postmark": Case(
        json.dumps(
            {
                "RecordType": "Bounce",
                "Type": "HardBounce",
                "ID": 42,
                "MessageID": "pm-1",
                "Email": ROSA,
                "BouncedAt": "2026-05-07T12:00:00Z",
                "Details": "smtp;550 5.1.1 The email account does not exist",
                "Metadata": OURS,
            }
        ).encode(),
        password,
        [report("pm-1", Delivery.UNDELIVERED, code="5.1.1", kind="invalid_address")],
    ),
    "resend": Case(
        json.dumps(
            {
                "type": "email.bounced",
                "created_at": "2026-05-07T12:00:00.000Z",
                "data": {
                    "email_id": "re-1",
                    "to": [ROSA],
                    "bounce": {"type": "Transient", "message": "sent a bounce message because the inbox was full"},
                    "headers": [{"name": "X-Metadata", "value": json.dumps(OURS)}],
                },
            }
        ).encode(),
        svix_signature,
        [report("re-1", Delivery.UNDELIVERED, code="bounced")],
        event_id="msg_1",
    ),
    "sendgrid": Case(
        json.dumps(
            [
                {"event": "delivered", "email": ROSA, "timestamp": 1778155200, "anymail_id": "sg-1", **OURS},
                {"event": "unsubscribe", "email": ROSA, "timestamp": 1778155201, "anymail_id": "sg-1", **OURS},
            ]
        ).encode(),
        sendgrid_signature,
        [report("sg-1", Delivery.DELIVERED), reaction("sg-1", ReactionKind.UNSUBSCRIBED)],
        secret=public_key(EC_KEY),
    ),
    "sparkpost": Case(
        json.dumps(
            [
                {"msys": {}},
                {
                    "msys": {
                        "message_event": {
                            "type": "bounce",
                            "bounce_class": "10",
                            "raw_rcpt_to": ROSA,
                            "transmission_id": "sp-1",
                            "timestamp": "1778155200",
                            "raw_reason": "550 5.1.1 user unknown",
                            "rcpt_meta": OURS,
                        }
                    }
                },
            ]
        ).encode(),
        lambda body: {**password(body), "X-MessageSystems-Batch-ID": "batch-1"},
        [report("sp-1", Delivery.UNDELIVERED, code="5.1.1", kind="invalid_address")],
        event_id="batch-1",
    ),
    "unisender_go": Case(
        unisender_body(
            {
                "events_by_user": [
                    {
                        "user_id": 1,
                        "events": [
                            {
                                "event_name": "transactional_email_status",
                                "event_data": {
                                    "job_id": "ug-1",
                                    "metadata": {**OURS, "anymail_id": "ug-own-1"},
                                    "email": ROSA,
                                    "status": "hard_bounced",
                                    "event_time": "2026-05-07 12:00:00",
                                    "delivery_info": {"delivery_status": "err_user_unknown"},
                                },
                            }
                        ],
                    }
                ]
            }
        ),
        lambda body: {},
        [report("ug-own-1", Delivery.UNDELIVERED, code="bounced", kind="invalid_address")],
    ),
}
SIGNED = sorted(name for name in CASES if SERVICES[name].secret != "webhook_password")
