"""Which treatments answer each other's reminders, and which visits start a cycle of their own."""

from __future__ import annotations

import pytest

from afterglow.rules.cycles import is_booking_of_cycle, is_same_cycle, why_care_only
from afterglow.rules.facts import BookingFacts, TreatmentFacts
from afterglow.rules.protocol import Protocol
from tests.rules.people import (
    BOOK,
    CHEEKS,
    DAXXIFY,
    HYDRAFACIAL,
    LIPS,
    PEEL,
    TOXIN,
    laser_hair,
    local,
    treatment,
    visit,
)

UNDER_EYE = treatment("ha_filler", "juvederm", "under_eye")
SOME_FILLER = treatment("ha_filler")
LEGS, BIKINI = laser_hair(2, 6), laser_hair(1, 6, "bikini")


def protocol_of(treated: TreatmentFacts) -> Protocol:
    found = BOOK.find(treated)
    assert isinstance(found, Protocol)
    return found


@pytest.mark.parametrize(
    ("planned", "other", "is_same"),
    [
        (TOXIN, TOXIN, True),
        (TOXIN, DAXXIFY, True),
        (TOXIN, HYDRAFACIAL, False),
        (HYDRAFACIAL, PEEL, True),
        (LIPS, UNDER_EYE, True),
        (LIPS, CHEEKS, False),
        (LIPS, SOME_FILLER, True),
        (CHEEKS, SOME_FILLER, True),
        (LEGS, LEGS, True),
        (LEGS, BIKINI, False),
        (LEGS, laser_hair(3, 6, "legs+bikini"), True),
        (TOXIN, treatment("kybella"), False),
        (TOXIN, treatment("none", decision="ask"), False),
    ],
    ids=lambda value: f"{value.family} {value.brand} {value.area}" if isinstance(value, TreatmentFacts) else str(value),
)
def test_a_visit_belongs_to_the_cycle_of_its_class_and_place(
    planned: TreatmentFacts, other: TreatmentFacts, is_same: bool
) -> None:
    assert is_same_cycle(protocol_of(planned), planned, visit("2026-06-01T10:00", other), BOOK) is is_same


@pytest.mark.parametrize(
    ("family", "area", "answers"),
    [
        ("ha_filler", "lips", True),
        ("ha_filler", "", True),
        ("ha_filler", "cheeks", False),
        ("hydrafacial+ha_filler", "", True),
        ("neuromodulator", "", False),
        ("none", "", True),
    ],
)
def test_a_booking_answers_a_lips_reminder_when_it_may_be_for_lips(family: str, area: str, answers: bool) -> None:
    booking = BookingFacts(id="b1", starts_at=local("2026-09-01T10:00"), family=family, area=area)
    assert is_booking_of_cycle(protocol_of(LIPS), LIPS.areas, booking, BOOK) is answers


@pytest.mark.parametrize(("days", "is_touch_up"), [("2026-06-01", True), ("2026-06-22", True), ("2026-06-23", False)])
def test_three_weeks_separate_a_touch_up_from_a_treatment(days: str, is_touch_up: bool) -> None:
    first, second = visit("2026-06-01T10:00", TOXIN), visit(f"{days}T15:00", TOXIN)
    assert ("touch-up" in why_care_only(protocol_of(TOXIN), TOXIN, second, [first], BOOK)) is is_touch_up


def test_touch_ups_of_touch_ups_still_count_from_the_full_treatment() -> None:
    earlier = [visit("2026-06-01T10:00", TOXIN), visit("2026-06-15T10:00", TOXIN)]
    third = visit("2026-06-29T10:00", TOXIN)
    assert why_care_only(protocol_of(TOXIN), TOXIN, third, earlier, BOOK) == ""


def test_a_visit_entered_late_leaves_the_dates_to_the_newer_one() -> None:
    late, newer = visit("2026-03-01T10:00", TOXIN), visit("2026-06-01T10:00", TOXIN)
    assert (
        why_care_only(protocol_of(TOXIN), TOXIN, late, [newer], BOOK) == "the later visit on 1 June 2026 sets the dates"
    )


def test_facials_two_weeks_apart_are_two_treatments() -> None:
    first, second = visit("2026-06-01T10:00", HYDRAFACIAL), visit("2026-06-15T10:00", HYDRAFACIAL)
    assert why_care_only(protocol_of(HYDRAFACIAL), HYDRAFACIAL, second, [first], BOOK) == ""
