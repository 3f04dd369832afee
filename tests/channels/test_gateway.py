"""The stand-in gateway answers as Twilio does, and what it accepted outlives everybody."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, encode_basic_auth

from afterglow.channels.contract import Accepted
from afterglow.channels.gateway import ACCOUNT_SID, AUTH_TOKEN, Gateway
from afterglow.channels.sms import twilio
from tests.channels.samples import CALLBACK, ROSA, TEXT, TOKEN, gateway, message, twilio_account

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
FORM = {"To": ROSA, "From": "+12025550100", "Body": TEXT}
SIGNED_IN = {"Authorization": encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)}


async def asked(there: Gateway, method: str, path: str, **request: Any) -> tuple[int, Any]:
    url = there.address + path
    async with ClientSession(headers=SIGNED_IN) as session, session.request(method, url, **request) as response:
        return response.status, await response.json()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"To": ""}, 400, 21604),
        ({"To": "555"}, 400, 21211),
        ({"To": "+15005550004"}, 400, 21610),
        ({"From": ""}, 400, 21603),
        ({"Body": ""}, 400, 21602),
        ({"Body": "a" * 1601}, 400, 21617),
        ({"ValidityPeriod": "0"}, 400, 21624),
        ({"ValidityPeriod": "36001"}, 400, 21624),
        ({"StatusCallback": "https://my_host.example.test/"}, 400, 21609),
        ({"Validity": "60"}, 400, 20001),
    ],
)
def test_a_bad_form_is_refused_in_twilio_s_words(
    tmp_path: Path, changes: dict[str, str], status: int, code: int
) -> None:
    async def story() -> None:
        async with gateway(tmp_path) as there:
            answered, answer = await asked(there, "POST", MESSAGES, data={**FORM, **changes})
            assert (answered, answer["code"], answer["status"]) == (status, code, status)
            assert there.accepted == []

    asyncio.run(story())


def test_a_stranger_is_sent_away(tmp_path: Path) -> None:
    async def story() -> None:
        async with gateway(tmp_path) as there, ClientSession() as session:
            async with session.post(there.address + MESSAGES, data=FORM) as response:
                assert (response.status, (await response.json())["code"]) == (401, 20003)
            assert there.accepted == []

    asyncio.run(story())


def test_an_accepted_message_can_be_fetched_but_its_callback_is_not_shown(tmp_path: Path) -> None:
    async def story() -> None:
        async with gateway(tmp_path) as there:
            _, made = await asked(there, "POST", MESSAGES, data={**FORM, "StatusCallback": f"{CALLBACK}&token={TOKEN}"})
            status, fetched = await asked(there, "GET", made["uri"])
            assert (status, fetched) == (200, made)
            assert fetched["date_created"] == "Thu, 07 May 2026 12:00:00 +0000"
            assert TOKEN not in json.dumps(fetched)
            assert (await asked(there, "GET", made["uri"].replace("SM0", "SM9")))[0] == 404

    asyncio.run(story())


def test_a_list_turns_its_pages_from_the_newest_to_the_oldest(tmp_path: Path) -> None:
    async def story() -> None:
        async with gateway(tmp_path) as there:
            for number in range(5):
                await asked(there, "POST", MESSAGES, data={**FORM, "Body": f"text {number}"})
            await asked(there, "POST", MESSAGES, data={**FORM, "To": "+12025550199"})
            bodies, path = [], f"{MESSAGES}?To=%2B12025550143&PageSize=2"
            while path:
                _, answer = await asked(there, "GET", path)
                bodies += [record["body"] for record in answer["messages"]]
                path = answer["next_page_uri"]
            assert bodies == ["text 4", "text 3", "text 2", "text 1", "text 0"]

    asyncio.run(story())


def test_a_gateway_that_starts_again_remembers_what_it_accepted(tmp_path: Path) -> None:
    async def story() -> None:
        async with gateway(tmp_path) as there:
            await asked(there, "POST", MESSAGES, data=FORM)
        async with gateway(tmp_path) as there:
            [record] = there.accepted
            _, second = await asked(there, "POST", MESSAGES, data=FORM)
            assert second["sid"] != record["sid"]

    asyncio.run(story())


def test_its_log_holds_what_was_accepted_even_when_it_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "accepted.jsonl"
    options = ["--port", "0", "--log", str(log), "--latency-ms", "1"]
    command = [sys.executable, "-m", "afterglow.channels.gateway", *options]

    async def send_one(address: str) -> None:
        account = twilio_account(address=address, status_callback_url=CALLBACK)
        async with twilio.from_config(account) as sender:
            assert isinstance(await sender.send(message()), Accepted)

    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            asyncio.run(send_one(json.loads(process.stdout.readline())["address"]))
        finally:
            os.kill(process.pid, signal.SIGKILL)

    [record] = map(json.loads, log.read_text().splitlines())
    assert (record["to"], record["body"], record["token"]) == (ROSA, TEXT, TOKEN)
