"""What was said is written down once, in one unbroken chain, whoever else writes at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from afterglow.actions.forget_practice import forget_practice
from afterglow.actions.keep_ledger import NewConsent, enter_consents
from afterglow.actions.record_visits import record_visits
from afterglow.actions.revoke_consents import revoke_number
from afterglow.models import Client, Consent, LedgerEntry, LedgerHead, Practice, SubjectKey
from afterglow.models.consents import ledger_numbers
from afterglow.models.scope import practice_scope
from afterglow.queries.ledger import verify_ledger
from afterglow.rules.facts import Channel, Purpose
from tests.databases import LiveDatabase
from tests.world import NOW, ROSA_PHONE, World, build_world, visit

ON_PAPER = NewConsent(
    client_id=None,
    address=ROSA_PHONE,
    channel=Channel.SMS,
    purpose=Purpose.MARKETING,
    status=Consent.Status.GRANTED,
    source="staff",
    evidence="Form 3, in the binder",
    at=NOW,
    recorded_by="kit",
)


@pytest.fixture
def world(db: None) -> World:
    return build_world()


def test_everything_that_makes_a_client_writes_its_consents_in_the_ledger_too(world: World) -> None:
    with practice_scope(world.practice_id):
        said = list(Consent.objects.values_list("pk", "channel", "purpose", "status", "source", "at").order_by("pk"))
        written = LedgerEntry.objects.values_list("pk", "channel", "purpose", "status", "source", "at")
        assert list(written.order_by("pk")) == said
        assert set(LedgerEntry.objects.values_list("number", flat=True)) == set(range(1, len(said) + 1))


def test_a_word_counts_at_once_and_has_its_number_when_the_scope_is_left(world: World) -> None:
    with practice_scope(world.practice_id):
        last = LedgerHead.objects.get().number
        ids = enter_consents(practice_id=world.practice_id, consents=[ON_PAPER, ON_PAPER], now=NOW)
        assert Consent.objects.filter(pk__in=ids).count() == 2
        assert ledger_numbers(world.practice_id, ids) == {}
    with practice_scope(world.practice_id):
        assert ledger_numbers(world.practice_id, ids) == {ids[0]: last + 1, ids[1]: last + 2}


def test_what_a_savepoint_took_back_leaves_no_gap(world: World) -> None:
    with practice_scope(world.practice_id):
        with suppress(ZeroDivisionError), practice_scope(world.practice_id):
            enter_consents(practice_id=world.practice_id, consents=[ON_PAPER], now=NOW)
            raise ZeroDivisionError
        enter_consents(practice_id=world.practice_id, consents=[replace(ON_PAPER, purpose=Purpose.CARE)], now=NOW)
    assert _faults(world.practice_id) == []


def test_nobody_can_be_read_from_an_entry(world: World) -> None:
    with practice_scope(world.practice_id):
        enter_consents(practice_id=world.practice_id, consents=[replace(ON_PAPER, client_id=world.rosa_id)], now=NOW)
    with practice_scope(world.practice_id):
        entry = LedgerEntry.objects.order_by("number").values().last()
    assert entry is not None
    for secret in (ROSA_PHONE, "binder", "kit", str(world.rosa_id) if world.rosa_id > 99 else ROSA_PHONE):
        assert secret not in str(entry)
        assert secret.encode() not in bytes(entry["sealed"])


def test_a_client_has_one_key_and_so_has_an_address_that_is_nobodys(world: World) -> None:
    with practice_scope(world.practice_id):
        for _ in range(2):
            consents = [ON_PAPER, replace(ON_PAPER, client_id=world.rosa_id)]
            enter_consents(practice_id=world.practice_id, consents=consents, now=NOW)
    with practice_scope(world.practice_id):
        assert SubjectKey.objects.filter(client=world.rosa_id).count() == 1
        digests = [digest for digest in SubjectKey.objects.values_list("address_digest", flat=True) if digest]
        assert len(digests) == len(set(digests))


def test_many_words_cost_as_many_queries_as_one(world: World) -> None:
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured, practice_scope(world.practice_id):
            enter_consents(practice_id=world.practice_id, consents=[ON_PAPER] * count, now=NOW)
        return len(captured)

    queries(1)
    assert queries(500) == queries(1)


def test_words_are_kept_inside_a_scope_only(world: World) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        enter_consents(practice_id=world.practice_id, consents=[ON_PAPER], now=NOW)


@pytest.mark.parametrize("command", ["UPDATE {} SET status = 'granted'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_app_can_add_to_the_ledger_and_nothing_else(world: World, command: str) -> None:
    with (
        practice_scope(world.practice_id),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(command.format(LedgerEntry._meta.db_table))


def test_a_demonstration_goes_with_its_ledger_and_a_real_practice_does_not(world: World) -> None:
    forget_practice(practice_id=world.practice_id)
    with practice_scope(world.practice_id):
        assert not LedgerEntry.objects.exists()
    with practice_scope(world.other_practice_id):
        with pytest.raises(IntegrityError, match="only a demonstration"), transaction.atomic():
            Practice.objects.filter(pk=world.other_practice_id)._raw_delete("default")
        assert LedgerEntry.objects.exists()


def test_two_imports_and_a_stop_at_once_never_wait_for_each_other_in_a_circle(live_database: LiveDatabase) -> None:
    """Each import corrects the names of the same clients, in the other order; every STOP touches two clients."""
    practice_id = build_world().practice_id
    phones = [f"+1207555{1000 + number}" for number in range(20)]
    _import(practice_id, phones, "Before")
    gate = threading.Barrier(3)

    def import_them(order: list[str], last_name: str) -> None:
        gate.wait()
        for phone in order:
            _import(practice_id, [phone], last_name)

    def stop_them() -> None:
        gate.wait()
        for phone, other in zip(phones, reversed(phones), strict=True):
            with practice_scope(practice_id):
                Client.objects.filter(phone=phone).update(last_inbound_at=NOW)
                revoke_number(practice_id=practice_id, phone=phone, source="reply", evidence="STOP", now=NOW)
                Client.objects.filter(phone=other).update(last_inbound_at=NOW)

    with ThreadPoolExecutor(3) as threads:
        works = [
            threads.submit(_alone, lambda: import_them(phones, "Here")),
            threads.submit(_alone, lambda: import_them(phones[::-1], "There")),
            threads.submit(_alone, stop_them),
        ]
        for work in works:
            work.result()
    assert _faults(practice_id) == []


def _import(practice_id: int, phones: Sequence[str], last_name: str) -> None:
    """A visit of each of them, with a consent that is new."""
    reports = []
    for phone in phones:
        report = visit(f"{phone}-{last_name}", "Client", last_name, phone, "Botox 20u", ended_at=NOW)
        agreed = tuple(replace(c, granted_at=NOW - timedelta(days=len(last_name))) for c in report.client.consents)
        reports.append(replace(report, client=replace(report.client, consents=agreed)))
    record_visits(practice_id=practice_id, source="csv", reports=reports, now=NOW)


def _faults(practice_id: int) -> list[str]:
    with practice_scope(practice_id):
        return [f"{fault.number}: {fault.what}" for fault in verify_ledger(practice_id)]


def _alone(work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        connections["default"].close()
