"""Whoever changes one byte of what was written down, with whatever right, is found out, and the entry is named."""

# ruff: noqa: S608 — the intruder writes SQL
from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from afterglow.models import LedgerEntry
from afterglow.models.scope import practice_scope
from afterglow.queries.ledger import ledger_head, verify_ledger
from afterglow.rules.ledger import BEFORE_THE_FIRST, Place, Statement, digest_of
from tests.databases import LiveDatabase
from tests.world import World, build_world

OLD = 3  # the entry that is tampered with: not the first, not the last

LEDGER, HEAD, CONSENT, KEY = TABLES = (
    "afterglow_ledgerentry",
    "afterglow_ledgerhead",
    "afterglow_consent",
    "afterglow_subjectkey",
)
OURS = f"WHERE practice_id = %s AND number = {OLD}"
OF_OLD = f"id = (SELECT id FROM {LEDGER} {OURS})"
COLUMNS = {
    "id": "id + 1000",
    "practice_id": "(SELECT max(id) FROM afterglow_practice)",
    "number": "number + 1000",
    "subject": "translate(subject::text, '0123456789abcdef', '1234567890bcdefa')::uuid",
    "channel": "'voice'",
    "purpose": "'photo'",
    "status": "'revoked'",
    "source": "source || '.'",
    "text_digest": "'3f'",
    "address_digest": "translate(address_digest, '0123456789abcdef', '1234567890bcdefa')",
    "at": "at - interval '1 microsecond'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "sealed": "set_byte(sealed, 20, get_byte(sealed, 20) # 1)",
    "previous": "translate(previous, '0123456789abcdef', '1234567890bcdefa')",
    "digest": "translate(digest, '0123456789abcdef', '1234567890bcdefa')",
}
NAMED = {"channel", "purpose", "status", "source", "text_digest", "address_digest", "at", "previous", "digest"}


class Intruder:
    """A superuser of the database, past every trigger."""

    def __init__(self, owner_dsn: str, world: World) -> None:
        self.world = world
        self._connection = psycopg.connect(owner_dsn, autocommit=True)
        self._connection.execute("SET session_replication_role = replica")
        for table in TABLES:
            self._connection.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")

    def run(self, command: str) -> None:
        self._connection.execute(command, [self.world.practice_id])

    def undo(self) -> None:
        """As it was at the beginning."""
        for table in TABLES:
            self._connection.execute(f"DELETE FROM {table}")
            self._connection.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def intruder(live_database: LiveDatabase) -> Iterator[Intruder]:
    found = Intruder(live_database.owner_dsn, build_world())
    yield found
    found.close()


def test_a_ledger_that_nobody_touched_is_whole(live_database: LiveDatabase) -> None:
    world = build_world()
    assert faults(world.practice_id) == []
    assert faults(world.other_practice_id) == []


def test_one_byte_in_any_column_of_an_old_entry_is_found_and_its_entry_named(intruder: Intruder) -> None:
    assert COLUMNS.keys() == {field.column for field in LedgerEntry._meta.local_fields}
    for column, changed in COLUMNS.items():
        intruder.run(f"UPDATE {LEDGER} SET {column} = {changed} {OURS}")
        found = faults(intruder.world.practice_id)
        assert any(number == OLD for number, _ in found), (column, found)
        if column in NAMED:
            spoken = {"at": "moment", "text_digest": "wording", "address_digest": "address"}.get(column, column)
            spoken = "entry before" if column == "previous" else spoken
            assert len(found) == 1, (column, found)
            assert spoken in found[0][1], (column, found)
        intruder.undo()
    assert faults(intruder.world.practice_id) == []


SOMEBODY_ELSE = "(SELECT max(id) FROM afterglow_client k WHERE k.practice_id = c.practice_id AND k.id <> c.client_id)"
A_COPY = "jsonb_populate_record(c, '{\"id\": 9999}')"
TAMPERED = {
    "an entry taken out": (f"DELETE FROM {LEDGER} {OURS}", OLD, "Entry 3 is missing."),
    "a consent changed": (f"UPDATE {CONSENT} SET status = 'revoked' WHERE {OF_OLD}", OLD, "another status"),
    "an address changed": (f"UPDATE {CONSENT} SET address = '+12075550188' WHERE {OF_OLD}", OLD, "another address"),
    "evidence changed": (f"UPDATE {CONSENT} SET evidence = 'Form 9' WHERE {OF_OLD}", OLD, "another evidence"),
    "a consent given to somebody else": (
        f"UPDATE {CONSENT} c SET client_id = {SOMEBODY_ELSE} WHERE {OF_OLD}",
        OLD,
        "another client",
    ),
    "a consent taken away": (f"DELETE FROM {CONSENT} WHERE {OF_OLD}", OLD, "is gone"),
    "a consent smuggled in": (
        f"INSERT INTO {CONSENT} SELECT ({A_COPY}).* FROM {CONSENT} c WHERE {OF_OLD}",
        None,
        "Consent 9999",
    ),
    "a key that was taken away": (
        f"DELETE FROM {KEY} WHERE subject = (SELECT subject FROM {LEDGER} {OURS})", OLD, "Its key is gone",
    ),
    "the head set back": (f"UPDATE {HEAD} SET number = {OLD} WHERE practice_id = %s", OLD + 1, "was put in"),
    "the head taken away": (f"DELETE FROM {HEAD} WHERE practice_id = %s", None, "The head of the ledger is gone"),
}  # fmt: skip


def test_every_other_change_is_found_too(intruder: Intruder) -> None:
    for what, (command, number, said) in TAMPERED.items():
        intruder.run(command)
        found = faults(intruder.world.practice_id)
        assert any(at == number and said in told for at, told in found), (what, found)
        intruder.undo()
    assert faults(intruder.world.practice_id) == []


def test_an_end_that_was_cut_off_is_found_by_the_head_or_by_the_head_that_was_noted(intruder: Intruder) -> None:
    practice_id = intruder.world.practice_id
    noted = head_of(practice_id)
    cut = noted.number - 2
    intruder.run(
        f"DELETE FROM {CONSENT} WHERE id IN (SELECT id FROM {LEDGER} WHERE practice_id = %s AND number > {cut})"
    )
    intruder.run(f"DELETE FROM {LEDGER} WHERE practice_id = %s AND number > {cut}")
    assert faults(practice_id) == [
        (cut + 1, f"Entries {cut + 1} to {noted.number} are missing. The end of the ledger was cut off.")
    ]
    intruder.run(
        f"UPDATE {HEAD} h SET number = e.number, digest = e.digest FROM {LEDGER} e "
        f"WHERE h.practice_id = %s AND e.practice_id = h.practice_id AND e.number = {cut}"
    )
    assert faults(practice_id) == []
    assert [number for number, _ in faults(practice_id, noted)] == [cut + 1]


def test_a_ledger_rewritten_from_an_entry_on_still_does_not_open_there(intruder: Intruder) -> None:
    """Whoever computes every later digest anew lacks the subject's key; and the noted head no longer fits."""
    practice_id = intruder.world.practice_id
    noted = head_of(practice_id)
    intruder.run(f"UPDATE {CONSENT} SET status = 'revoked' WHERE {OF_OLD}")
    intruder.run(f"UPDATE {LEDGER} SET status = 'revoked' {OURS}")
    rewrite(intruder)
    assert [number for number, _ in faults(practice_id)] == [OLD]
    assert "does not open" in faults(practice_id)[0][1]
    assert [number for number, _ in faults(practice_id, noted)] == [OLD, noted.number]


def test_the_chain_stays_whole_when_a_key_is_destroyed_and_its_consents_go(intruder: Intruder) -> None:
    intruder.run(f"DELETE FROM {CONSENT} WHERE practice_id = %s AND {rosas(intruder)}")
    destroyed = "SET key_sealed = NULL, destroyed_at = now(), destroyed_by = 'hale'"
    intruder.run(f"UPDATE {KEY} {destroyed} WHERE practice_id = %s AND {rosas(intruder)}")
    assert faults(intruder.world.practice_id) == []
    intruder.run(
        f"UPDATE {LEDGER} SET status = 'revoked' WHERE practice_id = %s AND number = "
        f"(SELECT min(number) FROM {LEDGER} e JOIN {KEY} k USING (practice_id, subject) WHERE k.{rosas(intruder)})"
    )
    assert len(faults(intruder.world.practice_id)) == 1


def rosas(intruder: Intruder) -> str:
    return f"client_id = {intruder.world.rosa_id}"


def head_of(practice_id: int) -> Place:
    with practice_scope(practice_id):
        place = ledger_head(practice_id)
    assert place is not None
    return place


def rewrite(intruder: Intruder) -> None:
    """Every digest computed anew, as somebody who has read the source would."""
    with practice_scope(intruder.world.practice_id):
        entries = list(LedgerEntry.objects.order_by("number"))
    previous = BEFORE_THE_FIRST
    for entry in entries:
        said = Statement(entry.practice_id, *(getattr(entry, name) for name in Statement._fields[1:]))
        digest = digest_of(
            said.canonical(), id=entry.pk, number=entry.number, previous=previous, sealed=bytes(entry.sealed)
        )
        values = f"previous = '{previous}', digest = '{digest}'"
        intruder.run(f"UPDATE {LEDGER} SET {values} WHERE practice_id = %s AND number = {entry.number}")
        previous = digest
    intruder.run(f"UPDATE {HEAD} SET digest = '{previous}' WHERE practice_id = %s")


def faults(practice_id: int, noted: Place | None = None) -> list[tuple[int | None, str]]:
    with practice_scope(practice_id):
        return [(fault.number, fault.what) for fault in verify_ledger(practice_id, noted=noted)]
