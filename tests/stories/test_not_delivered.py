"""A text that does not arrive goes another way, and whatever is reported later changes nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from afterglow.actions.address_faults import clear_address_fault
from afterglow.actions.record_deliveries import record_deliveries
from afterglow.channels.receipts import Delivery, StatusReport
from afterglow.models import AddressFault, Attempt
from afterglow.models.scope import practice_scope
from tests.stories.stage import Stage

pytestmark = pytest.mark.django_db
LANDLINE = ("30006", "invalid_address")
OFF = ("30003", "unavailable")


def checked_in() -> Stage:
    """Rosa has had Botox on Tuesday, and her check-in has left on Wednesday."""
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")
    stage.run_until("2026-03-04T14:05")
    assert stage.sent() == [(1, "check_in", "text")]
    return stage


def told(stage: Stage, status: Delivery, failure: tuple[str, str] = ("", "")) -> None:
    """What the provider reports about the newest message."""
    with practice_scope(stage.practice_id):
        token = Attempt.objects.filter(practice=stage.practice_id).latest("pk").token
    code, kind = failure
    report = StatusReport(provider_id="SM1", token=token, status=status, error_code=code, kind=kind)
    record_deliveries(practice_id=stage.practice_id, reports=[report], now=stage.now)


def test_a_text_to_a_landline_becomes_an_e_mail_and_no_text_goes_there_again() -> None:
    stage = checked_in()
    told(stage, Delivery.UNDELIVERED, LANDLINE)
    stage.run_until("2026-03-20T12:00")

    assert stage.sent() == [(1, "check_in", "text"), (1, "check_in", "e-mail"), (14, "results", "e-mail")]


def test_a_phone_that_was_off_gets_the_text_again_an_hour_later_and_only_once() -> None:
    stage = checked_in()
    told(stage, Delivery.UNDELIVERED, OFF)
    reported_at = stage.now
    stage.run_until(reported_at + timedelta(minutes=59))
    assert len(stage.sent()) == 1

    stage.run_until(reported_at + timedelta(minutes=61))
    assert stage.sent() == [(1, "check_in", "text")] * 2

    told(stage, Delivery.UNDELIVERED, OFF)
    stage.run_until("2026-03-05T12:00")
    assert stage.sent() == [(1, "check_in", "text"), (1, "check_in", "text"), (1, "check_in", "e-mail")]


def test_a_text_that_arrives_after_all_is_followed_by_no_other_message() -> None:
    stage = checked_in()
    told(stage, Delivery.UNDELIVERED, LANDLINE)
    told(stage, Delivery.DELIVERED)
    stage.run_until("2026-03-05T15:00")

    assert stage.sent() == [(1, "check_in", "text")]
    assert stage.tasks() == []


def test_a_number_that_works_again_gets_the_next_text() -> None:
    stage = checked_in()
    told(stage, Delivery.UNDELIVERED, LANDLINE)
    stage.run_until("2026-03-05T15:00")
    with practice_scope(stage.practice_id):
        fault = AddressFault.objects.get(practice=stage.practice_id)
    clear_address_fault(practice_id=stage.practice_id, fault_id=fault.pk, by="kit", now=stage.now)
    stage.run_until("2026-03-20T12:00")

    assert (14, "results", "text") in stage.sent()
