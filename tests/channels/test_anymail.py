"""E-mail through every service that anymail knows: what leaves, and what must not."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anymail.backends
import pytest

from afterglow.channels.config_check import ConfigFault
from afterglow.channels.contract import Accepted, Refused
from afterglow.channels.email.anymail.sending import AnymailSender, from_config
from afterglow.channels.email.anymail.services import SERVICES
from tests.channels.mail_services import ROSA, account, letter, said, sent
from tests.channels.samples import NOON, TEXT, TOKEN, answering, http

# Not services: two that a developer tries things with, what they share, and Brevo under its former name.
NOT_SERVICES = {"base", "base_requests", "console", "test", "sendinblue"}
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
