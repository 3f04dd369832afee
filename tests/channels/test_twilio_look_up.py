"""After a lost answer: was the text accepted or not? When in doubt, the answer is not "no"."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from afterglow.channels.contract import Absent, Accepted, CannotTell, Found, LookUp
from afterglow.channels.gateway import Gateway
from tests.channels.samples import NOON, TEXT, answering, gateway, http, message, sender_at


def looked_up_with(*answers: bytes, but_not: frozenset[str] = frozenset()) -> LookUp:
    async def story() -> LookUp:
        async with answering(*answers) as server, sender_at(server.address) as sender:
            return await sender.look_up(message(), but_not=but_not)

    return asyncio.run(story())


def test_a_text_that_was_accepted_is_found_again(tmp_path: Path) -> None:
    async def story() -> None:
        two_seconds_later = NOON + timedelta(seconds=2)
        async with gateway(tmp_path, now=two_seconds_later) as there, sender_at(there.address) as sender:
            accepted = await sender.send(message())
            assert isinstance(accepted, Accepted)
            assert await sender.look_up(message()) == Found(accepted.provider_id)

    asyncio.run(story())


def test_a_text_whose_sender_died_before_the_answer_is_found_again(tmp_path: Path) -> None:
    async def story() -> None:
        arrived = asyncio.Event()

        def clock() -> float:
            arrived.set()
            return NOON.timestamp()

        async with Gateway(log=tmp_path / "accepted.jsonl", clock=clock, latency=0.2) as there:
            async with sender_at(there.address) as sender:
                sending = asyncio.create_task(sender.send(message()))
                await arrived.wait()
                sending.cancel()
            async with sender_at(there.address) as sender:
                assert isinstance(await sender.look_up(message()), Found)

    asyncio.run(story())


@pytest.mark.parametrize(
    "asked_for",
    [
        {"text": "Another text"},
        {"to": "+12025550144"},
        {"created_at": NOON + timedelta(minutes=16)},
    ],
)
def test_another_text_is_not_taken_for_it(tmp_path: Path, asked_for: dict[str, Any]) -> None:
    async def story() -> LookUp:
        async with gateway(tmp_path) as there, sender_at(there.address) as sender:
            await sender.send(message())
            return await sender.look_up(message(**asked_for))

    assert asyncio.run(story()) == Absent()


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_that_differs_does_not_make_a_text_look_absent(minutes: int) -> None:
    listed = record(date_created=format_datetime(NOON + timedelta(minutes=minutes)))

    assert looked_up_with(page(listed)) == Found("SM9")


def page(*records: dict[str, Any], following: str | None = None) -> bytes:
    return http(200, json.dumps({"messages": records, "next_page_uri": following}).encode())


def record(**changes: Any) -> dict[str, Any]:
    return {"sid": "SM9", "body": TEXT, "date_created": "Thu, 07 May 2026 12:00:03 +0000", **changes}


def test_the_search_turns_every_page() -> None:
    pages = [page(record(body="other"), following="/next?Page=1"), page(following="/next?Page=2"), page(record())]

    assert looked_up_with(*pages) == Found("SM9")


@pytest.mark.parametrize(
    ("known", "found"),
    [(set(), Found("SM9")), ({"SM9"}, Found("SM8")), ({"SM8", "SM9"}, Absent())],
)
def test_the_same_text_of_another_attempt_is_not_taken_for_it(known: set[str], found: LookUp) -> None:
    assert looked_up_with(page(record(), record(sid="SM8")), but_not=frozenset(known)) == found


def test_a_next_page_on_another_server_is_not_asked_for() -> None:
    async def story() -> None:
        async with answering(page(record())) as thief:
            elsewhere = thief.address.replace("http://", "@") + "/next"
            async with answering(page(following=elsewhere)) as server, sender_at(server.address) as sender:
                assert isinstance(await sender.look_up(message()), CannotTell)
            assert thief.requests == []

    asyncio.run(story())


def test_a_trial_account_s_own_words_before_ours_do_not_hide_the_text() -> None:
    assert looked_up_with(page(record(body=f"Sent from your Twilio trial account - {TEXT}"))) == Found("SM9")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        http(500),
        http(429, b"{}"),
        http(401, b"{}"),
        http(200, b"not json"),
        http(200, b"[]"),
        page(record(date_created=None)),
        page(record(sid=None, body=7)),
        page(following="http://elsewhere.example.test/next"),
        page(following="/round/and/round"),
    ],
)
def test_trouble_on_the_way_is_never_taken_for_absent(answer: bytes) -> None:
    assert isinstance(looked_up_with(*[answer] * 25), CannotTell)


def test_the_log_holds_no_number_and_no_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    looked_up_with(http(500))
    looked_up_with(page(record()))

    for secret in ("5550143", "Rosa"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("ours", "listed"),
    [("We’re here — “call” us…", 'We\'re here - "call" us...'), ("Zoë, your café visit", "Zoe, your cafe visit")],
)
def test_a_text_made_plain_by_smart_encoding_is_still_found(ours: str, listed: str) -> None:
    async def story() -> LookUp:
        async with answering(page(record(body=listed))) as server, sender_at(server.address) as sender:
            return await sender.look_up(message(text=ours))

    assert asyncio.run(story()) == Found("SM9")


def test_letters_that_nothing_makes_plain_still_tell_two_texts_apart() -> None:
    async def story() -> LookUp:
        async with answering(page(record(body="See you at 5"))) as server, sender_at(server.address) as sender:
            return await sender.look_up(message(text="До встречи в 5"))

    assert asyncio.run(story()) == Absent()
