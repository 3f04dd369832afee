"""The decision at the moment of sending: what stands in the way, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from afterglow.rules.decisions import Decision, End, Send, Skip, Task, Wait
from afterglow.rules.facts import (
    BookingFacts,
    Channel,
    ClientFacts,
    Function,
    PendingFacts,
    PracticeFacts,
    SentFacts,
    TreatmentFacts,
)
from afterglow.rules.obstacles import is_minor
from afterglow.rules.protocol import Protocol
from afterglow.rules.sending import decide, decide_due
from afterglow.rules.timing import local_day
from afterglow.rules.touch_facts import TouchFacts
from tests.rules.people import BOOK, HYDRAFACIAL, PRACTICE, TOXIN, laser_hair, local, rosa

VISITED = local("2026-05-05T10:00")
DAYS = {"day_1": (1, 2), "results": (14, 17), "rebook": (75, 80), "rebook_nudge": (90, 97), "reactivate": (120, 134)}


def touch(step: str = "rebook", treated: TreatmentFacts = TOXIN, **more: Any) -> TouchFacts:
    protocol = BOOK.find(treated)
    assert isinstance(protocol, Protocol)
    first, last = DAYS[step]
    planned_at = VISITED + timedelta(days=first)
    usual = {
        "id": f"{treated.family} {step}",
        "client_id": "rosa",
        "protocol": protocol,
        "step": protocol.step(step),
        "treatment": treated,
        "visited_at": VISITED,
        "planned_at": planned_at,
        "due_at": planned_at,
        "valid_until": VISITED + timedelta(days=last),
    }
    return TouchFacts(**{**usual, **more})


def decided(
    due: TouchFacts, client: ClientFacts, *, practice: PracticeFacts = PRACTICE, after: timedelta = timedelta(0)
) -> Decision:
    return decide(due, client=client, practice=practice, book=BOOK, now=due.planned_at + after)


def booked(day: int, family: str = "neuromodulator") -> tuple[BookingFacts, ...]:
    return (BookingFacts(id="b1", starts_at=VISITED + timedelta(days=day), family=family),)


def sent(day: int, *, is_marketing: bool = True) -> SentFacts:
    at = VISITED + timedelta(days=day)
    return SentFacts(at=at, on=local_day(at, PRACTICE.timezone), function=Function.REBOOK, is_marketing=is_marketing)


def test_a_reminder_goes_out_on_its_day_with_the_reason() -> None:
    assert decided(touch(), rosa()) == Send((Channel.SMS,), "day 75 after the visit on 5 May 2026")


@pytest.mark.parametrize(
    ("step", "known", "reason"),
    [
        ("day_1", {"flags": frozenset({"deceased"})}, "the client is marked “deceased”"),
        ("results", {"flags": frozenset({"do_not_contact"})}, "the client is marked “do not contact”"),
        ("day_1", {"flags": frozenset({"minor"})}, "the client is marked “minor”: no automatic messages"),
        ("rebook", {"flags": frozenset({"pregnant"})}, "the client is marked “pregnant”: no rebooking messages"),
        ("results", {"concern_opened_at": VISITED}, "a clinical concern has been open since 5 May 2026"),
        (
            "rebook",
            {"is_held_out": True},
            "this client is held out: the comparison group gets no rebooking messages",
        ),
        (
            "reactivate",
            {"last_visit_at": VISITED + timedelta(days=100)},
            "the client has come back: visit on 13 August 2026",
        ),
    ],
)
def test_what_is_over_is_skipped_with_the_sentence(step: str, known: dict[str, Any], reason: str) -> None:
    decision = decided(touch(step), rosa(**known))
    assert isinstance(decision, Skip)
    assert decision.reason == reason


@pytest.mark.parametrize(
    ("step", "known"),
    [
        ("results", {"flags": frozenset({"pregnant"})}),
        ("day_1", {"is_held_out": True}),
        ("results", {"is_held_out": True}),
        ("rebook", {"flags": frozenset({"wrong_number"})}),
        ("results", {"bookings": booked(60)}),
        ("reactivate", {"last_visit_at": VISITED}),
        (
            "reactivate",
            {"last_visit_at": VISITED + timedelta(hours=3), "last_visit_families": frozenset({"hydrafacial"})},
        ),
        (
            "reactivate",
            {"last_visit_at": VISITED + timedelta(days=15), "last_visit_families": frozenset({"neuromodulator"})},
        ),
    ],
)
def test_what_is_no_obstacle_does_not_stop_the_message(step: str, known: dict[str, Any]) -> None:
    assert isinstance(decided(touch(step), rosa(**known)), Send)


@pytest.mark.parametrize("known", [{"flags": frozenset({"minor"})}, {"concern_opened_at": VISITED}])
def test_a_check_in_that_may_not_be_sent_becomes_a_call(known: dict[str, Any]) -> None:
    decision = decided(touch("day_1"), rosa(**known))
    assert isinstance(decision, Skip)
    assert decision.task is not None
    assert decision.task.kind == "call"


def test_nobody_is_asked_to_call_the_dead() -> None:
    decision = decided(touch("day_1"), rosa(flags=frozenset({"deceased"})))
    assert isinstance(decision, Skip)
    assert decision.task is None


@pytest.mark.parametrize(
    ("step", "family", "is_held"),
    [
        ("rebook", "neuromodulator", True),
        ("rebook", "none", True),
        ("rebook", "hydrafacial", False),
        ("reactivate", "hydrafacial", True),
    ],
)
def test_a_booking_holds_the_reminder_of_its_class_and_every_reactivation(
    step: str, family: str, is_held: bool
) -> None:
    due = touch(step)
    decision = decided(due, rosa(bookings=booked(140, family)))
    assert isinstance(decision, Wait if is_held else Send)
    if isinstance(decision, Wait):
        assert (decision.until, decision.reason) == (due.valid_until, "already booked for 22 September 2026")


def test_a_booking_held_to_the_end_of_the_window_ends_the_reminder() -> None:
    decision = decided(touch(), rosa(bookings=booked(140)), after=timedelta(days=5))
    assert decision == Skip("already booked for 22 September 2026")


def test_a_booking_nobody_reported_back_on_stops_counting_after_a_week() -> None:
    assert isinstance(decided(touch(), rosa(bookings=booked(70))), Wait)
    assert isinstance(decided(touch(), rosa(bookings=booked(67))), Send)


def test_an_answer_that_waits_for_a_person_goes_before_any_message() -> None:
    decision = decided(touch(), rosa(reply_waiting_since=VISITED))
    assert isinstance(decision, Wait)
    assert "waits for a person" in decision.reason


def test_after_its_last_moment_a_message_is_dropped() -> None:
    decision = decided(touch(), rosa(), after=timedelta(days=6))
    assert decision == Skip("its time ended before it could go out", end=End.EXPIRED)


def test_a_late_check_in_asks_for_a_call_in_a_sentence_that_reads_well() -> None:
    decision = decided(touch("day_1"), rosa(), after=timedelta(days=2))
    assert isinstance(decision, Skip)
    assert decision.is_expired
    assert decision.task == Task("call", "Please check in by phone. The message could not go out in time.")


def test_one_message_a_day_and_the_next_waits_for_the_morning() -> None:
    decision = decided(touch(), rosa(sent=(sent(75),)))
    assert decision == Wait(local("2026-07-20T09:00"), "at most one message a day")


@pytest.mark.parametrize(("earlier", "until"), [((70, 73), "2026-07-21T09:00"), ((69, 74), "2026-07-20T09:00")])
def test_a_third_marketing_message_waits_for_room_in_the_week(earlier: tuple[int, int], until: str) -> None:
    decision = decided(touch(), rosa(sent=tuple(sent(day) for day in earlier)))
    assert decision == Wait(local(until), "at most 2 marketing messages a week")


def test_care_messages_leave_the_weekly_room_alone() -> None:
    assert isinstance(decided(touch(), rosa(sent=(sent(70, is_marketing=False), sent(73, is_marketing=False)))), Send)


def test_without_room_before_its_end_the_reminder_is_dropped() -> None:
    practice = PracticeFacts(timezone="America/New_York", state="NC", marketing_per_week=1)
    decision = decided(touch(), rosa(sent=(sent(74),)), practice=practice)
    assert decision == Skip("at most one marketing message a week")


def test_a_reminder_gives_way_to_the_check_in_of_the_same_day() -> None:
    due = touch()
    check_in = PendingFacts(
        id="c",
        function=Function.CHECK_IN,
        due_at=due.planned_at + timedelta(hours=3),
        valid_until=due.planned_at + timedelta(days=1),
        visit_on=local_day(due.planned_at, PRACTICE.timezone),
    )
    assert decided(due, rosa(pending=(check_in,))) == Wait(
        local("2026-07-20T09:00"), "a message about care goes first that day"
    )


def test_two_reminders_of_one_moment_become_one_message() -> None:
    toxin, facial = touch(), touch("rebook", HYDRAFACIAL)
    decided_at_once = decide_due([facial, toxin], client=rosa(), practice=PRACTICE, book=BOOK, now=toxin.planned_at)
    decisions = {t.id: d for t, d in decided_at_once}
    assert isinstance(decisions["neuromodulator rebook"], Send) != isinstance(decisions["hydrafacial rebook"], Send)
    assert any("today's rebooking message covers both treatments" in d.reason for d in decisions.values())


def test_without_merging_the_second_reminder_waits_a_day() -> None:
    practice = PracticeFacts(timezone="America/New_York", state="NC", is_merging_same_day=False)
    both = [touch(), touch("rebook", HYDRAFACIAL)]
    decisions = [d for _, d in decide_due(both, client=rosa(), practice=practice, book=BOOK, now=both[0].planned_at)]
    assert [type(d) for d in decisions] == [Send, Wait]


def test_what_one_decision_sends_counts_against_the_next_text_to_the_number() -> None:
    practice = replace(PRACTICE, messages_per_day=9, marketing_per_week=9, is_merging_same_day=False)
    due = [touch(id=f"reminder {n}") for n in range(4)]
    decided_at_once = decide_due(due, client=rosa(), practice=practice, book=BOOK, now=due[0].planned_at)
    assert [type(decision) for _, decision in decided_at_once] == [Send, Send, Send, Wait]
    assert decided_at_once[-1][1].reason == "at most 3 messages to one number in 24 hours"


@pytest.mark.parametrize(
    ("born", "step", "kind"),
    [
        (date(2008, 5, 7), "day_1", "call"),  # eighteen tomorrow
        (date(2008, 5, 6), "day_1", ""),
        (date(2008, 7, 20), "rebook", "none"),
        (date(2008, 7, 19), "rebook", ""),  # a minor at the visit, of age at the moment of sending
    ],
)
def test_whoever_is_under_18_at_the_moment_of_sending_hears_from_people_only(born: date, step: str, kind: str) -> None:
    decision = decided(touch(step), rosa(birth_on=born))
    if not kind:
        assert isinstance(decision, Send)
        return
    assert isinstance(decision, Skip)
    assert decision.reason == "the client is under 18: no automatic messages"
    assert (decision.task.kind if decision.task else "none") == kind


@pytest.mark.parametrize(
    ("today", "is_one"),
    [(date(2026, 2, 28), True), (date(2026, 3, 1), False), (date(2025, 3, 1), True), (date(2040, 1, 1), False)],
)
def test_who_was_born_on_29_february_is_of_age_on_1_march(today: date, is_one: bool) -> None:
    assert is_minor(date(2008, 2, 29), today) is is_one


@pytest.mark.parametrize("flag", ["deceased", "do_not_contact", "banned"])
@pytest.mark.parametrize("step", ["day_1", "results", "rebook", "reactivate"])
def test_the_dead_and_those_who_want_nothing_get_no_message_and_no_call(flag: str, step: str) -> None:
    decision = decided(touch(step), rosa(flags=frozenset({flag}), birth_on=date(2020, 1, 1)))
    assert decision == Skip(f"the client is marked “{flag.replace('_', ' ')}”")


def test_the_clinical_message_is_decided_first() -> None:
    results, rebook = (
        touch("results", HYDRAFACIAL, planned_at=touch().planned_at, valid_until=touch().valid_until),
        touch(),
    )
    order = [
        t.step.function
        for t, _ in decide_due([rebook, results], client=rosa(), practice=PRACTICE, book=BOOK, now=rebook.planned_at)
    ]
    assert order == [Function.RESULTS, Function.REBOOK]


def test_a_high_value_client_is_called_only_with_the_value_of_today() -> None:
    quiet = {"last_visit_at": VISITED, "lifetime_value": Decimal(2500)}
    assert decided(touch("reactivate"), rosa(**quiet)) == Send(
        (Channel.VOICE,), "day 120 after the visit on 5 May 2026"
    )


def test_a_finished_series_asks_for_no_further_session() -> None:
    protocol = BOOK.get("laser_hair_removal")
    finished = TouchFacts(
        id="n",
        client_id="rosa",
        protocol=protocol,
        step=protocol.step("next_session"),
        treatment=laser_hair(6, 6),
        visited_at=VISITED,
        planned_at=VISITED + timedelta(days=28),
        due_at=VISITED + timedelta(days=28),
        valid_until=VISITED + timedelta(days=42),
    )
    assert decided(finished, rosa()) == Skip("not meant for this visit, because of the session of the series")
