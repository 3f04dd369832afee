"""A log line holds an event and ids, whoever wrote it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from afterglow.actions.erase_client import MessageOnItsWay, erase_client
from afterglow.actions.export_client import export_client
from afterglow.actions.keep_event import keep_event
from afterglow.actions.purge_records import purge_records
from afterglow.config.logs import OneLine, log
from afterglow.models import Practice, RawEvent
from afterglow.models.scope import practice_scope
from afterglow.queries.client_export import client_export
from tests.world import NOW, build_world

SECRETS = ("Rosa", "+12125550101", "my lips hurt", "tok-99")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def test_an_event_is_one_line_with_its_ids(written: io.StringIO) -> None:
    log("touch.sent", touch=12, channel="sms", ms=212)
    [line] = written.getvalue().splitlines()
    assert line.endswith("info touch.sent touch=12 channel=sms ms=212")


def test_an_exception_is_named_by_type_and_place_never_by_its_message(written: io.StringIO) -> None:
    try:
        raise ValueError("Rosa +12125550101\nmy lips hurt")
    except ValueError as error:
        log("reply.failed", level=logging.ERROR, error=error, message=7)
    [line] = written.getvalue().splitlines()
    assert "error reply.failed message=7 error=ValueError" in line
    assert "test_logs.py" in line
    assert not any(secret in line for secret in SECRETS)


def test_what_a_library_writes_loses_its_text(written: io.StringIO) -> None:
    logging.getLogger("django.request").warning("Not Found: %s", "/hooks/tok-99", extra={"status_code": 404})
    logging.getLogger("aiohttp.client").error("POST failed for Rosa: my lips hurt")
    first, second = written.getvalue().splitlines()
    assert "warning django.request status=404" in first
    assert "error aiohttp.client" in second
    assert not any(secret in first + second for secret in SECRETS)


@pytest.mark.django_db
def test_a_refusal_of_the_database_names_the_constraint_and_not_the_row(written: io.StringIO) -> None:
    row = "INSERT INTO auth_user (username, password, first_name, last_name, email, is_superuser, is_staff, is_active, date_joined) VALUES ('Rosa', '', '', '', '', false, false, true, now())"  # noqa: E501
    try:
        with connection.cursor() as cursor:
            cursor.execute(row)
            cursor.execute(row)
    except IntegrityError as error:
        log("user.refused", error=error)
    [line] = written.getvalue().splitlines()
    assert "error=IntegrityError<UniqueViolation" in line
    assert "constraint=auth_user_username_key" in line
    assert "Rosa" not in line


@pytest.mark.django_db
def test_whoever_is_handed_over_erased_or_purged_is_in_no_log(written: io.StringIO) -> None:
    world = build_world()
    with practice_scope(world.practice_id):
        told = client_export(Practice.objects.get(pk=world.practice_id), world.rosa_id, now=NOW)
    export_client(
        practice_id=world.practice_id, client_id=world.rosa_id, told=told, out=io.BytesIO(), by="juno", now=NOW
    )
    with practice_scope(world.practice_id):
        keep_event(practice_id=world.practice_id, kind="x", event_id="1", body=b"Rosa +12075550101", now=NOW)
    with pytest.raises(MessageOnItsWay) as busy:
        erase_client(practice_id=world.practice_id, client_id=world.rosa_id, by="juno", now=NOW)
    log("erasing.refused", error=busy.value)
    with practice_scope(world.practice_id):
        RawEvent.objects.update(processed_at=NOW)
    erase_client(practice_id=world.practice_id, client_id=world.rosa_id, by="juno", now=NOW)
    purge_records(practice_id=world.practice_id, now=NOW + timedelta(days=40_000))
    lines = written.getvalue()
    for event in ("client.exported", "client.erased", "records.purged"):
        assert f"{event} practice={world.practice_id}" in lines
    assert not any(secret in lines for secret in ("Rosa", "Alvarez", "5550101", "rosa@", "lip is white", "juno"))
