"""Bookings stop what they should, cancellations bring it back."""

from __future__ import annotations

import pytest

from afterglow.models import ProtocolVersion, Remark
from afterglow.models.scope import practice_scope
from tests.stories.stage import Stage

pytestmark = pytest.mark.django_db


def test_a_cancelled_booking_brings_the_reminder_back_while_its_window_is_open() -> None:
    stage = Stage.open("2026-03-30T08:00")
    stage.visit("v1", "2026-03-31T10:00", "HydraFacial")
    stage.run_until("2026-04-12T10:00")
    stage.book("b1", "2026-05-03T10:00", "HydraFacial")
    stage.run_until("2026-04-30T09:15")
    assert stage.sent()[-1] == (7, "results", "text")

    stage.cancel("b1")
    stage.run_until("2026-05-10T09:00")

    assert stage.sent()[-1] == (30, "rebook", "text")
    with practice_scope(stage.practice_id):
        lines = list(
            Remark.objects.filter(practice=stage.practice_id).order_by("at", "pk").values_list("text", flat=True)
        )
    assert "Booking for 3 May 2026: booked" in lines
    assert "Booking for 3 May 2026: cancelled" in lines


def test_a_cancellation_after_the_window_stays_silent() -> None:
    stage = Stage.open("2026-03-30T08:00")
    stage.visit("v1", "2026-03-31T10:00", "HydraFacial")
    stage.book("b1", "2026-05-13T10:00", "HydraFacial")
    stage.run_until("2026-05-10T09:00")

    stage.cancel("b1")
    stage.run_until("2026-06-15T09:00")

    assert [function for _, function, _ in stage.sent()] == ["check_in", "results"]


def test_a_booking_of_another_class_lets_the_reminder_go_but_not_the_reactivation() -> None:
    stage = Stage.open("2026-04-01T08:00")
    stage.visit("v1", "2026-04-02T10:00", "Xeomin 20 units")
    stage.book("b1", "2026-08-12T10:00", "HydraFacial")

    stage.run_until("2026-08-10T09:00")

    assert (75, "rebook", "text") in stage.sent()
    assert "reactivate" not in {function for _, function, _ in stage.sent()}


def test_a_new_visit_starts_the_plan_again_from_its_own_date() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")
    stage.visit("v2", "2026-05-04T14:00", "Botox 40 units")

    stage.run_until("2026-08-01T12:00")

    assert [(day, function) for day, function, _ in stage.sent() if function == "rebook"] == [(62 + 75, "rebook")]


def test_a_touch_up_keeps_the_dates_of_the_first_visit() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")
    stage.visit("v2", "2026-03-20T14:00", "Botox touch up 8 units")

    stage.run_until("2026-05-25T12:00")

    assert [day for day, function, _ in stage.sent() if function == "rebook"] == [75]
    assert [day for day, function, _ in stage.sent() if function == "check_in"] == [1, 18]


def test_a_visit_that_turns_out_a_no_show_takes_its_plan_back() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")

    stage.no_show("v1")
    stage.run_until("2026-09-01T12:00")

    assert stage.sent() == []
    assert {state for state, _ in stage.ended("check_in")} == {"cancelled"}
    assert stage.ended("check_in")[0][1] == "the visit is now reported as no-show"


def test_dissolving_a_filler_stops_its_plans_and_asks_for_a_review() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Juvederm Ultra lips 1 ml")
    stage.visit("v2", "2026-04-07T14:00", "Hylenex filler dissolve")

    stage.run_until("2026-12-31T12:00")

    assert {function for _, function, _ in stage.sent()} == {"check_in", "results"}
    assert any(kind == "review" for kind, _ in stage.tasks())


def test_a_step_for_first_visits_goes_to_new_clients_only() -> None:
    stage = Stage.open("2026-03-02T08:00")
    with practice_scope(stage.practice_id):
        version = ProtocolVersion.objects.get(practice=stage.practice_id, key="hydrafacial")
        head, results, tail = version.text.partition('function = "results"\n')
        version.text = f"{head}{results}when = {{ first_visit = true }}\n{tail}"
        version.save()

    stage.visit("v1", "2026-03-03T14:00", "HydraFacial")
    stage.visit("v2", "2026-04-03T14:00", "HydraFacial")
    stage.run_until("2026-04-20T12:00")

    assert [day for day, function, _ in stage.sent() if function == "results"] == [7]
    assert ("skipped", "not meant for this visit, because of the number of visits so far") in stage.ended("results")
