"""Every completed visit ends as a plan or as a line that says why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from afterglow.actions.answer_visit import name_area, name_service
from afterglow.actions.approve_history import approve_history
from afterglow.actions.stop_touches import stop_client
from afterglow.actions.update_client import MissingEvidence, note_consent, update_contact
from afterglow.models import Attempt, Plan, Touch, Visit
from afterglow.models.scope import practice_scope
from afterglow.rules.catalog import MatchedTreatment
from afterglow.rules.facts import Channel, Purpose
from afterglow.rules.permission import NO_ADDRESS
from tests.stories.stage import ROSA, Stage

pytestmark = pytest.mark.django_db


def test_an_unknown_service_waits_for_a_name_and_then_counts_from_its_own_date() -> None:
    stage = Stage.open("2026-11-03T08:00")
    stage.visit("v1", "2026-11-03T11:00", "Radiance Ritual A")
    assert [coverage for coverage, _ in stage.coverage()] == ["not_covered"]
    assert [kind for kind, _ in stage.tasks()] == ["service"]

    stage.run_until("2026-11-04T09:30")
    answered = name_service(
        practice_id=stage.practice_id,
        service="Radiance Ritual A",
        decision="enrol",
        treatment=MatchedTreatment("chemical_peel"),
        by="Kit",
        now=stage.now,
    )
    stage.run_until("2026-12-05T12:00")

    assert answered == 1
    assert stage.sent() == [(1, "check_in", "text"), (7, "results", "text"), (28, "rebook", "text")]
    assert stage.tasks() == []


def test_a_named_service_is_never_asked_about_again() -> None:
    stage = Stage.open("2026-11-03T08:00")
    stage.visit("v1", "2026-11-03T11:00", "Radiance Ritual A")
    name_service(
        practice_id=stage.practice_id,
        service="Radiance Ritual A",
        decision="enrol",
        treatment=MatchedTreatment("chemical_peel"),
        by="Kit",
        now=stage.now,
    )

    stage.visit(
        "v2", "2026-11-10T11:00", "RADIANCE RITUAL A", client=replace(ROSA, external_id="ines", first_name="Ines")
    )

    assert [coverage for coverage, _ in stage.coverage()] == ["planned", "planned"]


def test_a_filler_without_an_area_asks_and_the_answer_moves_the_reminder() -> None:
    stage = Stage.open("2027-02-10T08:00")
    stage.visit("v1", "2027-02-10T14:00", "Dermal filler, 2 syringes")
    assert "area" in [kind for kind, _ in stage.tasks()]
    stage.run_until("2027-02-15T10:00")
    with practice_scope(stage.practice_id):
        visit_id = Visit.objects.get(practice=stage.practice_id, external_id="v1").pk

    name_area(practice_id=stage.practice_id, visit_id=visit_id, area="cheeks", by="Hale", now=stage.now)
    stage.run_until("2027-12-16T12:00")

    rebooked = [day for day, function, _ in stage.sent() if function == "rebook"]
    assert rebooked == [303]  # ten calendar months after 10 February
    assert [function for _, function, _ in stage.sent()].count("results") == 1


@pytest.mark.parametrize(
    ("service", "coverage"),
    [("Botox consultation", "no_follow_up"), ("Gift card $200", "no_follow_up"), ("IPL full face", "not_covered")],
)
def test_a_visit_without_a_plan_says_why(service: str, coverage: str) -> None:
    stage = Stage.open("2026-11-03T08:00")
    stage.visit("v1", "2026-11-03T11:00", service)

    [(found, reason)] = stage.coverage()
    assert found == coverage
    assert reason


def test_a_client_nobody_can_reach_becomes_a_line_and_a_question_for_the_next_visit() -> None:
    stage = Stage.open("2026-11-03T08:00")
    unreachable = replace(ROSA, phone="", email="", consents=())
    stage.visit("v1", "2026-11-03T11:00", "Botox 20u", client=unreachable)

    stage.run_until("2026-11-06T12:00")

    assert stage.coverage() == [("not_covered", "cannot be reached: no phone number and no e-mail address")]
    assert stage.sent() == []
    [(kind, reason)] = stage.tasks()
    assert (kind, reason) == ("review", NO_ADDRESS)


def test_imported_history_is_silent_until_it_is_approved_and_then_only_looks_ahead() -> None:
    stage = Stage.open("2026-11-03T08:00")
    recorded = stage.visit("v1", "2026-09-15T11:00", "Botox 20u", is_from_file=True)
    assert recorded.history == 1
    stage.run_until("2026-11-20T12:00")
    with practice_scope(stage.practice_id):
        assert not Plan.objects.filter(practice=stage.practice_id).exists()

    approve_history(practice_id=stage.practice_id, by="Vic", now=stage.now)
    stage.run_until("2027-02-01T12:00")

    assert stage.sent() == [(75, "rebook", "text"), (90, "rebook", "e-mail"), (120, "reactivate", "voicemail")]


def test_the_same_report_twice_changes_nothing() -> None:
    stage = Stage.open("2026-11-03T08:00")
    first = stage.visit("v1", "2026-11-03T11:00", "Botox 20u")
    second = stage.visit("v1", "2026-11-03T11:00", "Botox 20u")

    assert (first.new, second.new, second.same) == (1, 0, 1)
    with practice_scope(stage.practice_id):
        assert Plan.objects.filter(practice=stage.practice_id).count() == 1


def test_a_corrected_service_replaces_the_plan_without_repeating_the_check_in() -> None:
    stage = Stage.open("2026-11-03T08:00")
    stage.visit("v1", "2026-11-03T11:00", "Botox 20u")
    stage.run_until("2026-11-05T09:00")

    stage.visit("v1", "2026-11-03T11:00", "HydraFacial")
    stage.run_until("2027-03-10T12:00")

    assert [f for _, f, _ in stage.sent()].count("check_in") == 1
    assert [(d, f) for d, f, _ in stage.sent()] == [(1, "check_in"), (7, "results"), (28, "rebook"), (90, "reactivate")]


def test_a_client_who_gets_a_number_and_a_consent_leaves_the_list_and_hears_from_the_practice() -> None:
    stage = Stage.open("2026-11-03T08:00")
    stage.visit("v1", "2026-11-03T11:00", "Botox 20u", client=replace(ROSA, phone="", email="", consents=()))
    with practice_scope(stage.practice_id):
        rosa = Visit.objects.get(practice=stage.practice_id).client_id

    update_contact(
        practice_id=stage.practice_id, client_id=rosa, phone="+12075550101", email="", by="Kit", now=stage.now
    )
    note_consent(
        practice_id=stage.practice_id,
        client_id=rosa,
        granted=[(Channel.SMS, Purpose.CARE)],
        evidence="paper form v3, binder 7",
        by="Kit",
        now=stage.now,
    )
    stage.run_until("2026-11-06T12:00")

    assert stage.coverage() == [("planned", "")]
    assert stage.sent() == [(1, "check_in", "text")]


def test_a_consent_without_evidence_is_refused() -> None:
    stage = Stage.open("2026-11-03T08:00")
    stage.visit("v1", "2026-11-03T11:00", "Botox 20u", client=replace(ROSA, consents=()))
    with practice_scope(stage.practice_id):
        rosa = Visit.objects.get(practice=stage.practice_id).client_id

    with pytest.raises(MissingEvidence):
        note_consent(
            practice_id=stage.practice_id,
            client_id=rosa,
            granted=[(Channel.SMS, Purpose.MARKETING)],
            evidence=" ",
            by="Vic",
            now=stage.now,
        )


def test_an_area_named_after_the_same_day_text_does_not_cost_the_check_in() -> None:
    stage = Stage.open("2026-11-03T08:00")
    stage.visit("v1", "2026-11-03T11:00", "Filler 1 syringe")
    stage.run_until("2026-11-03T13:00")
    assert stage.sent() == [(0, "check_in", "text")]

    with practice_scope(stage.practice_id):
        visit_id = Visit.objects.get(practice=stage.practice_id).pk
    name_area(practice_id=stage.practice_id, visit_id=visit_id, area="lips", by="Hale", now=stage.now)
    stage.run_until("2026-11-06T12:00")

    assert stage.sent() == [(0, "check_in", "text"), (1, "check_in", "text")]


def test_what_a_person_stopped_stays_stopped_when_the_visit_is_reported_anew() -> None:
    stage = Stage.open("2026-11-03T08:00")
    stage.visit("v1", "2026-11-03T11:00", "Botox 20u")
    with practice_scope(stage.practice_id):
        rosa = Visit.objects.get(practice=stage.practice_id).client_id
    stop_client(practice_id=stage.practice_id, client_id=rosa, by="Kit", now=stage.now)

    stage.visit("v1", "2026-11-03T11:00", "Botox 40u")
    stage.run_until("2027-03-10T12:00")

    assert stage.sent() == []


def test_a_message_nobody_can_tell_about_is_not_sent_for_the_corrected_visit_either() -> None:
    stage = Stage.open("2026-11-03T08:00")
    stage.visit("v1", "2026-11-03T11:00", "Botox 20u")
    stage.run_until("2026-11-04T12:00")
    with practice_scope(stage.practice_id):
        Touch.objects.filter(practice=stage.practice_id, function="check_in").update(state=Touch.State.FAILED)
        Attempt.objects.filter(practice=stage.practice_id).update(state=Attempt.State.UNKNOWN)

    stage.visit("v1", "2026-11-03T11:00", "Botox 40u")
    stage.run_until("2026-11-06T12:00")

    assert stage.sent() == [(1, "check_in", "text")]
