"""E-mail through every service that anymail knows: what leaves, and what each service's answer means to us."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anymail.backends
import pytest
from anymail.exceptions import AnymailAPIError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from afterglow.channels.config_check import ConfigFault
from afterglow.channels.contract import (
    Absent,
    Accepted,
    CannotTell,
    Found,
    LookUp,
    Outcome,
    OutgoingMessage,
    Refused,
    Unknown,
)
from afterglow.channels.email.anymail.outcomes import outcome_of_fault
from afterglow.channels.email.anymail.sending import AnymailSender, from_config
from afterglow.channels.email.anymail.services import SERVICES
from tests.channels.samples import NOON, TEXT, TOKEN, Heard, answering, http, message

ROSA = "rosa@example.test"
UNSUBSCRIBE = {
    "List-Unsubscribe": "<https://care.example.test/u/9f>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
# Not services: two that a developer tries things with, what they share, and Brevo under its former name.
NOT_SERVICES = {"base", "base_requests", "console", "test", "sendinblue"}


def said(status: int, answer: Any, *headers: str) -> bytes:
    return http(status, json.dumps(answer).encode(), "Content-Type: application/json", *headers)


TAKEN = {
    "brevo": (said(201, {"messageId": "<1@relay.example.test>"}), "<1@relay.example.test>"),
    "mailersend": (http(202, b"", "X-Message-Id: ms-1", "Content-Type: text/html"), "ms-1"),
    "mailgun": (said(200, {"id": f"<{TOKEN}@example.com>", "message": "Queued. Thank you."}), f"<{TOKEN}@example.com>"),
    "mailjet": (
        said(200, {"Messages": [{"Status": "success", "To": [{"Email": ROSA, "MessageID": 70650219165027410}]}]}),
        "70650219165027410",
    ),
    "mailtrap": (said(200, {"success": True, "message_ids": ["mt-1"]}), "mt-1"),
    "mandrill": (said(200, [{"email": ROSA, "status": "sent", "_id": "md-1", "reject_reason": None}]), "md-1"),
    "postal": (said(200, {"status": "success", "data": {"messages": {ROSA: {"id": 11, "token": "t"}}}}), "11"),
    "postmark": (said(200, {"To": ROSA, "MessageID": "pm-1", "ErrorCode": 0, "Message": "OK"}), "pm-1"),
    "resend": (said(200, {"id": "re-1"}), "re-1"),
    "scaleway": (said(200, {"emails": [{"id": "sc-1", "mail_rcpt": ROSA, "status": "new"}]}), "sc-1"),
    "sendgrid": (http(202), None),  # its id is made on our side
    "sparkpost": (
        said(200, {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "sp-1"}}),
        "sp-1",
    ),
    "unisender_go": (said(200, {"status": "success", "job_id": "ug-1", "emails": [ROSA]}), None),
}


def account(name: str, address: str = "", **changes: str) -> dict[str, str]:
    examples = {key.name: key.example for key in SERVICES[name].all_keys if key.is_required and not key.default}
    return {**examples, **({"api_url": address} if address else {}), **changes}


def letter(**changes: Any) -> OutgoingMessage:
    return message(**{"to": ROSA, "subject": "Your visit", "html": "<p>Hi</p>", "headers": UNSUBSCRIBE, **changes})


def sent(name: str, *answers: bytes, letters: tuple[OutgoingMessage, ...] = ()) -> tuple[Outcome, Heard]:
    """The outcome of the last letter, and what the service was asked."""

    async def story() -> tuple[Outcome, Heard]:
        keeps_line = len(answers) > 1
        async with (
            answering(*answers, keeps_line=keeps_line) as heard,
            from_config(name, account(name, heard.address)) as sender,
        ):
            outcomes = [await sender.send(each) for each in letters or (letter(),)]
        return outcomes[-1], heard

    return asyncio.run(story())


def test_every_service_that_anymail_can_send_through_is_one_of_ours() -> None:
    [folder] = anymail.backends.__path__

    assert {path.stem for path in Path(folder).glob("[!_]*.py")} - NOT_SERVICES == SERVICES.keys()


@pytest.mark.parametrize("name", TAKEN)
def test_an_e_mail_leaves_with_its_text_our_id_and_one_click_unsubscribe(name: str) -> None:
    answer, provider_id = TAKEN[name]

    outcome, heard = sent(name, answer)

    assert isinstance(outcome, Accepted)
    assert outcome.provider_id
    assert provider_id in (None, outcome.provider_id)
    [request] = heard.requests
    assert ROSA.encode() in request.replace(b"%40", b"@")
    assert b"How do you feel today" in request.replace(b"+", b" ")
    assert b"care.example.test" in request
    assert (b"One-Click" in request) == (name != "mailersend")  # it takes the link under a name of its own
    assert (TOKEN.encode() in request) == (SERVICES[name].id_in != "nowhere")


def test_every_service_but_amazon_s_is_in_that_table() -> None:
    assert {*TAKEN, "amazon_ses"} == SERVICES.keys()


@pytest.mark.skipif(find_spec("boto3") is not None, reason="what is missing elsewhere is installed here")
def test_a_service_without_its_package_says_which_one_it_needs() -> None:
    with pytest.raises(ConfigFault) as caught:
        from_config("amazon_ses", account("amazon_ses"))

    assert caught.value.sentences == (
        "Amazon SES needs one more Python package, boto3, which is not installed: run pip install boto3.",
    )


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


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"to": "rosa"}, "invalid_address"),
        ({"to": f"{ROSA}, vic@example.test"}, "invalid_address"),
        ({"to": f"{ROSA}\nvic@example.test"}, "invalid_address"),
        ({"subject": "Hello\r\nBcc: vic@example.test"}, "content"),
        ({"headers": {"List-Unsubscribe": "<x>\r\nBcc: vic@example.test"}}, "content"),
        ({"expires_at": NOON - timedelta(seconds=1)}, "expired"),
    ],
)
def test_what_must_not_leave_never_leaves(changes: dict[str, Any], kind: str) -> None:
    outcome, heard = sent("postmark", letters=(letter(**changes),))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, heard.requests) == (kind, [])


def test_an_e_mail_without_html_is_plain_text() -> None:
    _, heard = sent("postmark", TAKEN["postmark"][0], letters=(letter(html=""),))

    body = json.loads(heard.requests[0].partition(b"\r\n\r\n")[2])
    assert (body["TextBody"], "HtmlBody" in body) == (TEXT, False)


@pytest.mark.parametrize("name", ["mailgun", "postmark"])
def test_the_message_id_is_made_of_our_own_id_where_the_service_keeps_it(name: str) -> None:
    _, heard = sent(name, TAKEN[name][0])

    assert f"{TOKEN}@example.com" in heard.requests[0].decode().replace("%40", "@")


def test_resend_takes_the_same_message_once_within_a_day() -> None:
    answer = TAKEN["resend"][0]

    _, heard = sent("resend", answer, answer, answer, letters=(letter(), letter(), letter(token="tok-2")))

    first, again, other = heard.requests
    assert f"Idempotency-Key: {TOKEN}\r\n".encode() in first
    assert first.partition(b"\r\n\r\n")[2] == again.partition(b"\r\n\r\n")[2]
    assert b"Idempotency-Key: tok-2\r\n" in other
    assert from_config("resend", account("resend")).capabilities.repeats_safely_for == timedelta(hours=23)


def looked_up(*answers: bytes, name: str = "postmark") -> LookUp:
    async def story() -> LookUp:
        async with answering(*answers) as heard, from_config(name, account(name, heard.address)) as sender:
            found = await sender.look_up(letter())
        for request in heard.requests:
            assert f"metadata_afterglow_token={TOKEN}".encode() in request
        return found

    return asyncio.run(story())


def listed(*messages: dict[str, str], minutes: int = 0) -> bytes:
    date = (NOON + timedelta(minutes=minutes)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return said(200, {"TotalCount": len(messages), "Messages": list(messages)}, f"Date: {date}")


def test_postmark_is_asked_for_a_lost_message_by_our_own_id() -> None:
    assert looked_up(listed({"MessageID": "pm-1"})) == Found("pm-1")


def test_postmark_is_believed_not_to_have_it_only_after_a_while() -> None:
    assert isinstance(looked_up(listed(minutes=4)), CannotTell)
    assert looked_up(listed(minutes=5)) == Absent()


@pytest.mark.parametrize("answer", [said(500, {}), said(401, {}), http(200, b"no"), b"", said(200, {"Messages": []})])
def test_a_look_up_that_fails_tells_nothing(answer: bytes) -> None:
    assert isinstance(looked_up(answer), CannotTell)


def test_whether_a_lost_message_was_taken_most_services_cannot_tell() -> None:
    assert isinstance(looked_up(name="mailjet"), CannotTell)


def test_reports_are_promised_only_where_they_can_be_believed() -> None:
    def promised(name: str, callbacks: str, **changes: str) -> bool:
        return from_config(name, account(name, **changes), callbacks).capabilities.has_callbacks

    here = "https://care.example.test/hooks/messages/x/"
    assert promised("mailgun", here, webhook_signing_key="k")
    assert promised("unisender_go", here)
    assert not promised("mailgun", here)
    assert not promised("mailgun", "", webhook_signing_key="k")
    assert not promised("scaleway", here)


def test_an_account_is_not_used_over_an_open_line() -> None:
    with pytest.raises(ConfigFault, match="api_url must begin with https"):
        from_config("brevo", account("brevo", "http://mail.example.test"))


def test_many_at_once_all_leave_once() -> None:
    async def story() -> None:
        answers = [said(200, {"id": f"re-{n}"}) for n in range(20)]
        async with (
            answering(*answers, keeps_line=True) as heard,
            from_config("resend", account("resend", heard.address)) as sender,
        ):
            outcomes = await asyncio.gather(*(sender.send(letter(token=f"tok-{n}")) for n in range(20)))
        assert {type(outcome) for outcome in outcomes} == {Accepted}
        keys = {request.partition(b"Idempotency-Key: ")[2].partition(b"\r\n")[0] for request in heard.requests}
        assert len(keys) == len(heard.requests) == 20

    asyncio.run(story())


def test_a_sender_that_is_not_open_says_so() -> None:
    sender: AnymailSender = from_config("resend", account("resend"))

    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(sender.send(letter()))


def test_the_log_holds_no_address_and_no_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    sent("postmark", TAKEN["postmark"][0])
    sent("postmark", said(422, {"ErrorCode": 300, "Message": f"Invalid 'To' address: '{ROSA}'."}))

    assert "rosa" not in caplog.text.lower()
    assert "feel" not in caplog.text


def test_mailersend_gets_the_unsubscribe_link_under_its_own_name() -> None:
    _, heard = sent("mailersend", TAKEN["mailersend"][0])

    body = json.loads(heard.requests[0].partition(b"\r\n\r\n")[2])
    assert (body["list_unsubscribe"], "headers" in body) == ("https://care.example.test/u/9f", False)


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
