"""An e-mail leaves with text, HTML and our headers; and a server's no is told from a broken line."""

from __future__ import annotations

import asyncio
import email
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from afterglow.channels.contract import Accepted, CannotTell, Outcome, OutgoingMessage, Refused, Unknown
from afterglow.channels.email import smtp
from tests.channels.samples import NOON, message, serving

UNSUBSCRIBE = {
    "List-Unsubscribe": "<https://care.example.test/u/9f>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
HANGS_UP = ""


@dataclass
class MailServer:
    """Takes every mail, except for the commands it was told to answer otherwise."""

    answers: Mapping[str, str]
    port: int = 0
    closes_after_a_mail: bool = False
    lines: int = 0
    mails: list[EmailMessage] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        writer.write(b"220 mail.example.test\r\n")
        while line := await reader.readline():
            command = line.decode().split(" ")[0].strip().upper()
            answer = self.answers.get(command, {"DATA": "354 go on", "QUIT": "221 bye"}.get(command, "250 ok"))
            writer.write(answer.encode() + b"\r\n" if answer else b"")
            if answer.startswith("354"):
                answer = await self._take(reader, writer)
            is_tired = self.closes_after_a_mail and command == "DATA"
            if is_tired or answer == HANGS_UP or command == "QUIT":
                return

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        raw = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
        answer = self.answers.get("TEXT", "250 taken")
        if answer.startswith("250"):
            self.mails.append(email.message_from_bytes(raw, policy=default))
        writer.write(answer.encode() + b"\r\n" if answer else b"")
        return answer


@asynccontextmanager
async def mail_server(**answers: str) -> AsyncIterator[MailServer]:
    server = MailServer(answers)
    async with serving(server.talk) as server.port:
        yield server


def account(port: int, **changes: str) -> dict[str, str]:
    here = {"host": "127.0.0.1", "port": str(port), "use_tls": "false", "from": "Glow Clinic <hello@example.test>"}
    return {**here, **changes}


def letter(**changes: Any) -> OutgoingMessage:
    return message(**{"to": "rosa@example.test", "subject": "Your visit — how it heals", **changes})


def sent(*letters: OutgoingMessage, settings: dict[str, str] | None = None, **answers: str) -> tuple[Any, MailServer]:
    """The outcome of the last letter, and the server as it was left."""

    async def story() -> tuple[Outcome, MailServer]:
        async with mail_server(**answers) as server:
            async with smtp.from_config(account(server.port, **(settings or {}))) as sender:
                outcomes = [await sender.send(each) for each in letters or (letter(),)]
            return outcomes[-1], server

    return asyncio.run(story())


def test_a_mail_arrives_with_text_html_and_one_click_unsubscribe() -> None:
    outcome, server = sent(letter(html="<p>How do you <b>feel</b>?</p>", headers=UNSUBSCRIBE))

    [mail] = server.mails
    assert outcome == Accepted("<tok-8f3c@example.test>")
    assert mail["Message-ID"] == outcome.provider_id
    assert (mail["To"], mail["From"]) == ("rosa@example.test", "Glow Clinic <hello@example.test>")
    assert mail["Subject"] == "Your visit — how it heals"
    assert mail["Date"].datetime == NOON
    assert {name: mail[name] for name in UNSUBSCRIBE} == UNSUBSCRIBE
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), text.get_content().strip()) == ("text/plain", letter().text)
    assert (html.get_content_type(), html.get_content().strip()) == ("text/html", "<p>How do you <b>feel</b>?</p>")


def test_a_mail_without_html_is_plain_text() -> None:
    _, server = sent()

    assert server.mails[0].get_content_type() == "text/plain"


def test_several_mails_share_one_line() -> None:
    _, server = sent(*(letter(token=f"tok-{number}") for number in range(3)))

    assert (len(server.mails), server.lines) == (3, 1)


def test_an_account_is_opened_anew_for_every_batch() -> None:
    async def story() -> list[Outcome]:
        async with mail_server() as server:
            sender = smtp.from_config(account(server.port))
            outcomes = []
            for number in range(2):
                async with sender:
                    outcomes.append(await sender.send(letter(token=f"tok-{number}")))
            return outcomes

    assert [type(outcome) for outcome in asyncio.run(story())] == [Accepted, Accepted]


def test_many_mails_at_once_all_arrive_once() -> None:
    async def story() -> None:
        async with mail_server() as server:
            async with smtp.from_config(account(server.port)) as sender:
                outcomes = await asyncio.gather(*(sender.send(letter(token=f"tok-{n}")) for n in range(20)))
            assert all(isinstance(outcome, Accepted) for outcome in outcomes)
            assert len({mail["Message-ID"] for mail in server.mails}) == len(server.mails) == 20
            assert server.lines <= smtp.CONNECTIONS

    asyncio.run(story())


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"RCPT": "550 5.1.1 <rosa@example.test> unknown"}, "invalid_address"),
        ({"RCPT": "550 5.7.1 relaying denied"}, "configuration"),
        ({"RCPT": "530 sign in first"}, "configuration"),
        ({"RCPT": "550 5.1.10 the domain takes no mail"}, "invalid_address"),
        ({"RCPT": "550 5.2.1 <rosa@example.test> closed"}, "invalid_address"),
        ({"RCPT": "552 5.2.2 <rosa@example.test> mailbox full"}, "rate"),
        ({"RCPT": "550 5.7.26 not authenticated"}, "configuration"),
        ({"RCPT": "550 no such user"}, "invalid_address"),
        ({"RCPT": "450 4.2.1 come back later"}, "rate"),
        ({"RCPT": "421 4.3.2 going down"}, "unavailable"),
        ({"RCPT": "451 4.4.4 no way to the host"}, "unavailable"),
        ({"RCPT": "421 too many"}, "rate"),
        ({"MAIL": "553 not your address"}, "configuration"),
        ({"MAIL": "550 5.1.2 <hello@example.test> unknown domain"}, "configuration"),
        ({"MAIL": "451 4.7.1 wait"}, "rate"),
        ({"TEXT": "554 5.7.1 looks like spam"}, "content"),
        ({"TEXT": "550 5.1.1 <rosa@example.test> unknown"}, "invalid_address"),
        ({"TEXT": "550 5.7.26 not authenticated"}, "configuration"),
        ({"TEXT": "452 4.3.1 disk full"}, "rate"),
        ({"DATA": "554 no"}, "content"),
        ({"EHLO": HANGS_UP}, "unavailable"),
        ({"MAIL": HANGS_UP}, "unavailable"),
        ({"RCPT": HANGS_UP}, "unavailable"),
    ],
)
def test_a_server_s_no_says_what_kind_it_is(answers: dict[str, str], kind: str) -> None:
    outcome, server = sent(settings=None, **answers)

    assert isinstance(outcome, Refused)
    assert outcome.kind == kind
    assert "rosa" not in outcome.detail
    assert server.mails == []


def test_a_line_that_breaks_after_the_text_has_left_is_unknown() -> None:
    outcome, _ = sent(TEXT=HANGS_UP)

    assert isinstance(outcome, Unknown)


def test_a_refused_mail_does_not_spoil_the_next() -> None:
    async def story() -> None:
        async with mail_server() as server, smtp.from_config(account(server.port)) as sender:
            server.answers = {"RCPT": "550 5.1.1 unknown"}
            assert isinstance(await sender.send(letter()), Refused)
            server.answers = {}
            assert isinstance(await sender.send(letter()), Accepted)

    asyncio.run(story())


def test_a_line_that_was_closed_while_idle_is_opened_again() -> None:
    async def story() -> None:
        async with mail_server() as server:
            async with smtp.from_config(account(server.port)) as sender:
                server.closes_after_a_mail = True
                assert isinstance(await sender.send(letter(token="tok-1")), Accepted)
                assert isinstance(await sender.send(letter(token="tok-2")), Accepted)
            assert (len(server.mails), server.lines) == (2, 2)

    asyncio.run(story())


def test_a_server_that_hides_its_sign_in_is_a_matter_of_configuration() -> None:
    outcome, _ = sent(settings={"user": "glow", "password": "x"})

    assert isinstance(outcome, Refused)
    assert outcome.kind == "configuration"


def test_a_wrong_password_is_a_matter_of_configuration() -> None:
    outcome, _ = sent(
        settings={"user": "glow", "password": "x"}, EHLO="250-hello\r\n250 AUTH PLAIN", AUTH="535 5.7.8 no"
    )

    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code) == ("configuration", "535")


def test_a_server_without_tls_is_not_talked_to_when_tls_is_asked_for() -> None:
    outcome, server = sent(settings={"use_tls": "true"})

    assert isinstance(outcome, Refused)
    assert (outcome.kind, server.mails) == ("configuration", [])


def test_nobody_listening_means_nothing_left(unused_tcp_port: int) -> None:
    async def story() -> Outcome:
        async with smtp.from_config(account(unused_tcp_port)) as sender:
            return await sender.send(letter())

    outcome = asyncio.run(story())
    assert isinstance(outcome, Refused)
    assert outcome.kind == "unavailable"


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Hello\r\nBcc: vic@example.test"},
        {"to": "rosa@example.test\nvic@example.test"},
        {"headers": {"List-Unsubscribe": "<x>\r\nBcc: vic@example.test"}},
    ],
)
def test_a_line_break_cannot_smuggle_in_a_header(changes: dict[str, Any]) -> None:
    outcome, server = sent(letter(**changes))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, server.mails) == ("content", [])


def test_a_mail_whose_time_is_over_never_leaves() -> None:
    outcome, server = sent(letter(expires_at=NOON - timedelta(seconds=1)))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, server.lines) == ("expired", 0)


def test_whether_a_lost_mail_was_taken_nobody_can_tell() -> None:
    sender = smtp.from_config(account(25))

    assert not sender.capabilities.has_look_up
    assert isinstance(asyncio.run(sender.look_up(letter())), CannotTell)


def test_the_log_holds_no_address_and_no_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    sent()
    sent(RCPT="550 5.1.1 <rosa@example.test> unknown")

    assert "rosa" not in caplog.text.lower()
