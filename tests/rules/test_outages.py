"""When an account counts as out of order, and how long it is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from afterglow.rules.facts import Channel, Hold
from afterglow.rules.outages import Sign, failures_in_a_row, pause_after, spoken_hold
from tests.rules.people import PRACTICE, local

UP, DOWN, NOTHING = Sign.UP, Sign.DOWN, Sign.NOTHING


@pytest.mark.parametrize(
    ("signs", "count"),
    [
        ([], 0),
        ([DOWN, DOWN], 2),
        ([DOWN, UP, DOWN], 1),
        ([DOWN, NOTHING, DOWN], 2),
        ([DOWN, UP, NOTHING], 0),
    ],
)
def test_failures_count_from_the_last_answer_that_was_one(signs: list[Sign], count: int) -> None:
    assert failures_in_a_row(signs) == count


def test_the_pause_grows_from_half_a_minute_to_a_quarter_of_an_hour() -> None:
    pauses = [pause_after(tries) for tries in range(1, 10)]
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=30), timedelta(minutes=15))
    assert all(shorter <= longer for shorter, longer in pairwise(pauses))


def test_an_outage_is_told_in_the_practices_own_time_and_an_old_one_with_its_day() -> None:
    hold = Hold(since=local("2026-05-06T14:02"), retry_at=local("2026-05-06T14:10"), reason="the provider is silent")
    now = local("2026-05-06T14:09")
    assert spoken_hold(hold, Channel.SMS, PRACTICE, now) == (
        "texts have not gone out since 14:02: the provider is silent"
    )
    older = replace(hold, since=local("2026-05-05T14:02"))
    assert spoken_hold(older, Channel.EMAIL, PRACTICE, now).startswith("e-mails have not gone out since 14:02 on 5 May")
