"""What becomes of a text at the stand-in after it was accepted, and how the practice hears of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from afterglow.channels.gateway import ACCOUNT_SID
from afterglow.channels.gateway.magic import MAGIC
from tests.channels.samples import ROSA
from tests.channels.stand_in import OURS, world

SERVICE = "MG" + "1" * 32


def test_the_practice_hears_that_its_text_was_sent_and_delivered(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            status, made = await here.texted_with_reports(token="tok-8f3c")
            await here.until(lambda: len(here.events("callback")) == 2)

            assert (status, made["status"]) == (201, "queued")
            assert [path for path, _ in here.practice.heard] == ["/status?token=tok-8f3c"] * 2
            delivered = here.practice.heard[1][1]
            assert delivered.pop("RawDlrDoneDate").startswith("26050712")
            assert delivered == {
                "AccountSid": ACCOUNT_SID,
                "ApiVersion": "2010-04-01",
                "From": OURS,
                "MessageSid": made["sid"],
                "MessageStatus": "delivered",
                "SmsSid": made["sid"],
                "SmsStatus": "delivered",
                "To": ROSA,
            }
            assert (await here.asked("GET", made["uri"]))[1]["status"] == "delivered"

    asyncio.run(story())


def test_every_call_to_the_practice_is_signed_as_the_vendor_signs(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, inbound="/text?practice=7") as here:
            await here.texted_with_reports(token="a%20b")
            await here.asked("POST", "/stand-in/texts", json={"from": ROSA, "body": "Café, 50% & more"})
            await here.until(lambda: len(here.events("callback")) == 3)
            assert here.practice.forged == 0

    asyncio.run(story())


def test_a_text_through_a_messaging_service_is_reported_from_its_queue_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            _, made = await here.texted_with_reports(From="", MessagingServiceSid=SERVICE)
            await here.until(lambda: len(here.events("callback")) == 3)
            assert made["status"] == "accepted"
            assert here.practice.statuses() == ["queued", "sent", "delivered"]
            assert here.practice.heard[0][1]["MessagingServiceSid"] == SERVICE

    asyncio.run(story())


def test_nobody_is_told_who_did_not_ask(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, magic_numbers=True) as here:
            await here.texted()
            await here.until(lambda: here.events("delivered"))
            assert here.practice.heard == []

    asyncio.run(story())


@pytest.mark.parametrize(
    ("digits", "code"), [(digits, magic.code) for digits, magic in MAGIC.items() if magic.code is not None]
)
def test_a_number_that_texts_cannot_reach_is_reported_with_its_code(tmp_path: Path, digits: str, code: int) -> None:
    async def story() -> None:
        async with world(tmp_path, magic_numbers=True) as here:
            status, made = await here.texted_with_reports(To=f"+1202555{digits}")
            await here.until(lambda: len(here.events("callback")) == 2)
            assert status == 201
            assert here.practice.statuses() == ["sent", "undelivered"]
            assert here.practice.heard[1][1]["ErrorCode"] == str(code)
            assert (await here.asked("GET", made["uri"]))[1]["error_code"] == code

    asyncio.run(story())


@pytest.mark.parametrize(("digits", "code"), [("0110", 21610), ("0111", 21614), ("0112", 21211)])
def test_a_number_that_is_refused_leaves_a_line_but_no_text(tmp_path: Path, digits: str, code: int) -> None:
    async def story() -> None:
        async with world(tmp_path, magic_numbers=True) as here:
            status, answer = await here.texted_with_reports(To=f"+1202555{digits}", token="tok-2")
            assert (status, answer["code"]) == (400, code)
            [refused] = here.events("refused", "accepted")
            assert (refused["code"], refused["token"], refused["kind"]) == (code, "tok-2", "text")

    asyncio.run(story())


def test_magic_is_off_unless_it_is_asked_for(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            await here.texted_with_reports(To="+12025550106")
            await here.until(lambda: len(here.events("callback")) == 2)
            assert here.practice.statuses() == ["sent", "delivered"]

    asyncio.run(story())


def test_a_text_that_was_sent_may_never_be_confirmed(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, magic_numbers=True) as here:
            await here.texted_with_reports(To="+12025550116")
            await here.until(lambda: here.events("callback"))
            await asyncio.sleep(0.05)
            assert here.practice.statuses() == ["sent"]

    asyncio.run(story())


@pytest.mark.parametrize(("queue_ms", "number"), [(2_000, ROSA), (0, "+12025550115")])
def test_a_text_still_queued_when_its_validity_ends_dies_there(tmp_path: Path, queue_ms: int, number: str) -> None:
    async def story() -> None:
        async with world(tmp_path, queue_ms=queue_ms, magic_numbers=True) as here:
            await here.texted_with_reports(To=number, ValidityPeriod="1")
            await here.until(lambda: here.events("callback"))
            [died] = here.events("sent", "delivered", "undelivered")
            [accepted] = here.events("accepted")
            assert (died["event"], died["code"]) == ("undelivered", 30036)
            assert died["at"] - accepted["at"] >= 1
            assert here.practice.heard[0][1]["ErrorCode"] == "30036"

    asyncio.run(story())


def test_a_text_that_leaves_the_queue_in_time_arrives(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, queue_ms=20) as here:
            await here.texted_with_reports(ValidityPeriod="1")
            await here.until(lambda: here.events("delivered"))

    asyncio.run(story())


def test_what_was_on_its_way_when_the_gateway_ended_goes_on_when_it_starts_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, magic_numbers=True, queue_ms=10_000) as before:
            await before.texted()
        async with world(tmp_path, magic_numbers=True) as here:
            await here.until(lambda: here.events("delivered"))
            assert len(here.events("accepted")) == 1

    asyncio.run(story())


def test_a_practice_that_is_not_there_keeps_nobody_waiting(tmp_path: Path, unused_tcp_port: int) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            status, _ = await here.texted(StatusCallback=f"http://127.0.0.1:{unused_tcp_port}/status")
            await here.until(lambda: len(here.events("callback")) == 2)
            assert status == 201
            assert {(call["answer"], call["fault"]) for call in here.events("callback")} == {(0, "not reached")}

    asyncio.run(story())
