"""What was kept long enough goes, in batches; the ledger stays whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from afterglow import jobs
from afterglow.actions import purge_records as purging
from afterglow.actions.purge_records import purge_records
from afterglow.actions.set_retention import set_retention
from afterglow.models import ConsentRequest, Evidence, LedgerEntry, Look, Message, Notice, RawEvent, Touch
from afterglow.models.scope import practice_scope
from afterglow.queries.ledger import verify_ledger
from afterglow.rules.retention import Kind
from tests.world import NOW, ROSA_PHONE, World, build_world

Made = Callable[[World, datetime], object]
YEAR = timedelta(days=365.25)


@pytest.fixture
def world(db: None) -> World:
    return build_world()


def raw_event(world: World, at: datetime) -> RawEvent:
    return RawEvent.objects.create(
        practice_id=world.practice_id, kind="x", event_id=str(at), body=b"x", received_at=at, processed_at=at
    )


def request(world: World, at: datetime) -> ConsentRequest:
    return ConsentRequest.objects.create(
        practice_id=world.practice_id, phone=ROSA_PHONE, sealed=b"x", asked_at=at, expires_at=at
    )


def look(world: World, at: datetime) -> Look:
    return Look.objects.create(practice_id=world.practice_id, kind="proof", by="kit", at=at)


def message(world: World, at: datetime) -> Message:
    return Message.objects.create(
        practice_id=world.practice_id,
        direction="out",
        channel="sms",
        address=ROSA_PHONE,
        body="Hi",
        status="sent",
        at=at,
    )


def notice(world: World, at: datetime) -> Notice:
    return Notice.objects.create(
        practice_id=world.practice_id, kind="help", channel="sms", address=ROSA_PHONE, body="Help", state="sent",
        due_at=at, valid_until=at, token=str(at), created_at=at, ended_at=at,
    )  # fmt: skip


def scan(world: World, at: datetime) -> Evidence:
    return Evidence.objects.create(
        practice_id=world.practice_id, client_id=world.dana_id, subject="0" * 32, content_type="image/png", digest="d",
        sealed=b"x", added_at=at, added_by="kit",
    )  # fmt: skip


CASES: list[tuple[Kind, Made, timedelta]] = [
    (Kind.RAW_EVENTS, raw_event, timedelta(days=90)),
    (Kind.REQUESTS, request, timedelta(days=30)),
    (Kind.LOOKS, look, 6 * YEAR),
    (Kind.MESSAGES, message, 10 * YEAR),
    (Kind.MESSAGES, notice, 10 * YEAR),
    (Kind.SCANS, scan, 10 * YEAR),
]


@pytest.mark.parametrize(("kind", "made", "kept"), CASES)
def test_it_goes_when_its_time_is_over_and_not_before(world: World, kind: Kind, made: Made, kept: timedelta) -> None:
    with practice_scope(world.practice_id):
        made(world, NOW - kept - timedelta(days=2))
        made(world, NOW - kept + timedelta(days=2))
    assert purge_records(practice_id=world.practice_id, now=NOW)[kind] == 1
    assert purge_records(practice_id=world.practice_id, now=NOW)[kind] == 0


def test_a_message_loses_its_words_and_nothing_else(world: World) -> None:
    at = NOW - 11 * YEAR
    with practice_scope(world.practice_id):
        pk = message(world, at).pk
    purge_records(practice_id=world.practice_id, now=NOW)
    with practice_scope(world.practice_id):
        left = Message.objects.get(pk=pk)
        assert (left.body, left.address, left.status, left.at) == ("", ROSA_PHONE, "sent", at)


def test_a_trial_counts_and_changes_nothing(world: World) -> None:
    with practice_scope(world.practice_id):
        pk = raw_event(world, NOW - YEAR).pk
    assert purge_records(practice_id=world.practice_id, now=NOW, is_trial=True)[Kind.RAW_EVENTS] == 1
    with practice_scope(world.practice_id):
        assert RawEvent.objects.filter(pk=pk).exists()


def test_what_nobody_has_read_yet_is_kept(world: World) -> None:
    with practice_scope(world.practice_id):
        RawEvent.objects.filter(pk=raw_event(world, NOW - YEAR).pk).update(processed_at=None)
    assert purge_records(practice_id=world.practice_id, now=NOW)[Kind.RAW_EVENTS] == 0


def test_a_scan_is_kept_while_its_client_is_written_to(world: World) -> None:
    with practice_scope(world.practice_id):
        scan(world, NOW - 11 * YEAR)
        touch = Touch.objects.filter(client=world.dana_id).first()
        assert touch is not None
        Message.objects.filter(pk=message(world, NOW).pk).update(client_id=world.dana_id)
    assert purge_records(practice_id=world.practice_id, now=NOW)[Kind.SCANS] == 0


def test_many_records_go_in_several_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "AT_ONCE", 3)
    with practice_scope(world.practice_id):
        for number in range(8):
            look(world, NOW - 7 * YEAR + timedelta(hours=number // 4))
    told: list[int] = []
    purge_records(practice_id=world.practice_id, now=NOW, on_progress=lambda kind, count: told.append(count))
    assert told == [3, 3, 2]


def test_what_the_practice_chose_counts(world: World) -> None:
    set_retention(practice_id=world.practice_id, kind=Kind.RAW_EVENTS, days=14)
    with practice_scope(world.practice_id):
        raw_event(world, NOW - timedelta(days=20))
    assert purge_records(practice_id=world.practice_id, now=NOW)[Kind.RAW_EVENTS] == 1


def test_the_ledger_is_never_touched(world: World) -> None:
    with practice_scope(world.practice_id):
        before = list(LedgerEntry.objects.order_by("pk").values_list("digest", flat=True))
    purge_records(practice_id=world.practice_id, now=NOW + 200 * YEAR)
    with practice_scope(world.practice_id):
        assert list(LedgerEntry.objects.order_by("pk").values_list("digest", flat=True)) == before
        assert list(verify_ledger(world.practice_id)) == []


def test_another_practice_keeps_its_own(world: World) -> None:
    with practice_scope(world.other_practice_id):
        Look.objects.create(practice_id=world.other_practice_id, kind="proof", by="vic", at=NOW - 9 * YEAR)
    purge_records(practice_id=world.practice_id, now=NOW)
    with practice_scope(world.other_practice_id):
        assert Look.objects.count() == 1


def test_the_worker_does_it_once_a_day_for_every_practice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "clock", lambda: NOW)
    for practice_id in (world.practice_id, world.other_practice_id):
        with practice_scope(practice_id):
            Look.objects.create(practice_id=practice_id, kind="proof", by="kit", at=NOW - 7 * YEAR)
    jobs.purge(timestamp=0)
    for practice_id in (world.practice_id, world.other_practice_id):
        with practice_scope(practice_id):
            assert not Look.objects.exists()
