"""After erasing nobody can tell who it was, in any table; what the practice counts stays, and a stop stays a stop."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from afterglow.actions.approve_history import approve_history
from afterglow.actions.erase_client import AlreadyErased, MessageOnItsWay, erase_client
from afterglow.actions.flag_client import flag_client
from afterglow.actions.keep_event import keep_event
from afterglow.actions.keep_evidence import EvidenceGone, keep_evidence, open_evidence
from afterglow.actions.keep_ledger import NewConsent, enter_consents
from afterglow.actions.read_scan import Scan
from afterglow.actions.receive_texts import receive_texts
from afterglow.actions.record_visits import record_visits
from afterglow.actions.update_client import update_contact
from afterglow.channels.receipts import InboundText
from afterglow.models import (
    AddressFault,
    Client,
    Consent,
    Evidence,
    ImportBatch,
    LedgerEntry,
    Message,
    Notice,
    NumberCheck,
    Plan,
    Practice,
    RawEvent,
    SubjectKey,
    Touch,
    Treatment,
    Visit,
)
from afterglow.models.scope import practice_scope
from afterglow.models.standing import standing_consents
from afterglow.queries.ledger import verify_ledger
from afterglow.rules.facts import Channel, Purpose
from tests.world import DANA_PHONE, NOW, ROSA_PHONE, World, build_world, client_id, text_rosa, visit

LATER = NOW + timedelta(minutes=30)
SECRETS = ("rosa", "alvarez", "2075550101", "555-0101", "lip is white", "signed on a tuesday", "binder 7")
TABLES: tuple[Any, ...] = (Message, Consent, Touch, Visit, Plan, Notice, Evidence)
ON_PAPER = NewConsent(
    client_id=None,
    address=ROSA_PHONE,
    channel=Channel.SMS,
    purpose=Purpose.CARE,
    status=Consent.Status.GRANTED,
    source="staff",
    evidence="In binder 7",
    at=NOW,
    recorded_by="kit",
)


@pytest.fixture
def world(db: None) -> World:
    return build_world()


@pytest.fixture
def rosa(world: World) -> int:
    """Rosa, of whom something is written down in every place there is."""
    text_rosa(world)
    flag_client(practice_id=world.practice_id, client_id=world.rosa_id, flag="pregnant", by="hale", now=NOW)
    with practice_scope(world.practice_id):
        for number, body in enumerate(_reports()):
            keep_event(practice_id=world.practice_id, kind="twilio.text", event_id=f"r{number}", body=body, now=NOW)
        RawEvent.objects.update(processed_at=NOW)
        AddressFault.objects.create(
            practice_id=world.practice_id, channel="email", address="Rosa@example.test", kind="bounced",
            reason="It bounced", at=NOW,
        )  # fmt: skip
        NumberCheck.objects.create(
            practice_id=world.practice_id, phone=ROSA_PHONE, kind="do_not_call", answer="no", as_of_on=NOW.date(),
            source="list", checked_at=NOW,
        )  # fmt: skip
        consents = [ON_PAPER, replace(ON_PAPER, client_id=world.rosa_id)]
        enter_consents(practice_id=world.practice_id, consents=consents, now=NOW)
        scan = Scan(content=b"signed on a Tuesday", content_type="application/pdf", digest="d" * 64)
        keep_evidence(
            practice_id=world.practice_id, client_id=world.rosa_id, scan=scan, title="Rosa's form", by="kit", now=NOW
        )
    return world.rosa_id


def _reports() -> list[bytes]:
    """The same person as booking systems and providers write her."""
    return [
        json.dumps({"client": {"phone": "(207) 555-0101"}}).encode(),
        b"From=%2B12075550101&Body=My+lip+is+white",
        b'{"email": "ROSA@example.test"}',
        b'{"first": "Rosa", "last": "Alvarez", "note": "\xff"}',
    ]


def erase(world: World, who: int) -> None:
    erase_client(practice_id=world.practice_id, client_id=who, by="juno", now=LATER)


def dump(practice_id: int) -> str:
    """Every table as text, bytes too."""
    written = []
    with practice_scope(practice_id), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            for row in cursor.fetchall():
                values = (bytes(v).decode("latin-1") if isinstance(v, bytes | memoryview) else str(v) for v in row)
                written.append(f"{table} {' '.join(values)}".lower())
    return "\n".join(written)


def faults(practice_id: int) -> list[str]:
    with practice_scope(practice_id):
        return [fault.what for fault in verify_ledger(practice_id)]


def found(practice_id: int) -> list[str]:
    text = dump(practice_id)
    return [line for line in text.splitlines() if any(secret in line for secret in SECRETS)]


def test_before_erasing_the_database_is_full_of_her(world: World, rosa: int) -> None:
    text = dump(world.practice_id)
    sealed = {"signed on a tuesday"}  # only with her key
    assert [secret for secret in SECRETS if secret not in text] == list(sealed)


def test_nothing_in_any_table_tells_who_she_was(world: World, rosa: int) -> None:
    erase(world, rosa)
    assert found(world.practice_id) == []


def rows_of_others(client: int) -> dict[Any, list[dict[str, Any]]]:
    return {model: list(model._default_manager.exclude(client=client).order_by("pk").values()) for model in TABLES}


def test_others_keep_what_is_theirs(world: World, rosa: int) -> None:
    with practice_scope(world.practice_id):
        before = rows_of_others(rosa)
        hers_not = RawEvent.objects.create(
            practice_id=world.practice_id, kind="x", event_id="dana", body=DANA_PHONE.encode(), received_at=NOW,
            processed_at=NOW,
        )  # fmt: skip
    erase(world, rosa)
    with practice_scope(world.practice_id):
        after = rows_of_others(rosa)
        assert bytes(RawEvent.objects.get(pk=hers_not.pk).body) == DANA_PHONE.encode()
    before[Consent] = [row for row in before[Consent] if row["address"] != ROSA_PHONE]
    assert after == before


def test_the_ledger_verifies_afterwards_and_is_as_long_as_before(world: World, rosa: int) -> None:
    with practice_scope(world.practice_id):
        count = LedgerEntry.objects.count()
    erase(world, rosa)
    with practice_scope(world.practice_id):
        assert LedgerEntry.objects.count() == count
        keys = SubjectKey.objects.filter(destroyed_at=LATER, key_sealed=None, destroyed_by="juno")
        assert keys.filter(client=rosa).count() == 1
        assert keys.exclude(address_digest="").count() >= 1
    assert faults(world.practice_id) == []


def test_a_scan_does_not_open_any_more(world: World, rosa: int) -> None:
    with practice_scope(world.practice_id):
        scan = Evidence.objects.get()
        assert scan.sealed is not None
    erase(world, rosa)
    with pytest.raises(EvidenceGone):
        open_evidence(practice_id=world.practice_id, client_id=rosa, evidence_id=scan.pk, by="juno", now=LATER)


def test_nothing_goes_out_any_more_and_everything_says_why(world: World, rosa: int) -> None:
    erase(world, rosa)
    with practice_scope(world.practice_id):
        touches = Touch.objects.filter(client=rosa)
        assert not touches.filter(state="planned").exists()
        assert set(touches.filter(state="cancelled").values_list("reason", flat=True)) == {"the client was erased"}
        assert set(Plan.objects.filter(client=rosa).values_list("state", flat=True)) == {"stopped"}


def test_what_the_practice_counts_stays(world: World, rosa: int) -> None:
    with practice_scope(world.practice_id):
        figures = list(Treatment.objects.filter(visit__client=rosa).values_list("family", "amount"))
        times = list(Message.objects.filter(client=rosa).order_by("pk").values_list("at", "status", "channel"))
    erase(world, rosa)
    with practice_scope(world.practice_id):
        assert list(Treatment.objects.filter(visit__client=rosa).values_list("family", "amount")) == figures
        assert figures
        assert list(Message.objects.filter(client=rosa).order_by("pk").values_list("at", "status", "channel")) == times
        assert times
        assert Client.objects.get(pk=rosa).name == f"Erased client {rosa}"


def test_the_same_file_again_brings_nobody_back(world: World, rosa: int) -> None:
    erase(world, rosa)
    reports = [
        visit("A-1", "Rosa", "Alvarez", ROSA_PHONE, "Botox 40u", ended_at=NOW - timedelta(hours=20)),
        visit("A-1", "Rosa", "Alvarez-Moore", ROSA_PHONE, "Botox 60u", ended_at=NOW - timedelta(hours=19)),
    ]
    for report in reports:
        recorded = record_visits(practice_id=world.practice_id, source="csv", reports=[report], now=LATER)
        assert (recorded.new, recorded.changed, recorded.same) == (0, 0, 1)
    assert found(world.practice_id) == []
    with practice_scope(world.practice_id):
        assert not Touch.objects.filter(client=rosa, state="planned").exists()


def test_a_new_visit_makes_a_new_client_for_whom_the_stop_still_holds(world: World) -> None:
    erase(world, world.dana_id)  # she had written STOP
    report = visit("B-1", "Dana", "Whitfield", DANA_PHONE, "Botox 20u", ended_at=LATER - timedelta(hours=2))
    record_visits(practice_id=world.practice_id, source="csv", reports=[report], now=LATER)
    dana = client_id(world.practice_id, "Dana")
    assert dana != world.dana_id
    with practice_scope(world.practice_id):
        standing = standing_consents(Practice.objects.get(pk=world.practice_id), [Client.objects.get(pk=dana)])[dana]
    assert standing.opted_out_at is not None
    assert (Channel.SMS, Purpose.CARE) not in standing.granted
    assert faults(world.practice_id) == []


def test_what_was_said_at_a_shared_number_stays_with_the_other(world: World) -> None:
    report = visit("B-1", "Sam", "Whitfield", DANA_PHONE, "Botox 20u", ended_at=NOW - timedelta(hours=2))
    report = replace(report, client=replace(report.client, external_id="C-99"))
    record_visits(practice_id=world.practice_id, source="csv", reports=[report], now=NOW)
    sam = client_id(world.practice_id, "Sam")
    erase(world, world.dana_id)
    with practice_scope(world.practice_id):
        client = Client.objects.get(pk=sam)
        standing = standing_consents(Practice.objects.get(pk=world.practice_id), [client])[sam]
        assert standing.opted_out_at is not None
        assert not Consent.objects.filter(client=world.dana_id).exists()
    assert "whitfield" in dump(world.practice_id)  # Sam's
    assert "dana" not in dump(world.practice_id)
    assert faults(world.practice_id) == []


def test_a_number_she_had_before_goes_too(world: World, rosa: int) -> None:
    update_contact(
        practice_id=world.practice_id,
        client_id=rosa,
        phone="+12075550177",
        email="rosa@example.test",
        by="kit",
        now=NOW,
    )
    erase(world, rosa)
    assert found(world.practice_id) == []


def test_imported_history_of_hers_is_not_planned_when_it_is_approved(world: World) -> None:
    with practice_scope(world.practice_id):
        batch = ImportBatch.objects.create(
            practice_id=world.practice_id, filename="old.csv", sha256="", mapping={}, imported_at=NOW
        )
    old = visit("H-1", "Ines", "Low", "+12075550166", "Botox 40u", ended_at=NOW - timedelta(days=20))
    record_visits(
        practice_id=world.practice_id, source="csv", reports=[old], now=NOW, is_from_file=True, batch_id=batch.pk
    )
    ines = client_id(world.practice_id, "Ines")
    erase(world, ines)
    approve_history(practice_id=world.practice_id, batch_id=batch.pk, by="juno", now=LATER)
    with practice_scope(world.practice_id):
        assert not Touch.objects.filter(client=ines).exists()
        assert Visit.objects.get(client=ines).coverage_reason == "the client was erased"


def under_way(world: World) -> None:
    Touch.objects.filter(client=world.rosa_id, state="planned").update(state="sending")


def answer_on_its_way(world: World) -> None:
    Notice.objects.create(
        practice_id=world.practice_id, kind="help", client_id=world.rosa_id, channel="sms", address=ROSA_PHONE,
        body="Help", state="sending", due_at=NOW, valid_until=LATER, token="t", created_at=NOW,
    )  # fmt: skip


def report_not_read(world: World) -> None:
    keep_event(practice_id=world.practice_id, kind="twilio.text", event_id="u", body=ROSA_PHONE.encode(), now=NOW)


@pytest.mark.parametrize("happens", [under_way, answer_on_its_way, report_not_read])
def test_while_something_is_under_way_nothing_is_erased(world: World, happens: Callable[[World], None]) -> None:
    with practice_scope(world.practice_id):
        happens(world)
    before = dump(world.practice_id)
    with pytest.raises(MessageOnItsWay, match="Try again in a minute"):
        erase(world, world.rosa_id)
    assert dump(world.practice_id) == before


def test_erasing_twice_says_so(world: World, rosa: int) -> None:
    erase(world, rosa)
    with pytest.raises(AlreadyErased):
        erase(world, rosa)


def test_her_number_may_write_again_as_anybody_may(world: World, rosa: int) -> None:
    erase(world, rosa)
    text = InboundText(provider_id="in-9", from_=ROSA_PHONE, text="Do you have time on Monday?")
    receive_texts(practice_id=world.practice_id, texts=[text], now=LATER)
    with practice_scope(world.practice_id):
        assert Message.objects.get(inbound_id="in-9").client_id is None
