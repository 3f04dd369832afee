"""A person with the stand-in: texts back as the client, says STOP, looks at the page, switches it off for a while."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import ClientSession

from tests.channels.samples import ROSA
from tests.channels.stand_in import BROKEN, OURS, World, world

DANA = "+12025550177"


async def client_texts(here: World, body: str, number: str = DANA) -> None:
    assert (await here.asked("POST", "/stand-in/texts", json={"from": number, "body": body}))[0] == 200


def test_a_client_s_text_reaches_the_practice_from_the_number_she_was_texted_from(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, inbound="/text") as here:
            await here.texted(To=DANA)
            _, answer = await here.asked("POST", "/stand-in/texts", data={"from": DANA, "body": "All good, thanks"})
            [(path, form)] = here.practice.heard
            assert (path, form["From"], form["To"], form["Body"]) == ("/text", DANA, OURS, "All good, thanks")
            assert (form["SmsStatus"], form["MessageSid"]) == ("received", answer["sid"])
            assert answer["answer"] == 200

    asyncio.run(story())


def test_after_stop_texts_to_her_are_refused_until_she_says_start(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, inbound="/text") as here:
            await client_texts(here, " stop ")
            assert [form["Body"] for _, form in here.practice.heard] == [" stop "]
            assert [await here.texted(To=DANA), (await here.texted(To=ROSA))[0]][1] == 201
            status, refused = await here.texted(To=DANA)
            assert (status, refused["code"]) == (400, 21610)
            await client_texts(here, "START")
            assert (await here.texted(To=DANA))[0] == 201

    asyncio.run(story())


def test_only_a_whole_message_is_a_keyword(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            await client_texts(here, "Please stop texting me")
            assert (await here.texted(To=DANA))[0] == 201

    asyncio.run(story())


def test_an_opt_out_outlives_the_gateway(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as before:
            await client_texts(before, "STOP")
        async with world(tmp_path) as here:
            assert (await here.texted(To=DANA))[1]["code"] == 21610

    asyncio.run(story())


def test_without_an_address_of_the_practice_the_person_is_told_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            _, answer = await here.asked("POST", "/stand-in/texts", json={"from": DANA, "body": "Hello"})
            assert answer["fault"] == "there is no --inbound-url to pass it on to"

    asyncio.run(story())


def test_an_incomplete_text_is_explained(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            status, answer = await here.asked("POST", "/stand-in/texts", data={"from": "5550177"})
            assert status == 400
            assert "+12025550143" in answer["message"]

    asyncio.run(story())


def test_the_page_shows_what_was_accepted_and_never_runs_what_a_text_says(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, magic_numbers=True) as here:
            await here.texted(To="+12025550106", Body="<script>alert(1)</script> Hi Rosa")
            await client_texts(here, "STOP")
            await here.until(lambda: here.events("undelivered"))
            async with ClientSession() as session, session.get(here.gateway.address + "/stand-in/") as response:
                page = await response.text()
            assert "&lt;script&gt;alert(1)&lt;/script&gt; Hi Rosa" in page
            assert "<script>" not in page
            assert "undelivered (30006)" in page
            assert f"Opted out: {DANA}" in page

    asyncio.run(story())


def test_who_replies_on_the_page_is_led_back_to_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here, ClientSession(headers={"Accept": "text/html"}) as session:
            form = {"from": DANA, "body": "Hello"}
            async with session.post(here.gateway.address + "/stand-in/texts", data=form) as response:
                assert (response.status, response.url.path) == (200, "/stand-in/")

    asyncio.run(story())


def test_an_outage_refuses_everything_until_it_is_over_and_outlives_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as before:
            await before.asked("POST", "/stand-in/outage", json={"seconds": 60})
            assert (await before.texted())[1]["code"] == 20503
        async with world(tmp_path) as here:
            assert (await here.texted())[0] == 503
            await here.asked("POST", "/stand-in/outage", json={"seconds": 60, "how": "drop"})
            assert (await here.texted())[0] == BROKEN
            await here.asked("POST", "/stand-in/outage", json={"seconds": 0})
            assert (await here.texted())[0] == 201
            assert len(here.events("accepted")) == 1

    asyncio.run(story())
