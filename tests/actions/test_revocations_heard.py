"""A revocation is heard the moment it is committed, by whoever decided before it."""

from __future__ import annotations

import time

import psycopg
import pytest
from django.db import connections, transaction

from afterglow.actions.open_practice import open_practice
from afterglow.actions.revocations_heard import Ears, ears
from afterglow.actions.revoke_consents import revoke_number
from afterglow.models.scope import practice_scope
from tests.databases import LiveDatabase
from tests.world import NOW, ZONE

ROSA, DANA = "+12075550101", "+12075550102"


@pytest.fixture
def practice_id(live_database: LiveDatabase) -> int:
    return open_practice(name="Glow Clinic", timezone=ZONE, state="ME", now=NOW).practice_id


def revoke(practice_id: int, phone: str) -> None:
    with practice_scope(practice_id):
        revoke_number(practice_id=practice_id, phone=phone, source="reply", evidence="message 1", now=NOW)


def hears(listener: Ears, mark: int, practice_id: int, address: str, *, within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if listener.is_stopped_since(mark, practice_id=practice_id, address=address):
            return True
        time.sleep(0.005)
    return False


def test_what_was_decided_before_a_stop_hears_of_it_and_nobody_else_does(practice_id: int) -> None:
    before = ears().mark()
    revoke(practice_id, ROSA)

    assert hears(ears(), before, practice_id, ROSA)
    assert not ears().is_stopped_since(before, practice_id=practice_id, address=DANA)
    assert not ears().is_stopped_since(before, practice_id=practice_id + 1, address=ROSA)


def test_what_is_decided_after_a_stop_was_heard_has_seen_it(practice_id: int) -> None:
    before = ears().mark()
    revoke(practice_id, ROSA)
    assert hears(ears(), before, practice_id, ROSA)

    assert not ears().is_stopped_since(ears().mark(), practice_id=practice_id, address=ROSA)


def test_a_stop_that_is_taken_back_was_never_said(practice_id: int) -> None:
    before = ears().mark()
    with practice_scope(practice_id):
        revoke_number(practice_id=practice_id, phone=ROSA, source="reply", evidence="message 1", now=NOW)
        transaction.set_rollback(True)
    revoke(practice_id, DANA)

    assert hears(ears(), before, practice_id, DANA)
    assert not ears().is_stopped_since(before, practice_id=practice_id, address=ROSA)


def test_after_a_gap_everything_that_was_under_way_is_decided_again(
    practice_id: int, live_database: LiveDatabase
) -> None:
    listener = ears()
    before = listener.mark()
    connections.close_all()
    with psycopg.connect(live_database.owner_dsn, autocommit=True) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = %s",
            [live_database.app["user"]],
        )
    assert hears(listener, before, practice_id, ROSA)
    after = listener.mark()

    assert not listener.is_stopped_since(after, practice_id=practice_id, address=ROSA)
    revoke(practice_id, ROSA)
    assert hears(listener, after, practice_id, ROSA)
