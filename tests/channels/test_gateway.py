"""The stand-in gateway answers as Twilio does, and what it accepted outlives everybody."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, encode_basic_auth
from typer.main import get_command

from afterglow.channels.contract import Accepted
from afterglow.channels.gateway import ACCOUNT_SID, AUTH_TOKEN, Gateway, Manners, read_log
from afterglow.channels.gateway.faults import CALL_FIELDS, TEXT_FIELDS, TEXT_TEST_NUMBERS
from afterglow.channels.gateway.magic import MAGIC
from afterglow.channels.gateway.manners import CHAOS_KINDS
from afterglow.channels.sms import twilio
from afterglow.cli.gateway import command
from tests.channels.samples import CALLBACKS, ROSA, TEXT, TOKEN, gateway, message, twilio_account
from tools.house import ROOT

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
FORM = {"To": ROSA, "From": "+12025550100", "Body": TEXT}
AFTERGLOW = [sys.executable, "-c", "from afterglow.cli import main; main()"]
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
        ({"RiskCheck": "enable"}, 400, 20001),
        ({"From": "+15005550001"}, 400, 21212),
        ({"From": "+15005550007"}, 400, 21606),
        ({"From": "+15005550008"}, 400, 21611),
        ({"MediaUrl": "not an address"}, 400, 21620),
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


def test_it_says_which_fields_are_twilio_s_but_not_played_here(tmp_path: Path) -> None:
    async def story() -> None:
        async with gateway(tmp_path) as there:
            _, invented = await asked(there, "POST", MESSAGES, data={**FORM, "Colour": "blue"})
            _, official = await asked(there, "POST", MESSAGES, data={**FORM, "SendAt": "2026-05-08T12:00:00Z"})
            assert invented["message"] == "Unknown field: Colour"
            assert official["message"] == "This stand-in does not play the field: SendAt"

    asyncio.run(story())


def official(kind: str) -> str:
    """The source of the official client for this kind of record."""
    return Path(import_module(f"twilio.rest.api.v2010.account.{kind}").__file__ or "").read_text()


@pytest.mark.parametrize(("kind", "fields"), [("message", TEXT_FIELDS), ("call", CALL_FIELDS)])
def test_it_knows_every_field_of_the_official_client(kind: str, fields: frozenset[str]) -> None:
    creating = official(kind).partition("def _create(")[2].partition("headers = ")[0]

    assert set(re.findall(r'"([A-Z]\w+)":', creating)) - fields == set()


def test_it_shows_a_text_with_the_fields_that_the_official_client_reads(tmp_path: Path) -> None:
    async def story() -> None:
        async with gateway(tmp_path) as there:
            _, made = await asked(there, "POST", MESSAGES, data=FORM)
            assert set(re.findall(r'payload\.get\(\s*"(\w+)"', official("message"))) - made.keys() == set()

    asyncio.run(story())


def test_a_text_may_carry_pictures_and_no_words(tmp_path: Path) -> None:
    async def story() -> None:
        pictures = [("MediaUrl", f"https://care.example.test/{n}.jpg") for n in range(2)]
        fields = [("To", ROSA), ("From", "+12025550100"), *pictures]
        async with gateway(tmp_path) as there:
            status, made = await asked(there, "POST", MESSAGES, data=fields)
            assert (status, made["num_media"]) == (201, "2")
            assert list(there.accepted[0]["media"]) == [url for _, url in pictures]
            too_many = [*fields, *[("MediaUrl", "https://care.example.test/x.jpg")] * 9]
            assert (await asked(there, "POST", MESSAGES, data=too_many))[1]["code"] == 21623

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
            _, made = await asked(
                there, "POST", MESSAGES, data={**FORM, "StatusCallback": f"{CALLBACKS}status?token={TOKEN}"}
            )
            status, fetched = await asked(there, "GET", made["uri"])
            assert (status, fetched["sid"], fetched["body"]) == (200, made["sid"], TEXT)
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
    program = [sys.executable, "-m", "afterglow.channels.gateway", *options]

    async def send_one(address: str) -> None:
        async with twilio.from_config(twilio_account(address=address), CALLBACKS) as sender:
            assert isinstance(await sender.send(message()), Accepted)

    with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            asyncio.run(send_one(json.loads(process.stdout.readline())["address"]))
        finally:
            os.kill(process.pid, signal.SIGKILL)

    [record] = [record for record in read_log(log) if record["event"] == "accepted"]
    assert (record["to"], record["body"], record["token"]) == (ROSA, TEXT, TOKEN)


def test_a_line_that_was_cut_off_does_not_spoil_the_log(tmp_path: Path) -> None:
    log = tmp_path / "accepted.jsonl"

    async def story() -> None:
        async with gateway(tmp_path) as there:
            await asked(there, "POST", MESSAGES, data=FORM)
        log.write_bytes(log.read_bytes() + b'{"event": "acc')
        async with gateway(tmp_path) as there:
            await asked(there, "POST", MESSAGES, data=FORM)
            assert len(there.accepted) == 2
        assert len(read_log(log)) == 2

    asyncio.run(story())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_explains_itself_and_ends_cleanly(tmp_path: Path, number: int) -> None:
    options = ["--port", "0", "--log", str(tmp_path / "log.jsonl"), "--chaos", "0.2"]
    program = [*AFTERGLOW, "gateway", *options]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["address"]
        process.send_signal(number)
        said = process.communicate()[1]

    assert process.returncode == 0
    assert f"address={address}" in said
    assert "555-0106  landline" in said


def test_a_kind_of_trouble_that_does_not_exist_is_explained(tmp_path: Path) -> None:
    program = [*AFTERGLOW, "gateway", "--chaos-kinds", "earthquake"]
    ended = subprocess.run(program, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert ended.returncode == 2
    assert "there are: 429, 500" in ended.stderr.replace("\n", " ")


@pytest.mark.parametrize("words", [MAGIC.keys(), CHAOS_KINDS.keys(), TEXT_TEST_NUMBERS.keys()])
def test_the_guide_names_every_magic_number_and_every_kind_of_trouble(words: Iterable[str]) -> None:
    guide = (ROOT / "docs" / "howto" / "try-every-failure.md").read_text(encoding="utf-8")

    assert [word for word in words if f"{word}`" not in guide] == []


def test_the_command_begins_with_the_manners_of_the_gateway_and_magic_besides() -> None:
    options = {parameter.name: parameter.default for parameter in get_command(command).params}
    manners = asdict(Manners(magic_numbers=True)) | {"chaos_kinds": ""}

    assert {name: options[name] for name in manners} == manners
