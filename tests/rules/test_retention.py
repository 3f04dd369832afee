"""How long each kind of record is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.retention import MOST, Kind, TooLong, TooShort, checked_days, days_kept, keepings, spoken_days

DEFAULTS = {
    Kind.REQUESTS: (30, "30 days"),
    Kind.RAW_EVENTS: (90, "90 days"),
    Kind.LOOKS: (2_192, "6 years"),
    Kind.MESSAGES: (3_653, "10 years"),
    Kind.SCANS: (3_653, "10 years"),
}


@pytest.mark.parametrize(("kind", "days", "spoken"), [(kind, *expected) for kind, expected in DEFAULTS.items()])
def test_the_default_of_each_kind(kind: Kind, days: int, spoken: str) -> None:
    assert days_kept(kind, {}) == days
    assert spoken_days(days) == spoken


def test_every_kind_says_why() -> None:
    assert {keeping.kind for keeping in keepings()} == set(Kind)
    assert all(keeping.reason.endswith(".") and keeping.least <= keeping.days for keeping in keepings())


@pytest.mark.parametrize("kind", list(Kind))
@given(days=st.integers(-10, MOST * 2))
def test_whatever_a_practice_chooses_it_is_never_less_than_the_least(kind: Kind, days: int) -> None:
    least = next(keeping.least for keeping in keepings() if keeping.kind is kind)
    try:
        chosen = checked_days(kind, days)
    except TooShort:
        assert days < least
    except TooLong:
        assert days > MOST
    else:
        assert days_kept(kind, {kind.value: chosen}) == days
    assert days_kept(kind, {kind.value: days}) >= least


@pytest.mark.parametrize(
    ("days", "spoken"), [(1, "1 day"), (30, "30 days"), (365, "365 days"), (731, "2 years"), (4_000, "4,000 days")]
)
def test_days_in_words(days: int, spoken: str) -> None:
    assert spoken_days(days) == spoken
