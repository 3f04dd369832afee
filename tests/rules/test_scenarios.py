"""Whole stories, from the first visit to the last message. Each line of scenarios.jsonl says why in its own words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from afterglow.cli.scenarios import reported
from afterglow.rules.expectations import Reported, check
from afterglow.rules.scenario import BrokenScenario, Scenario, read_scenario
from afterglow.rules.simulation import simulate
from tests.rules.people import BOOK

STORIES = [json.loads(line) for line in (Path(__file__).parent / "scenarios.jsonl").read_text().splitlines()]


def run(scenario: Scenario) -> list[Reported]:
    touches = simulate(
        scenario.happenings,
        clients=scenario.clients,
        practice=scenario.practice,
        book=BOOK,
        until=scenario.until,
        outages=scenario.outages,
    )
    return reported(touches, scenario.practice.timezone)


@pytest.mark.parametrize("story", STORIES, ids=[f"{s['id']} {s['title']}" for s in STORIES])
def test_it_goes_as_the_story_says(story: dict[str, object]) -> None:
    scenario = read_scenario(story)
    verdict = check(scenario.expectations, run(scenario))
    assert verdict.failures == (), story["why"]
    assert verdict.unexplained == (), story["why"]


def test_every_story_says_why_and_has_its_own_name() -> None:
    assert all(str(story["why"]).strip() for story in STORIES)
    assert len({story["id"] for story in STORIES}) == len({story["title"] for story in STORIES}) == len(STORIES)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"until": None}, "the key 'until' is missing"),
        ({"events": [{"at": "2026-01-05T10:00", "type": "teleported"}]}, "the type “teleported” is unknown"),
        ({"events": [{"at": "next Tuesday", "type": "complaint"}]}, "next Tuesday"),
        ({"client": {"id": "rosa", "consents": {}, "ltv": "a lot"}}, "scenario s001"),
    ],
)
def test_a_broken_story_is_refused_by_name(change: dict[str, object], said: str) -> None:
    broken = {key: value for key, value in {**STORIES[0], **change}.items() if value is not None}
    with pytest.raises(BrokenScenario, match=r"scenario s001") as refusal:
        read_scenario(broken)
    assert said in str(refusal.value)
