"""What each service's answer means to us: a no of some kind, a doubt, or that nothing left."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from anymail.exceptions import AnymailAPIError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from afterglow.channels.contract import Outcome, Refused, Unknown
from afterglow.channels.email.anymail.outcomes import outcome_of_fault
from afterglow.channels.email.anymail.sending import from_config
from tests.channels.mail_services import ROSA, account, letter, said, sent
from tests.channels.samples import http


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "MessageRejected", "content"),
        (400, "MailFromDomainNotVerifiedException", "configuration"),
        (403, "InvalidClientTokenId", "configuration"),
        (429, "TooManyRequestsException", "rate"),
        (500, "InternalFailure", ""),
    ],
)
def test_amazon_s_own_way_to_say_no_is_understood(status: int, code: str, kind: str) -> None:
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}

    outcome = outcome_of_fault(AnymailAPIError(f"{ROSA} was refused", response=answer))

    assert isinstance(outcome, Refused if kind else Unknown)
    assert getattr(outcome, "kind", "") == kind
    assert "rosa" not in outcome.detail


@pytest.mark.parametrize(
    ("name", "answer", "kind"),
    [
        ("postmark", said(401, {"ErrorCode": 10, "Message": "Bad token"}), "configuration"),
        ("postmark", said(422, {"ErrorCode": 300, "Message": f"Invalid 'To' address: '{ROSA}'."}), "invalid_address"),
        (
            "postmark",
            said(422, {"ErrorCode": 406, "Message": f"Found inactive addresses: {ROSA}. Inactive recipients are ones"}),
            "invalid_address",
        ),
        ("mailgun", http(401, b"Forbidden"), "configuration"),
        ("mailgun", said(404, {"message": "Domain not found: example.com"}), "configuration"),
        ("mailgun", said(400, {"message": "'to' parameter is not a valid address"}), "invalid_address"),
        ("mailgun", said(400, {"message": "'from' parameter is not a valid address"}), "content"),
        ("brevo", said(400, {"code": "invalid_parameter", "message": "email is not valid in to"}), "invalid_address"),
        ("brevo", said(402, {"code": "not_enough_credits", "message": "No credits"}), "configuration"),
        (
            "sendgrid",
            said(
                400, {"errors": [{"message": "Does not contain a valid address.", "field": "personalizations.0.to.0"}]}
            ),
            "invalid_address",
        ),
        ("sendgrid", said(413, {}), "content"),
        ("resend", said(403, {"name": "validation_error", "message": "The domain is not verified"}), "configuration"),
        ("resend", said(422, {"name": "validation_error", "message": "Invalid `to` field."}), "invalid_address"),
        ("mandrill", said(500, {"status": "error", "code": -1, "name": "Invalid_Key"}), "configuration"),
        ("mandrill", said(200, [{"email": ROSA, "status": "invalid", "_id": "x"}]), "invalid_address"),
        ("mandrill", said(200, [{"email": ROSA, "status": "rejected", "reject_reason": "unsub"}]), "opted_out"),
        (
            "mandrill",
            said(200, [{"email": ROSA, "status": "rejected", "reject_reason": "hard-bounce"}]),
            "invalid_address",
        ),
        ("mandrill", said(200, [{"email": ROSA, "status": "rejected", "reject_reason": "unsigned"}]), "configuration"),
        ("postal", said(200, {"status": "error", "data": {"code": "InvalidServerAPIKey"}}), "configuration"),
        (
            "unisender_go",
            said(200, {"status": "success", "emails": [], "failed_emails": {ROSA: "unsubscribed"}}),
            "opted_out",
        ),
        ("sparkpost", http(302, b"", "Location: http://127.0.0.1:9/"), "configuration"),
    ],
)
def test_a_service_s_no_says_what_kind_it_is(name: str, answer: bytes, kind: str) -> None:
    outcome, heard = sent(name, answer)

    assert isinstance(outcome, Refused)
    assert outcome.kind == kind
    assert "rosa" not in outcome.detail.lower()
    assert len(heard.requests) == 1


@pytest.mark.parametrize("name", ["brevo", "mailgun", "postmark", "resend", "sendgrid", "sparkpost"])
def test_a_service_that_asks_to_slow_down_says_for_how_long(name: str) -> None:
    outcome, heard = sent(name, said(429, {"message": "too fast"}, "Retry-After: 7"))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.retry_after) == ("rate", timedelta(seconds=7))
    assert len(heard.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        said(500, {}),
        said(503, {}, "Retry-After: 1"),
        said(408, {}),
        said(409, {}),
        http(200, b"<html>"),
        b"",
        b"HTTP/1.1 2",
    ],
)
@pytest.mark.parametrize("name", ["mailgun", "mandrill", "postmark", "resend", "sparkpost"])
def test_a_doubtful_end_is_unknown_and_nothing_is_sent_again(name: str, answer: bytes) -> None:
    outcome, heard = sent(name, answer)

    assert isinstance(outcome, Unknown)
    assert len(heard.requests) == 1


def test_nobody_listening_means_nothing_left(unused_tcp_port: int) -> None:
    async def story() -> Outcome:
        address = f"http://127.0.0.1:{unused_tcp_port}"
        async with from_config("postmark", account("postmark", address)) as sender:
            return await sender.send(letter())

    outcome = asyncio.run(story())
    assert isinstance(outcome, Refused)
    assert outcome.kind == "unavailable"


def test_a_service_whose_certificate_is_not_to_be_trusted_gets_nothing(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)

    async def story() -> Outcome:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", ssl=context)
        async with server:
            address = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with from_config("resend", account("resend", address)) as sender:
                return await sender.send(letter())

    outcome = asyncio.run(story())
    assert isinstance(outcome, Refused)
    assert outcome.kind == "unavailable"


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - day)
        .not_valid_after(datetime.now(UTC) + day)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "service.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
