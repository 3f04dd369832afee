"""What a story expects is compared one to one with what was sent."""

from __future__ import annotations

from typing import Any

import pytest

from afterglow.rules.expectations import Reported, Verdict, check, read_expectations

REMINDER = {"on": "2026-07-20", "function": "rebook", "channel": "sms", "outcome": "sent"}


def touch(at: str = "2026-07-20T10:00", function: str = "rebook", channel: str = "sms", **more: str) -> Reported:
    usual = {"client": "rosa", "outcome": "sent", "reason": "day 75 after the visit"}
    return Reported(at=at, function=function, channel=channel, **{**usual, **more})


def verdict(*touches: Reported, **story: Any) -> Verdict:
    usual = {"check_from": "2026-07-01", "until": "2026-07-31"}
    return check(read_expectations({**usual, **story}, main="rosa"), touches)


def test_an_expected_message_that_came_is_fine() -> None:
    assert verdict(touch(), expect=[REMINDER], expect_none_other=True).has_passed


@pytest.mark.parametrize(
    "other",
    [
        touch(at="2026-07-21T10:00"),
        touch(function="reactivate"),
        touch(channel="email"),
        touch(outcome="skipped"),
        touch(client="ines"),
    ],
)
def test_a_message_that_differs_in_anything_does_not_count(other: Reported) -> None:
    assert verdict(other, expect=[REMINDER]).failures == ("missing: 2026-07-20: rebook by sms sent",)


def test_one_message_meets_one_expectation_only() -> None:
    assert verdict(touch(), expect=[REMINDER, REMINDER]).failures == ("missing: 2026-07-20: rebook by sms sent",)


def test_partners_are_found_even_when_the_first_choice_is_wrong() -> None:
    loose = {**REMINDER, "on": None, "between": ["2026-07-20", "2026-07-25"]}
    loose.pop("on")
    assert verdict(touch(), touch(at="2026-07-24T10:00"), expect=[loose, REMINDER], expect_none_other=True).has_passed


def test_what_nobody_expected_is_named() -> None:
    failures = verdict(touch(), touch(at="2026-07-24T10:00"), expect=[REMINDER], expect_none_other=True).failures
    assert failures == ("unexpected: 2026-07-24 10:00 rebook by sms to rosa",)


def test_an_optional_message_may_come_or_stay_away() -> None:
    story = {"expect": [{**REMINDER, "optional": True}], "expect_none_other": True}
    assert verdict(**story).has_passed
    assert verdict(touch(), **story).has_passed


def test_tasks_and_skips_are_never_unexpected() -> None:
    extra = (touch(channel="staff_task"), touch(outcome="skipped"), touch(outcome="cancelled"))
    assert verdict(*extra, expect=[], expect_none_other=True).has_passed


def test_a_task_may_carry_any_function() -> None:
    assert verdict(
        touch(function="check_in", channel="staff_task"), expect=[{**REMINDER, "channel": "staff_task"}]
    ).has_passed


def test_what_lies_outside_the_watched_days_is_ignored() -> None:
    assert verdict(touch(at="2026-08-01T10:00"), expect=[], expect_none_other=True).has_passed


@pytest.mark.parametrize(("at", "is_forbidden"), [("2026-07-20T08:59", True), ("2026-07-20T09:00", False)])
def test_a_forbidden_hour_is_forbidden_to_the_minute(at: str, is_forbidden: bool) -> None:
    ban = {
        "between": ["2026-07-20", "2026-07-20"],
        "function": "any",
        "channel": "sms",
        "time_between": ["00:00", "08:59"],
    }
    assert verdict(touch(at=at), forbid=[ban]).has_passed is not is_forbidden


def test_a_ban_without_a_client_is_for_everybody() -> None:
    ban = {"between": ["2026-07-01", "2026-07-31"], "function": "any", "channel": ["sms", "voice"]}
    assert not verdict(touch(client="ines"), forbid=[ban]).has_passed
    assert verdict(touch(client="ines"), forbid=[{**ban, "client": "rosa"}]).has_passed


def test_a_missing_explanation_is_counted_apart() -> None:
    why = {**REMINDER, "outcome": ["skipped"], "reason_contains": ["opt-out", "consent"], "level": "explain"}
    told = verdict(touch(outcome="skipped", reason="no consent to marketing texts"), expect=[why])
    untold = verdict(touch(outcome="skipped", reason="no room"), expect=[why])
    assert (told.has_passed, told.unexplained, told.explain_count) == (True, (), 1)
    assert untold.has_passed
    assert len(untold.unexplained) == 1


@pytest.mark.parametrize(
    ("limits", "second", "has_passed"),
    [
        ({"sms_per_local_day": 1}, "2026-07-20T19:00", False),
        ({"sms_per_local_day": 1}, "2026-07-21T09:00", True),
        ({"sms_per_24h": 1}, "2026-07-21T09:59", False),
        ({"sms_per_24h": 1}, "2026-07-21T10:00", True),
    ],
)
def test_limits_count_texts(limits: dict[str, int], second: str, has_passed: bool) -> None:
    assert verdict(touch(), touch(at=second), limits=limits).has_passed is has_passed
