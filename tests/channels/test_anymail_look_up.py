"""Whether a lost e-mail was taken: Postmark can be asked by our own id, and is believed only after a while."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from afterglow.channels.contract import Absent, CannotTell, Found, LookUp
from afterglow.channels.email.anymail.sending import from_config
from tests.channels.mail_services import account, letter, said
from tests.channels.samples import NOON, TOKEN, answering, http


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
