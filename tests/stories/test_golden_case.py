"""The article's own example, told through the database."""

from __future__ import annotations

import pytest

from tests.stories.stage import Stage

pytestmark = pytest.mark.django_db
FULL_SEQUENCE = [
    (1, "check_in", "text"),
    (14, "results", "text"),
    (14, "results", "e-mail"),
    (75, "rebook", "text"),
    (90, "rebook", "e-mail"),
    (120, "reactivate", "voicemail"),
]


def test_a_botox_client_who_never_returns_hears_exactly_the_whole_sequence() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")

    stage.run_until("2027-03-03T12:00")

    assert stage.sent() == FULL_SEQUENCE
    assert stage.tasks() == []


def test_a_client_who_books_on_day_76_hears_only_what_came_before() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")
    stage.run_until("2026-05-18T09:00")

    stage.book("b1", "2026-08-20T11:00", "Botox 40 units")
    stage.run_until("2026-08-01T12:00")

    assert stage.sent() == FULL_SEQUENCE[:4]
    reasons = [reason for state, reason in stage.ended("reactivate") if state == "skipped"]
    assert reasons == ["already booked for 20 August 2026"]


def test_a_check_in_names_client_and_practice_and_says_when_to_call_but_not_the_treatment() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")

    stage.run_until("2026-03-05T12:00")

    [text] = stage.texts()
    assert "Rosa" in text
    assert "Glow Clinic" in text
    assert "call 911" in text
    assert "botox" not in text.lower()
