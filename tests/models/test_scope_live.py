"""A scope belongs to one transaction of one connection, also where connections are shared."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import cast

import pytest
from django.db import connections

from afterglow.config.addresses import as_django
from afterglow.config.postgres.base import DatabaseWrapper
from afterglow.models import Practice
from afterglow.models.scope import new_practice_id, practice_scope
from tests.databases import LiveDatabase


@pytest.fixture
def pool_of_one(live_database: LiveDatabase) -> None:
    """Every thread gets the same connection, one after the other."""
    connections.settings["default"].update(as_django(live_database.app, pool_size=1))


@pytest.mark.usefixtures("pool_of_one")
def test_a_connection_of_the_pool_carries_no_practice_to_its_next_user() -> None:
    practice_id = new_practice_id()
    connections["default"].close()
    assert _in_a_thread(lambda: _open(practice_id)) == 1
    assert _in_a_thread(Practice.objects.count) == 0
    with pytest.raises(RuntimeError):
        _in_a_thread(lambda: _fail_in(practice_id))
    assert _in_a_thread(Practice.objects.count) == 0
    cast(DatabaseWrapper, connections["default"]).close_pool()


@pytest.mark.usefixtures("live_database")
def test_another_thread_does_not_share_the_scope() -> None:
    practice_id = new_practice_id()
    with practice_scope(practice_id):
        _create(practice_id)
        assert Practice.objects.count() == 1
        assert _in_a_thread(Practice.objects.count) == 0


def _open(practice_id: int) -> int:
    with practice_scope(practice_id):
        _create(practice_id)
        return Practice.objects.count()


def _fail_in(practice_id: int) -> None:
    with practice_scope(practice_id):
        raise RuntimeError


def _create(practice_id: int) -> None:
    Practice.objects.create(
        id=practice_id,
        name="Glow",
        timezone="America/New_York",
        state="NY",
        created_at=datetime(2026, 3, 13, tzinfo=UTC),
    )


def _in_a_thread(work: Callable[[], int | None]) -> int | None:
    def closing() -> int | None:
        try:
            return work()
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(closing).result()
