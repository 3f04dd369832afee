"""Rows that are written and found many at a time: whatever is in them arrives as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from afterglow.models import AddressFault, Practice
from afterglow.models.bulk import Values, fetch_rows, insert_rows, reserve_ids, update_rows
from afterglow.models.scope import new_practice_id, practice_scope

NOON = datetime(2026, 3, 13, 12, tzinfo=UTC)
COLUMNS = ("id", "practice", "channel", "address", "kind", "reason", "code", "at", "cleared_at", "cleared_by")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
MOMENTS = st.integers(-(10**16), 10**16).map(lambda micros: NOON + timedelta(microseconds=micros // 10))
GIVEN = st.lists(st.tuples(TEXTS, TEXTS, MOMENTS, st.none() | MOMENTS), min_size=1, max_size=20)

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice_id() -> int:
    number = new_practice_id()
    with practice_scope(number):
        return Practice.objects.create(pk=number, name="Glow", timezone="America/New_York", created_at=NOON).pk


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(given=GIVEN)
def test_rows_arrive_as_they_were_given(practice_id: int, given: list[tuple[Any, ...]]) -> None:
    with practice_scope(practice_id):
        ids = _written(practice_id, given)
        found = AddressFault.objects.filter(pk__among=Values(ids)).order_by("pk")
        assert fetch_rows(found.values_list("reason", "code", "at", "cleared_at")) == given


def test_rows_change_each_to_its_own_and_all_to_the_same(practice_id: int) -> None:
    with practice_scope(practice_id):
        first, second, other = _written(practice_id, [("", "", NOON, None)] * 3)
        update_rows(AddressFault, ("id", "reason", "code"), [(first, "landline", "x"), (second, "closed", "x")])
        rows = AddressFault.objects.order_by("pk").values_list("pk", "reason", "code")
        assert list(rows) == [(first, "landline", "x"), (second, "closed", "x"), (other, "", "")]


def test_rows_are_found_by_their_addresses(practice_id: int) -> None:
    with practice_scope(practice_id):
        _, second, third = _written(practice_id, [("", "", NOON, None)] * 3)
        found = AddressFault.objects.filter(address__among=Values([f"rosa-{second}", f"rosa-{third}", "nobody"]))
        assert sorted(fetch_rows(found.values_list("pk"))) == [(second,), (third,)]
        assert sorted(found.values_list("pk", flat=True)) == [second, third]
        assert fetch_rows(AddressFault.objects.filter(pk__among=Values([])).values_list("pk")) == []


def _written(practice_id: int, given: list[tuple[Any, ...]]) -> list[int]:
    ids = reserve_ids(AddressFault, len(given))
    rows = [
        (pk, practice_id, "sms", f"rosa-{pk}", "unreachable", reason, code, at, cleared_at, "")
        for pk, (reason, code, at, cleared_at) in zip(ids, given, strict=True)
    ]
    insert_rows(AddressFault, COLUMNS, rows)
    return ids
