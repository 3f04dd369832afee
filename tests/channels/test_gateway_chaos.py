"""Trouble at the stand-in: each kind does what it says, and the log tells what really happened."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from afterglow.channels.contract import Accepted, Found, Unknown
from afterglow.channels.gateway import Manners
from afterglow.channels.gateway.chaos import Chaos, Report
from afterglow.channels.gateway.manners import CHAOS_KINDS, REQUEST_KINDS, UnknownKind, kinds_of
from tests.channels.samples import message, sender_at
from tests.channels.stand_in import BROKEN, MESSAGES, world

ANSWERS = {
    "429": (429, 0),
    "500": (500, 0),
    "503": (503, 0),
    "drop-before": (BROKEN, 0),
    "500-after": (500, 1),
    "drop-after": (BROKEN, 1),
    "late": (201, 1),
    "slow": (201, 1),
}


@pytest.mark.parametrize("kind", REQUEST_KINDS)
def test_each_kind_of_trouble_answers_and_accepts_as_it_says(tmp_path: Path, kind: str) -> None:
    async def story() -> None:
        async with world(tmp_path, chaos=1, chaos_kinds=(kind,)) as here:
            status, _ = await here.texted_with_reports(token="tok-3")
            accepted = here.events("accepted")
            assert (status, len(accepted)) == ANSWERS[kind]
            [trouble] = [event for event in here.events("disturbed") if event["kind"] == "text"]
            assert (trouble["how"], trouble["token"]) == (kind, "tok-3")
            assert trouble["sid"] == (accepted[0]["sid"] if accepted else None)

    asyncio.run(story())


def test_a_refusal_for_speed_says_when_to_come_back(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, chaos=1, chaos_kinds=("429",)) as here:
            async with sender_at(here.gateway.address) as sender:
                outcome = await sender.send(message())
            assert "rate" in str(outcome)

    asyncio.run(story())


def test_a_text_whose_answer_was_lost_can_be_looked_up(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, magic_numbers=True) as here, sender_at(here.gateway.address) as sender:
            text = message(to="+12025550114")
            assert isinstance(await sender.send(text), Unknown)
            [accepted] = here.events("accepted")
            assert await sender.look_up(text) == Found(accepted["sid"])

    asyncio.run(story())


@pytest.mark.parametrize(
    ("digits", "status", "accepted"), [("0113", 429, 0), ("0114", BROKEN, 1), ("0117", 500, 0), ("0118", 500, 1)]
)
def test_a_number_may_bring_trouble_of_its_own(tmp_path: Path, digits: str, status: int, accepted: int) -> None:
    async def story() -> None:
        async with world(tmp_path, magic_numbers=True) as here:
            assert (await here.texted(To=f"+1202555{digits}"))[0] == status
            assert len(here.events("accepted")) == accepted

    asyncio.run(story())


def test_a_slow_answer_is_whole_in_the_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, chaos=1, chaos_kinds=("slow",)) as here, sender_at(here.gateway.address) as sender:
            assert isinstance(await sender.send(message()), Accepted)

    asyncio.run(story())


def test_the_same_seed_gives_the_same_trouble_and_another_gives_another(tmp_path: Path) -> None:
    async def troubles(folder: str, seed: int) -> list[str]:
        (tmp_path / folder).mkdir()
        async with world(tmp_path / folder, chaos=0.5, seed=seed) as here:
            for number in range(12):
                await here.texted(Body=f"text {number}")
            return [event["how"] for event in here.events("disturbed")]

    async def story() -> None:
        first = await troubles("first", seed=4)
        assert first
        assert await troubles("again", seed=4) == first
        assert await troubles("other", seed=5) != first

    asyncio.run(story())


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("callback-late", ["delivered", "sent"]),
        ("callback-twice", ["delivered", "delivered", "sent", "sent"]),
        ("callback-reversed", ["delivered", "sent"]),
        ("callback-lost", []),
    ],
)
def test_delivery_reports_come_late_twice_reversed_or_never(tmp_path: Path, kind: str, heard: list[str]) -> None:
    async def story() -> None:
        async with world(tmp_path, chaos=1, chaos_kinds=(kind,)) as here:
            assert (await here.texted_with_reports())[0] == 201
            await here.until(lambda: here.events("delivered") and len(here.events("callback")) == len(heard))
            assert sorted(here.practice.statuses()) == heard
            assert {event["how"] for event in here.events("disturbed")} == {kind}

    asyncio.run(story())


def test_a_reversed_report_leaves_after_the_one_that_should_follow_it() -> None:
    chaos = Chaos(Manners(chaos=0.5, chaos_kinds=("callback-reversed",), seed=1))

    orders = {tuple(report.step for report in chaos.for_reports(f"SM{n}", [0, 1])) for n in range(20)}

    assert orders == {(0, 1), (1, 0)}


def test_a_message_s_reports_do_not_depend_on_what_else_goes_on() -> None:
    def reports(busy: bool) -> list[Report]:
        chaos = Chaos(Manners(chaos=0.7, seed=2))
        if busy:
            chaos.for_request()
            chaos.for_reports("SM1", [0, 1, 2])
        return chaos.for_reports("SM2", [0, 1, 2])

    assert reports(busy=True) == reports(busy=False)


def test_about_as_much_goes_wrong_as_was_asked_for() -> None:
    chaos = Chaos(Manners(chaos=0.2))

    drawn = Counter(chaos.for_request() for _ in range(5_000))

    assert 800 < 5_000 - drawn.pop("") < 1_200
    assert drawn.keys() == REQUEST_KINDS.keys()


def test_kinds_are_named_in_a_list_and_a_wrong_one_is_explained() -> None:
    assert kinds_of("drop-after, 429") == ("drop-after", "429")
    assert kinds_of("") == tuple(CHAOS_KINDS)
    with pytest.raises(UnknownKind, match="drop-after"):
        kinds_of("earthquake")


def test_over_the_rate_answers_wait_for_their_turn(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, rate=50) as here:
            await asyncio.gather(*(here.texted(Body=f"text {number}") for number in range(6)))
            moments = [record["at"] for record in here.events("accepted")]
            assert moments[-1] - moments[0] >= 5 * 0.02 * 0.9

    asyncio.run(story())


def test_over_the_rate_is_refused_where_that_is_asked_for(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, rate=0.1, rate_refuse=True) as here:
            assert (await here.texted())[0] == 201
            status, answer = await here.texted()
            assert (status, answer["code"]) == (429, 20429)
            assert len(here.events("accepted")) == 1

    asyncio.run(story())


def test_who_has_hung_up_before_the_turn_came_is_not_served(tmp_path: Path) -> None:
    async def story() -> None:
        async with world(tmp_path, rate=5) as here:
            first = await here.texted()
            impatient = asyncio.create_task(here.texted(Body="Never mind"))
            await asyncio.sleep(0.05)
            impatient.cancel()
            await here.until(lambda: here.events("refused"))
            assert first[0] == 201
            assert [record["body"] for record in here.events("accepted")] != ["Never mind"]
            assert len(here.events("accepted")) == 1

    asyncio.run(story())


def test_looking_up_meets_trouble_too(tmp_path: Path) -> None:
    async def story() -> Any:
        async with world(tmp_path, chaos=1, chaos_kinds=("503",)) as here:
            status, _ = await here.asked("GET", MESSAGES)
            return status, [event["kind"] for event in here.events("disturbed")]

    assert asyncio.run(story()) == (503, ["look_up"])
