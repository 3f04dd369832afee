"""A voicemail through Twilio: the right words for whoever answers, and the truth about how the call ended."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from afterglow.channels.contract import Absent, Accepted, CannotTell, Found, LookUp
from afterglow.channels.gateway import Manners, read_log
from afterglow.channels.receipts import Call, Delivery, Hook, Prompt, StatusReport, UnreadableReceipt
from afterglow.channels.twiml import spoken
from afterglow.channels.voice.twilio_webhooks import HOOKS, parse_call
from tests.channels.samples import (
    NOON,
    ROSA,
    TOKEN,
    answering,
    caller_account,
    caller_at,
    gateway,
    http,
    message,
)

WORDS = "Hi Rosa, it's Glow Clinic & friends. <3 Call us."
RECORDING = "https://care.example.test/voicemail.mp3?a=1&b=2"
DESK = "+12025550142"


def heard(answered_by: str, text: str = WORDS, **settings: str) -> list[tuple[str, dict[str, str], str]]:
    """The verbs of the answer, in order, each with its attributes and its words."""
    twiml = spoken(answered_by=answered_by, config=caller_account(**settings), text=text)
    return [(verb.tag, verb.attrib, verb.text or "") for verb in ElementTree.fromstring(twiml)]


HANG_UP = ("Hangup", dict[str, str](), "")
NEURAL = {"voice": "Polly.Joanna-Neural"}


@pytest.mark.parametrize("machine", ["machine_end_beep", "machine_end_silence", "machine_end_other"])
def test_a_machine_gets_the_message_after_its_own_greeting(machine: str) -> None:
    assert heard(machine) == [("Say", NEURAL, WORDS), HANG_UP]
    assert heard(machine, voice="Google.en-US-Neural2-F")[0][1] == {"voice": "Google.en-US-Neural2-F"}
    assert heard(machine, recording_url=RECORDING) == [("Play", {}, RECORDING), HANG_UP]


def test_a_person_is_greeted_by_the_practice_and_never_hears_the_message() -> None:
    [(verb, voice, words), end] = heard("human")

    assert (verb, voice, end) == ("Say", NEURAL, HANG_UP)
    assert "Glow Clinic" in words
    assert "Rosa" not in words
    assert heard("human", human_greeting="Good <day> & bye", recording_url=RECORDING) == [
        ("Say", NEURAL, "Good <day> & bye"),
        HANG_UP,
    ]


def test_a_person_is_connected_to_the_front_desk_where_there_is_one() -> None:
    [greeting, desk, end] = heard("human", front_desk_number=DESK)

    assert greeting[0] == "Say"
    assert desk == ("Dial", {"callerId": "+12025550100"}, DESK)
    assert end == HANG_UP


@pytest.mark.parametrize("who", ["fax", "unknown", "machine_start", "", "a_word_of_next_year"])
def test_whoever_cannot_listen_hears_nothing(who: str) -> None:
    assert heard(who) == [HANG_UP]


@pytest.mark.parametrize("nothing", ["", " \n"])
def test_no_silence_is_left_on_a_machine(nothing: str) -> None:
    assert heard("machine_end_beep", text=nothing) == [HANG_UP]


@given(text=st.text(min_size=1).filter(str.strip))
def test_any_words_survive_the_way_into_the_phone(text: str) -> None:
    [(verb, _, words), end] = heard("machine_end_beep", text=f"|{text}|")

    said = "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c in "\t\n" or ord(c) >= 32)
    assert (verb, end) == ("Say", HANG_UP)
    assert words == f"|{said}|".replace("\ufffe", "").replace("\uffff", "")


@pytest.mark.parametrize(
    ("form", "status", "kind"),
    [
        ({"CallStatus": "queued"}, Delivery.ACCEPTED, ""),
        ({"CallStatus": "initiated"}, Delivery.ACCEPTED, ""),
        ({"CallStatus": "ringing"}, Delivery.ACCEPTED, ""),
        ({"CallStatus": "in-progress"}, Delivery.SENT, ""),
        ({"CallStatus": "completed", "AnsweredBy": "machine_end_beep"}, Delivery.DELIVERED, ""),
        ({"CallStatus": "completed", "AnsweredBy": "machine_end_other"}, Delivery.DELIVERED, ""),
        ({"CallStatus": "completed", "AnsweredBy": "human"}, Delivery.DELIVERED, ""),
        ({"CallStatus": "completed", "AnsweredBy": "unknown"}, Delivery.UNDELIVERED, "unavailable"),
        ({"CallStatus": "completed", "AnsweredBy": "machine_start"}, Delivery.UNDELIVERED, "unavailable"),
        ({"CallStatus": "completed", "AnsweredBy": "fax"}, Delivery.UNDELIVERED, "invalid_address"),
        ({"CallStatus": "completed"}, Delivery.SENT, ""),
        ({"CallStatus": "busy"}, Delivery.UNDELIVERED, "unavailable"),
        ({"CallStatus": "no-answer"}, Delivery.UNDELIVERED, "unavailable"),
        ({"CallStatus": "failed"}, Delivery.UNDELIVERED, "unavailable"),
        ({"CallStatus": "failed", "SipResponseCode": "503"}, Delivery.UNDELIVERED, "unavailable"),
        ({"CallStatus": "failed", "SipResponseCode": "404"}, Delivery.UNDELIVERED, "invalid_address"),
        ({"CallStatus": "failed", "ErrorCode": "13224"}, Delivery.UNDELIVERED, "invalid_address"),
        ({"CallStatus": "canceled"}, Delivery.UNDELIVERED, ""),
        ({"CallStatus": "a-word-of-next-year"}, Delivery.ACCEPTED, ""),
    ],
)
def test_how_a_call_ended_is_told_in_our_words(form: dict[str, str], status: Delivery, kind: str) -> None:
    assert parse_call({"CallSid": "CA1", **form}, token="t") == StatusReport(
        provider_id="CA1", token="t", status=status, error_code=form.get("ErrorCode", ""), kind=kind
    )


@pytest.mark.parametrize("missing", ["CallSid", "CallStatus"])
def test_a_report_without_its_envelope_is_unreadable(missing: str) -> None:
    form = {"CallSid": "CA1", "CallStatus": "busy"}
    del form[missing]

    with pytest.raises(UnreadableReceipt, match=missing):
        parse_call(form)


class Site:
    """Our side of the phone call: it answers what is asked and keeps what it is told."""

    def __init__(self) -> None:
        self.reports: list[StatusReport] = []
        self.is_over = asyncio.Event()
        self.callbacks = ""

    async def answer(self, request: web.BaseRequest) -> web.Response:
        call = Call(
            url=f"{self.callbacks.removesuffix('/hooks/')}{request.path_qs}",
            headers=dict(request.headers),
            body=await request.read(),
            content_type=request.content_type,
        )
        hook = HOOKS[request.path.rpartition("/")[2]]
        hook.verify(call, caller_account(), NOON)
        if isinstance(hook, Prompt):
            said = hook.answer(call, caller_account(), WORDS)
            return web.Response(text=said.body, content_type=said.content_type)
        self.keep(hook, call)
        return web.Response(text=hook.answer.body, content_type=hook.answer.content_type)

    def keep(self, hook: Hook, call: Call) -> None:
        [report] = hook.read(call)
        assert isinstance(report, StatusReport)
        self.reports.append(report)
        if report.status is not Delivery.ACCEPTED:
            self.is_over.set()


@asynccontextmanager
async def our_site() -> AsyncIterator[Site]:
    site = Site()
    runner = web.ServerRunner(web.Server(site.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.callbacks = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/"
    yield site
    await runner.cleanup()


def called(tmp_path: Path, number: str) -> tuple[list[StatusReport], list[dict[str, Any]]]:
    """What we were told of a call through the gateway, and what was heard on the phone."""

    async def story() -> list[StatusReport]:
        async with our_site() as site, gateway(tmp_path, manners=Manners(magic_numbers=True)) as there:
            async with caller_at(there.address, site.callbacks) as caller:
                assert isinstance(await caller.send(message(to=number)), Accepted)
            await asyncio.wait_for(site.is_over.wait(), 10)
            return site.reports

    reports = asyncio.run(story())
    return reports, [words for event in read_log(tmp_path / "accepted.jsonl") for words in event.get("heard", [])]


def test_a_voicemail_is_left_and_reported_under_our_token(tmp_path: Path) -> None:
    reports, words = called(tmp_path, "+12025550126")

    assert [(report.status, report.token) for report in reports] == [
        (Delivery.ACCEPTED, TOKEN),
        (Delivery.DELIVERED, TOKEN),
    ]
    assert WORDS in json.dumps(words)


def test_a_person_who_answers_is_greeted_and_that_is_reported(tmp_path: Path) -> None:
    reports, words = called(tmp_path, "+12025550120")

    assert reports[-1].status is Delivery.DELIVERED
    assert "Glow Clinic with a friendly courtesy call" in json.dumps(words)
    assert WORDS not in json.dumps(words)


def test_a_busy_line_hears_nothing_and_is_reported(tmp_path: Path) -> None:
    reports, words = called(tmp_path, "+12025550121")

    assert (reports[-1].status, reports[-1].kind, reports[-1].token) == (Delivery.UNDELIVERED, "unavailable", TOKEN)
    assert words == []


def page(*records: dict[str, Any]) -> bytes:
    return http(200, json.dumps({"calls": records, "next_page_uri": None}).encode())


def record(**changes: Any) -> dict[str, Any]:
    born = "Thu, 07 May 2026 12:00:03 +0000"
    return {"sid": "CA9", "to": ROSA, "direction": "outbound-api", "date_created": born, **changes}


def looked_up_with(answer: bytes, *but_not: str) -> LookUp:
    async def story() -> LookUp:
        async with answering(*[answer] * 3) as server, caller_at(server.address) as caller:
            return await caller.look_up(message(), but_not=frozenset(but_not))

    return asyncio.run(story())


def test_a_call_that_was_placed_is_found_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with gateway(tmp_path, now=NOON + timedelta(seconds=2)) as there, caller_at(there.address) as caller:
            assert await caller.look_up(message(to="+12025550126")) == Absent()
            accepted = await caller.send(message(to="+12025550126"))
            assert isinstance(accepted, Accepted)
            assert await caller.look_up(message(to="+12025550126")) == Found(accepted.provider_id)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("records", "but_not", "found"),
    [
        ([record()], [], Found("CA9")),
        ([record(), record(sid="CA8")], ["CA9"], Found("CA8")),
        ([record()], ["CA9"], Absent()),
        ([record(date_created="Thu, 07 May 2026 11:46:00 +0000")], [], Found("CA9")),
        ([record(date_created="Thu, 07 May 2026 11:44:59 +0000")], [], Absent()),
        ([record(to="+12025550144")], [], Absent()),
        ([record(direction="inbound")], [], Absent()),
        ([record(direction="outbound-dial")], [], Absent()),
    ],
    ids=[
        "ours",
        "the other one",
        "another's",
        "by a clock behind ours",
        "too old",
        "somebody else's",
        "her own call",
        "to the front desk",
    ],
)
def test_only_a_call_of_ours_is_taken_for_it(records: list[dict[str, Any]], but_not: list[str], found: LookUp) -> None:
    assert looked_up_with(page(*records), *but_not) == found


@pytest.mark.parametrize("answer", [b"", http(500), http(200, b"{}"), page(record(date_created=None)), page({})])
def test_trouble_on_the_way_is_never_taken_for_absent(answer: bytes) -> None:
    assert isinstance(looked_up_with(answer), CannotTell)


def test_the_log_holds_no_number_and_no_text(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    called(tmp_path, "+12025550126")
    looked_up_with(http(500))

    for secret in ("5550126", "5550143", "Rosa"):
        assert secret not in caplog.text
