"""What becomes of messages when their plan ends: those that wait, and those that are on their way."""

from __future__ import annotations

import pytest

from afterglow.actions.claim_touches import claim_touches
from afterglow.actions.intents import Intent
from afterglow.actions.record_outcomes import record_outcomes
from afterglow.channels.contract import Refused
from afterglow.rules.facts import Channel
from tests.actions.providers import Provider
from tests.stories.stage import Stage, local

pytestmark = pytest.mark.django_db
NOTHING_LEFT = Refused("unavailable", "", "nothing left")


def test_nothing_comes_back_for_a_visit_that_did_not_take_place_after_all() -> None:
    stage, provider = _after_a_visit()
    stage.run_until("2026-11-04T08:30")
    intent = _claimed(stage, "2026-11-04T12:00")
    stage.no_show("v1")
    _refused(stage, intent)
    stage.run_until("2026-11-10T12:00")

    assert provider.sent == []
    assert stage.ended("check_in") == [("skipped", "the visit is now reported as no-show")]


def test_what_a_new_visit_made_obsolete_does_not_come_back() -> None:
    stage, provider = _after_a_visit()
    stage.run_until("2027-01-17T09:00")
    said = len(provider.sent)
    intent = _claimed(stage, "2027-01-17T12:00")
    stage.visit("v2", "2027-01-17T13:00", "Botox 20u")
    _refused(stage, intent)
    stage.run_until("2027-01-17T20:00")

    assert len(provider.sent) == said
    assert stage.ended("rebook")[0] == ("skipped", "a new visit on 17 January 2027 starts the plan again")


def test_a_check_in_comes_back_once_when_its_visit_was_corrected_meanwhile() -> None:
    stage, provider = _after_a_visit()
    intent = _claimed(stage, "2026-11-04T12:00")
    stage.visit("v1", "2026-11-03T11:00", "Botox 40u")
    _refused(stage, intent)
    stage.run_until("2026-11-06T12:00")

    assert [state for state, _ in stage.ended("check_in")] == ["sent"]
    assert len(provider.sent) == 1


def test_the_check_in_that_a_stopped_plan_kept_ends_with_its_visit() -> None:
    stage, _ = _after_a_visit("Juvederm lips 1ml")
    stage.visit("v2", "2026-11-03T11:30", "Hylenex filler dissolve")
    stage.no_show("v1")

    assert set(stage.ended("check_in")) == {("cancelled", "the visit is now reported as no-show")}


def _after_a_visit(service: str = "Botox 20u") -> tuple[Stage, Provider]:
    stage, provider = Stage.open("2026-11-03T08:00"), Provider()
    stage.senders = {Channel.SMS: provider}
    stage.visit("v1", "2026-11-03T11:00", service)
    return stage, provider


def _claimed(stage: Stage, at: str) -> Intent:
    """The one message that is under way at this moment."""
    stage.now = local(at)
    claim = claim_touches(
        practice_id=stage.practice_id,
        channels=frozenset({Channel.SMS}),
        now=stage.now,
        public_url="https://g.example.test",
        limit=10,
    )
    [intent] = claim.intents
    return intent


def _refused(stage: Stage, intent: Intent) -> None:
    record_outcomes(practice_id=stage.practice_id, outcomes=[(intent, NOTHING_LEFT)], now=stage.now)
