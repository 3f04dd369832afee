"""Staff or the booking system correct a visit that already has a plan."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from afterglow.rules.facts import Function, TreatmentFacts, VisitFacts
from afterglow.rules.planning import VisitPlanning
from afterglow.rules.replanning import replan_visit, with_answer
from tests.rules.people import BOOK, CHEEKS, HOME, HYDRAFACIAL, LIPS, PRACTICE, TOXIN, treatment, visit

AT = "2026-05-05T10:00"
UNKNOWN = treatment("none", decision="ask")
SOME_FILLER = treatment("ha_filler")


def replanned(seen: VisitFacts, done: Collection[tuple[Function, str]], after: timedelta) -> VisitPlanning:
    return replan_visit(
        seen,
        done=done,
        others=(),
        running=(),
        book=BOOK,
        practice=PRACTICE,
        recipient=HOME,
        now=seen.ended_at + after,
    )


def named(*treatments: TreatmentFacts, family: str = "", area: str = "") -> list[tuple[str, str, str]]:
    seen = with_answer(visit(AT, *treatments), family=family, area=area)
    return [(t.family, t.area, t.decision) for t in seen.treatments]


def test_an_unknown_service_gets_the_name_staff_give_it() -> None:
    assert named(UNKNOWN, family="chemical_peel") == [("chemical_peel", "", "enrol")]


def test_a_filler_without_an_area_gets_it() -> None:
    assert named(SOME_FILLER, area="cheeks") == [("ha_filler", "cheeks", "enrol")]


def test_a_wrong_treatment_is_put_right() -> None:
    assert named(TOXIN, family="ha_filler", area="lips") == [("ha_filler", "lips", "enrol")]
    assert named(LIPS, area="cheeks") == [("ha_filler", "cheeks", "enrol")]


def test_of_several_treatments_only_the_unknown_one_is_meant() -> None:
    assert named(TOXIN, UNKNOWN, family="hydrafacial") == [
        ("neuromodulator", "", "enrol"),
        ("hydrafacial", "", "enrol"),
    ]
    assert named(LIPS, SOME_FILLER, area="chin") == [("ha_filler", "lips", "enrol"), ("ha_filler", "chin", "enrol")]


def test_an_answer_that_changes_nothing_changes_nothing() -> None:
    seen = visit(AT, TOXIN, HYDRAFACIAL)
    assert with_answer(seen, family="hydrafacial") == seen


def test_nothing_is_said_twice() -> None:
    done = {(Function.CHECK_IN, "day_1"), (Function.CHECK_IN, "same_day")}
    (draft,) = replanned(visit(AT, CHEEKS), done, after=timedelta(days=3)).plans
    assert [t.function for t in draft.touches] == [Function.RESULTS, Function.REBOOK, Function.REACTIVATE]


def test_a_check_in_for_the_former_treatment_counts_for_the_right_one() -> None:
    (draft,) = replanned(visit(AT, LIPS), {(Function.CHECK_IN, "day_1")}, after=timedelta(hours=30)).plans
    assert Function.CHECK_IN not in {t.function for t in draft.touches}


def test_a_reminder_already_sent_does_not_come_again_at_the_new_date() -> None:
    done = {(Function.REBOOK, "rebook")}
    (draft,) = replanned(visit(AT, CHEEKS), done, after=timedelta(days=160)).plans
    assert Function.REBOOK not in {t.function for t in draft.touches}
