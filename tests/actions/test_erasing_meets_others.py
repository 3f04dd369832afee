"""Erasing and everything else that writes about a client keep out of each other's way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from afterglow.actions.erase_client import MessageOnItsWay, erase_client
from afterglow.actions.record_visits import record_visits
from afterglow.models import Client, Touch
from afterglow.models.scope import practice_scope
from tests.databases import LiveDatabase
from tests.world import NOW, World, build_world, visit


def test_while_a_report_is_written_or_a_message_claimed_erasing_gives_way(live_database: LiveDatabase) -> None:
    world = build_world()
    for write in (_report, _claim):
        with _Holding(world, write), pytest.raises(MessageOnItsWay):
            _erase(world)
    with practice_scope(world.practice_id):
        assert Client.objects.get(pk=world.rosa_id).erased_at is None
    _erase(world)
    with practice_scope(world.practice_id):
        assert Client.objects.get(pk=world.rosa_id).name == f"Erased client {world.rosa_id}"


class _Holding:
    """Somebody else who has written and not committed yet."""

    def __init__(self, world: World, write: Callable[[World], None]) -> None:
        self._world, self._write = world, write
        self._begun, self._may_end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold)

    def __enter__(self) -> None:
        self._thread.start()
        assert self._begun.wait(10)

    def __exit__(self, *error: object) -> None:
        self._may_end.set()
        self._thread.join()

    def _hold(self) -> None:
        try:
            with practice_scope(self._world.practice_id):
                self._write(self._world)
                self._begun.set()
                self._may_end.wait(10)
        finally:
            connections["default"].close()


def _report(world: World) -> None:
    report = visit("A-9", "Mina", "Park", "+12075550103", "HydraFacial", ended_at=NOW - timedelta(hours=3))
    record_visits(practice_id=world.practice_id, source="csv", reports=[report], now=NOW)


def _claim(world: World) -> None:
    list(Touch.objects.select_for_update().filter(client=world.rosa_id))


def _erase(world: World) -> None:
    erase_client(practice_id=world.practice_id, client_id=world.rosa_id, by="juno", now=NOW)
