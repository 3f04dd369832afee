"""Phone calls at the stand-in: it rings, somebody or something answers, and hears what the practice says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from afterglow.channels.gateway.magic import ORDINARY, who_answers
from tests.channels.stand_in import CALLS, OURS, World, world

VOICEMAIL, PERSON = "+12025550126", "+12025550120"
WORDS = '<Response><Pause length="1"/><Say voice="Polly.Joanna">Hi Rosa</Say><Hangup/><Say>Never</Say></Response>'
DETECT = {"MachineDetection": "DetectMessageEnd"}


async def called(here: World, *, to: str = VOICEMAIL, twiml: str = WORDS, **changes: Any) -> tuple[int, Any]:
    here.practice.says["/answer"] = twiml
    address = here.practice.address
    form = {
        "To": to,
        "From": OURS,
        "Url": f"{address}/answer?token=tok-4",
        "StatusCallback": f"{address}/call?token=tok-4",
    }
    return await here.asked("POST", CALLS, data={**form, **changes})


async def ended(here: World) -> dict[str, Any]:
    await here.until(lambda: here.events("callback"))
    return here.events("completed", "busy", "no-answer", "failed")[0]


@pytest.mark.parametrize(
    ("number", "detection", "answered_by"),
    [
        (VOICEMAIL, "DetectMessageEnd", "machine_end_beep"),
        (VOICEMAIL, "Enable", "machine_start"),
        (PERSON, "DetectMessageEnd", "human"),
        ("+12025550124", "DetectMessageEnd", "fax"),
    ],
)
def test_the_practice_is_asked_what_to_say_to_whoever_answered(
    tmp_path: Path, number: str, detection: str, answered_by: str
) -> None:
    async def story() -> None:
        async with world(tmp_path, magic_numbers=True) as here:
            status, made = await called(here, to=number, MachineDetection=detection)
            await ended(here)
            path, question = here.practice.heard[0]
            assert (status, made["status"]) == (201, "queued")
            assert path == "/answer?token=tok-4"
            assert (question["AnsweredBy"], question["CallSid"]) == (answered_by, made["sid"])
            [call] = here.events("call")
            assert (call["answered_by"], call["token"], call["sid"]) == (answered_by, "tok-4", made["sid"])
            assert [(step["verb"], step["text"]) for step in call["heard"]] == [
                ("Pause", ""),
                ("Say", "Hi Rosa"),
                ("Hangup", ""),
            ]
            assert here.practice.forged == 0

    asyncio.run(story())


def test_the_practice_hears_how_the_call_went_only_as_far_as_it_asked(tmp_path: Path) -> None:
    async def story(events: list[str], folder: str) -> list[str]:
        (tmp_path / folder).mkdir()
        async with world(tmp_path / folder) as here:
            await called(here, StatusCallbackEvent=events[0]) if len(events) == 1 else await called_with(here, events)
            await here.until(lambda: len(here.events("callback")) == len(events))
            return [form["CallStatus"] for path, form in here.practice.heard if path.startswith("/call")]

    async def called_with(here: World, events: list[str]) -> None:
        here.practice.says["/answer"] = WORDS
        fields = [("To", VOICEMAIL), ("From", OURS), ("Url", f"{here.practice.address}/answer")]
        fields += [("StatusCallback", f"{here.practice.address}/call")]
        await here.asked("POST", CALLS, data=[*fields, *(("StatusCallbackEvent", event) for event in events)])

    everything = ["initiated", "ringing", "answered", "completed"]
    assert asyncio.run(story(["completed"], "end")) == ["completed"]
    assert asyncio.run(story(everything, "all")) == ["initiated", "ringing", "in-progress", "completed"]


@pytest.mark.parametrize(("digits", "status"), [("0121", "busy"), ("0122", "no-answer"), ("0123", "failed")])
def test_a_call_that_nobody_takes_asks_for_no_words(tmp_path: Path, digits: str, status: str) -> None:
    async def story() -> None:
        async with world(tmp_path, magic_numbers=True) as here:
            _, made = await called(here, to=f"+1202555{digits}", **DETECT)
            assert (await ended(here))["event"] == status
            [(path, form)] = here.practice.heard
            assert (path, form["CallStatus"]) == ("/call?token=tok-4", status)
            assert (await here.asked("GET", made["uri"]))[1]["status"] == status

    asyncio.run(story())


@pytest.mark.parametrize("twiml", ["", "<Response>", "<Answer/>"])
def test_words_that_cannot_be_read_leave_silence_and_the_vendor_s_code(tmp_path: Path, twiml: str) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            await called(here, twiml=twiml)
            await ended(here)
            [call] = here.events("call")
            assert (call["heard"], call["fault"]) == ([], 12100)

    asyncio.run(story())


def test_words_may_come_with_the_call(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            await called(here, Url="", Twiml="<Response><Play>https://care.example.test/hi.mp3</Play></Response>")
            await ended(here)
            assert here.events("call")[0]["heard"] == [{"verb": "Play", "text": "https://care.example.test/hi.mp3"}]

    asyncio.run(story())


def test_detection_on_the_side_is_reported_on_the_side(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            address = here.practice.address
            await called(here, **DETECT, AsyncAmd="true", AsyncAmdStatusCallback=f"{address}/detected")
            await ended(here)
            found = dict(here.practice.heard)
            assert found["/detected"]["AnsweredBy"] in ("machine_end_beep", "human")
            assert "AnsweredBy" not in found["/answer?token=tok-4"]

    asyncio.run(story())


def test_calls_can_be_listed_and_are_no_texts(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            _, made = await called(here)
            _, listed = await here.asked("GET", f"{CALLS}?To=%2B12025550126")
            assert [call["sid"] for call in listed["calls"]] == [made["sid"]]
            assert "url" not in made
            assert here.gateway.accepted == []
            assert [event["kind"] for event in here.events("accepted")] == ["call"]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21201),
        ({"To": "+15005550001"}, 21217),
        ({"To": "+15005550004"}, 21216),
        ({"From": ""}, 21213),
        ({"Url": ""}, 21205),
        ({"MachineDetection": "Maybe"}, 20001),
        ({"MachineDetectionTimeout": "121"}, 20001),
        ({"Timeout": "601"}, 20001),
        ({"StatusCallbackEvent": "hung-up"}, 20001),
        ({"Record": "true"}, 20001),
        ({"Colour": "blue"}, 20001),
    ],
)
def test_a_bad_call_is_refused(tmp_path: Path, changes: dict[str, str], code: int) -> None:
    async def story() -> None:
        async with world(tmp_path) as here:
            status, answer = await called(here, **changes)
            assert (status, answer["code"]) == (400, code)
            assert here.events("accepted") == []

    asyncio.run(story())


def test_mostly_voicemails_answer_and_the_same_number_always_alike() -> None:
    numbers = [f"+1{area}55501{line}" for area in range(201, 220) for line in range(30, 40)]
    answers = [who_answers(number, ORDINARY) for number in numbers]

    assert answers == [who_answers(number, ORDINARY) for number in numbers]
    assert 0.1 < answers.count("human") / len(answers) < 0.3
