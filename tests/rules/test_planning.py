"""From a performed visit to its plans: the canonical dates, and what ends, merges or is asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.facts import Function, Offset, Override, PlanFacts, PracticeFacts, TreatmentFacts, VisitFacts
from afterglow.rules.planning import PlanDraft, VisitPlanning, plan_visit
from afterglow.rules.timing import local_day
from tests.rules.people import (
    BOOK,
    CHEEKS,
    DAXXIFY,
    DISSOLVER,
    DRAFTS,
    HOME,
    HYDRAFACIAL,
    LIPS,
    PRACTICE,
    TOXIN,
    ZONE,
    laser_hair,
    local,
    treatment,
    visit,
)

AT = "2026-05-05T10:00"
ON = date(2026, 5, 5)


def plan(
    seen: VisitFacts, *, now: datetime | None = None, practice: PracticeFacts = PRACTICE, **more: Any
) -> VisitPlanning:
    usual: dict[str, Any] = {"others": (), "running": (), "book": BOOK, "recipient": HOME}
    return plan_visit(seen, practice=practice, now=now or seen.reported_at, **{**usual, **more})


def running(seen: VisitFacts, treated: TreatmentFacts, treatment_class: str) -> PlanFacts:
    return PlanFacts(
        id="running",
        protocol=treatment_class,
        treatment_class=treatment_class,
        family=treated.family,
        area=treated.area,
        visit_id=seen.id,
        visit_on=seen.visit_on,
    )


def days(draft: PlanDraft) -> list[tuple[str, int, int]]:
    """Function, day it is planned for, last day it is worth sending; both counted from the visit."""
    zone = PRACTICE.timezone
    return [
        (t.function.value, (local_day(t.planned_at, zone) - ON).days, (local_day(t.valid_until, zone) - ON).days)
        for t in draft.touches
    ]


@pytest.mark.parametrize(
    ("treated", "expected"),
    [
        (
            TOXIN,
            [("check_in", 1, 2), ("results", 14, 17), ("rebook", 75, 80), ("rebook", 90, 97), ("reactivate", 120, 134)],
        ),
        (HYDRAFACIAL, [("check_in", 1, 2), ("results", 7, 14), ("rebook", 28, 35), ("reactivate", 90, 104)]),
        (
            LIPS,
            [
                ("check_in", 0, 0),
                ("check_in", 1, 2),
                ("results", 14, 17),
                ("rebook", 153, 184),
                ("reactivate", 244, 258),
            ],
        ),
        (
            CHEEKS,
            [
                ("check_in", 0, 0),
                ("check_in", 1, 2),
                ("results", 14, 17),
                ("rebook", 304, 335),
                ("reactivate", 395, 409),
            ],
        ),
        (DAXXIFY, [("check_in", 1, 2), ("results", 14, 17), ("rebook", 153, 184), ("reactivate", 244, 258)]),
        (laser_hair(2, 6), [("check_in", 1, 2), ("rebook", 28, 42), ("rebook", 35, 42), ("reactivate", 90, 104)]),
        (laser_hair(6, 6), [("check_in", 1, 2)]),
    ],
    ids=["toxin", "HydraFacial", "lips", "cheeks", "Daxxify", "laser hair 2 of 6", "laser hair 6 of 6"],
)
def test_each_treatment_gets_its_canonical_days(treated: TreatmentFacts, expected: list[tuple[str, int, int]]) -> None:
    (draft,) = plan(visit(AT, treated)).plans
    assert days(draft) == expected


@pytest.mark.parametrize(
    ("area", "protocol"),
    [
        ("lips", "filler_lips"),
        ("under_eye", "filler_lips"),
        ("nose", "filler_lips"),
        ("", "filler_lips"),
        ("cheeks", "filler_cheeks"),
        ("jawline", "filler_cheeks"),
        ("chin", "filler_cheeks"),
        ("cheeks+lips", "filler_lips"),
        ("cheeks+chin", "filler_cheeks"),
    ],
)
def test_filler_follows_the_area_with_the_shortest_interval(area: str, protocol: str) -> None:
    (draft,) = plan(visit(AT, treatment("ha_filler", area=area))).plans
    assert draft.protocol.key == protocol


def test_a_filler_without_an_area_makes_staff_say_where() -> None:
    tasks = plan(visit(AT, treatment("ha_filler"))).tasks
    assert [(task.kind, task.reason[:39]) for task in tasks] == [("area", "Which area was treated on 5 May 2026? U")]


def test_two_syringes_in_two_places_are_one_plan() -> None:
    (draft,) = plan(visit(AT, CHEEKS, LIPS)).plans
    assert (draft.treatment.area, draft.protocol.key, draft.treatment.amount) == (
        "cheeks+lips",
        "filler_lips",
        Decimal(600),
    )


def test_one_check_in_covers_the_visit_worded_for_the_riskier_treatment() -> None:
    planning = plan(visit(AT, HYDRAFACIAL, LIPS))
    alive = {
        draft.protocol.key
        for draft in planning.plans
        for touch in draft.touches
        if touch.function is Function.CHECK_IN and not touch.dropped
    }
    merged = [t.dropped for d in planning.plans for t in d.touches if t.dropped]
    assert alive == {"filler_lips"}
    assert merged == [
        "one check-in for the whole visit goes out with the Filler: lips, under-eyes and other areas plan"
    ]


def test_an_unknown_service_is_asked_about_and_planned_for_nothing() -> None:
    planning = plan(visit(AT, treatment("none", decision="ask", reason="nobody has named it")))
    assert planning.plans == ()
    assert [task.kind for task in planning.tasks] == ["service"]
    assert planning.not_covered == "nobody has named it"


def test_a_draft_protocol_says_why_nothing_is_planned_until_it_is_on() -> None:
    kybella = treatment("kybella")
    assert "medical director" in plan(visit(AT, kybella)).not_covered
    assert plan(visit(AT, kybella), book=DRAFTS).plans


def test_a_consultation_needs_no_follow_up_and_says_so() -> None:
    planning = plan(visit(AT, treatment("none", decision="no_follow_up", reason="a consultation is no treatment")))
    assert (planning.plans, planning.not_covered) == ((), "")
    assert planning.no_follow_up == "a consultation is no treatment"


def test_a_touch_up_gets_care_and_no_cycle() -> None:
    planning = plan(visit("2026-05-20T10:00", TOXIN), others=[visit(AT, TOXIN)])
    assert {t.function for t in planning.plans[0].touches} == {Function.CHECK_IN, Function.RESULTS}
    assert (
        planning.plans[0].remark == "Neuromodulator: a touch-up of the visit on 5 May 2026, which keeps its own dates"
    )
    assert planning.stops == ()


def test_a_new_treatment_ends_the_older_plan_but_not_its_check_in() -> None:
    old = visit(AT, TOXIN)
    planning = plan(visit("2026-07-05T10:00", TOXIN), others=[old], running=[running(old, TOXIN, "neuromodulator")])
    (stop,) = planning.stops
    assert stop.functions == {Function.RESULTS, Function.REBOOK, Function.REACTIVATE}
    assert stop.reason == "a new visit on 5 July 2026 starts the plan again"


@pytest.mark.parametrize(
    ("treated", "treatment_class", "is_stopped"), [(LIPS, "filler_lips", True), (TOXIN, "neuromodulator", False)]
)
def test_dissolving_filler_ends_filler_plans_only(
    treated: TreatmentFacts, treatment_class: str, is_stopped: bool
) -> None:
    old = visit(AT, treated)
    planning = plan(
        visit("2026-06-05T10:00", DISSOLVER), others=[old], running=[running(old, treated, treatment_class)]
    )
    assert bool(planning.stops) is is_stopped
    assert [task.kind for task in planning.tasks] == ["review"]


@pytest.mark.parametrize(
    ("late", "dropped", "calls"),
    [
        (timedelta(hours=30), [], 0),
        (timedelta(hours=50), ["check_in"], 1),
        (timedelta(days=10), ["check_in"], 1),
        (timedelta(days=16), ["check_in"], 0),
        (timedelta(days=20), ["check_in", "results"], 0),
        (timedelta(days=98), ["check_in", "results", "rebook", "rebook"], 0),
    ],
)
def test_a_late_report_drops_what_is_over_and_asks_for_a_call(late: timedelta, dropped: list[str], calls: int) -> None:
    planning = plan(visit(AT, TOXIN, reported=late))
    assert [t.function.value for t in planning.plans[0].touches if t.dropped] == dropped
    assert [task.kind for task in planning.tasks] == ["call"] * calls


def test_a_visit_late_at_night_leaves_no_time_for_a_message_of_the_same_day() -> None:
    (draft,) = plan(visit("2026-05-05T23:10", LIPS)).plans
    assert draft.touches[0].dropped == "the visit ended too late in the day for this message"


def test_history_holds_only_what_is_still_ahead_and_says_so() -> None:
    planning = plan(visit(AT, TOXIN), now=local("2026-07-25T12:00"), is_history=True)
    (draft,) = planning.plans
    assert days(draft) == [("rebook", 90, 97), ("reactivate", 120, 134)]
    assert not any(t.dropped for t in draft.touches)
    assert draft.remark.endswith("from approved history: only what is still ahead is planned")
    assert planning.tasks == ()


def test_old_history_has_nothing_left_to_send_and_says_so() -> None:
    (draft,) = plan(visit(AT, TOXIN), now=local("2027-07-25T12:00"), is_history=True).plans
    assert draft.touches == ()
    assert draft.remark.endswith("nothing is left to send")


def test_an_override_moves_the_reminder_and_whatever_would_nag_before_it() -> None:
    masseter = Override(
        family="neuromodulator",
        area="masseter",
        function=Function.REBOOK,
        at=Offset(amount=4, unit="months"),
        valid_until=Offset(amount=5, unit="months"),
    )
    practice = PracticeFacts(timezone="America/New_York", state="NC", overrides=(masseter,))
    (moved,) = plan(visit(AT, treatment("neuromodulator", area="masseter")), practice=practice).plans
    (usual,) = plan(visit(AT, treatment("neuromodulator", area="forehead")), practice=practice).plans
    marketing = [day for function, day, _ in days(moved) if function in ("rebook", "reactivate")]
    assert marketing[0] == (date(2026, 9, 5) - ON).days
    assert marketing == sorted(marketing)
    assert [day for function, day, _ in days(usual) if function == "rebook"] == [75, 90]


TREATMENTS = st.sampled_from([TOXIN, DAXXIFY, LIPS, CHEEKS, HYDRAFACIAL, laser_hair(1, 6), treatment("ha_filler")])
MOMENTS = st.dates(min_value=date(2025, 1, 1), max_value=date(2028, 12, 31)).flatmap(
    lambda on: st.times().map(lambda at: f"{on}T{at:%H:%M}")
)


@given(treated=st.lists(TREATMENTS, min_size=1, max_size=3), at=MOMENTS, late=st.integers(min_value=0, max_value=2000))
def test_whatever_comes_a_touch_lies_in_its_window_and_never_before_it_was_known(
    treated: list[TreatmentFacts], at: str, late: int
) -> None:
    seen = visit(at, *treated, reported=timedelta(hours=late))
    for draft in plan(seen).plans:
        for touch in draft.touches:
            assert touch.planned_at <= touch.due_at
            assert bool(touch.dropped) or touch.due_at <= touch.valid_until
            assert bool(touch.dropped) or touch.due_at >= seen.reported_at


@given(treated=TREATMENTS, at=MOMENTS)
def test_a_check_in_is_due_between_one_day_and_two_after_the_visit(treated: TreatmentFacts, at: str) -> None:
    seen = visit(at, treated)
    (draft,) = plan(seen).plans
    touch = next(t for t in draft.touches if draft.protocol.step(t.step).has_task_fallback)
    assert timedelta(hours=24) <= touch.due_at - seen.ended_at <= timedelta(hours=48)
    assert touch.due_at.astimezone(ZONE).tzinfo is ZONE


@given(treated=TREATMENTS, at=MOMENTS, late=st.integers(min_value=49, max_value=12_000))
def test_approved_history_never_holds_a_touch_of_the_past(treated: TreatmentFacts, at: str, late: int) -> None:
    seen = visit(at, treated)
    now = seen.ended_at + timedelta(hours=late)
    touches = [t for draft in plan(seen, now=now, is_history=True).plans for t in draft.touches]
    assert all(t.planned_at > now and not t.dropped for t in touches)
