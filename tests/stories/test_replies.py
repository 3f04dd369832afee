"""What clients write back takes effect at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from afterglow.actions.flag_client import flag_client
from afterglow.actions.receive_texts import finish_replies, receive_texts
from afterglow.actions.unsubscribe import unsubscribe
from afterglow.actions.update_client import note_consent, update_contact
from afterglow.channels.receipts import InboundText
from afterglow.models import Client
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Purpose
from tests.stories.stage import ROSA, Stage, local

pytestmark = pytest.mark.django_db
DAUGHTER = replace(ROSA, external_id="ines", first_name="Ines", email="ines@example.test")


def write(stage: Stage, text: str, key: str = "SM1") -> int:
    inbound = InboundText(provider_id=key, from_=ROSA.phone, text=text)
    return receive_texts(practice_id=stage.practice_id, texts=[inbound], now=stage.now)


def test_stop_ends_texts_and_calls_while_e_mail_goes_on_under_its_own_consent() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")
    stage.run_until("2026-03-06T12:00")

    write(stage, "STOP")
    stage.run_until("2026-09-01T12:00")

    assert stage.sent() == [
        (1, "check_in", "text"),
        (14, "results", "e-mail"),
        (75, "rebook", "e-mail"),
        (90, "rebook", "e-mail"),
        (120, "reactivate", "e-mail"),
    ]


def test_stop_belongs_to_the_number_and_silences_everybody_who_shares_it() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")
    write(stage, "stop please")

    stage.visit("v2", "2026-03-10T14:00", "HydraFacial", client=DAUGHTER)
    stage.run_until("2026-04-20T12:00")

    assert "text" not in {channel for _, _, channel in stage.sent()}


def test_any_other_text_holds_the_automation_until_somebody_has_read_it() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")
    stage.run_until("2026-03-16T12:00")

    write(stage, "one brow is lower, is that ok?")
    stage.run_until("2026-03-18T12:00")
    assert stage.sent() == [(1, "check_in", "text")]
    assert [kind for kind, _ in stage.tasks()] == ["reply"]

    finish_replies(practice_id=stage.practice_id, client_id=rosa_id(stage), by="Hale", now=stage.now)
    stage.run_until("2026-03-20T12:00")

    assert stage.sent() == [(1, "check_in", "text"), (15, "results", "text"), (15, "results", "e-mail")]
    assert stage.tasks() == []


def test_the_same_text_delivered_twice_counts_once() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")

    assert (write(stage, "hello"), write(stage, "hello")) == (1, 0)
    assert len(stage.tasks()) == 1


def test_the_bleeding_wont_stop_is_no_opt_out() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")

    write(stage, "the bleeding won't stop")

    assert [kind for kind, _ in stage.tasks()] == ["reply"]


def test_a_consent_that_comes_with_a_new_visit_does_not_undo_a_stop() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")
    write(stage, "STOP")

    signed_anew = tuple(replace(c, granted_at=local("2026-03-10T13:00")) for c in ROSA.consents)
    stage.visit("v2", "2026-03-10T14:00", "HydraFacial", client=replace(ROSA, consents=signed_anew))
    stage.run_until("2026-04-20T12:00")

    assert {channel for _, _, channel in stage.sent()} == {"e-mail"}


def test_a_consent_that_staff_record_opens_a_number_again() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")
    write(stage, "STOP")

    note_consent(
        practice_id=stage.practice_id,
        client_id=rosa_id(stage),
        granted=[(Channel.SMS, Purpose.CARE)],
        evidence="paper form v3, binder 7",
        by="Kit",
        now=stage.now + timedelta(minutes=5),
    )
    stage.run_until("2026-03-06T12:00")

    assert stage.sent() == [(1, "check_in", "text")]


def test_a_consent_dated_in_the_future_stands_above_no_stop() -> None:
    stage = Stage.open("2026-03-02T08:00")
    misdated = tuple(replace(c, granted_at=local("2027-03-03T14:00")) for c in ROSA.consents)
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units", client=replace(ROSA, consents=misdated))
    stage.run_until("2026-03-06T12:00")

    assert stage.sent() == [(1, "check_in", "e-mail")]


def test_what_the_provider_took_for_a_stop_is_one_whatever_its_words() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")
    inbound = InboundText(provider_id="SM1", from_=ROSA.phone, text="arrête tout", opt_out_type="stop")
    receive_texts(practice_id=stage.practice_id, texts=[inbound], now=stage.now)
    stage.run_until("2026-03-06T12:00")

    assert stage.sent() == [(1, "check_in", "e-mail")]
    assert stage.tasks() == []


def test_an_address_that_unsubscribed_gets_no_marketing_for_anybody_who_shares_it() -> None:
    stage = Stage.open("2026-03-02T08:00")
    no_phone = replace(ROSA, phone="")
    stage.visit("v1", "2026-03-03T14:00", "HydraFacial", client=no_phone)
    sister = replace(no_phone, external_id="ines", first_name="Ines")
    stage.visit("v2", "2026-03-03T15:00", "HydraFacial", client=sister)

    unsubscribe(
        practice_id=stage.practice_id, client_id=rosa_id(stage), evidence="the link in message 1", now=stage.now
    )
    stage.run_until("2026-07-20T12:00")

    assert {function for _, function, _ in stage.sent(first_name="Ines")} == {"check_in", "results"}


def test_a_corrected_number_is_no_wrong_number_any_more() -> None:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units", client=replace(ROSA, email=""))
    rosa = rosa_id(stage)
    flag_client(practice_id=stage.practice_id, client_id=rosa, flag="wrong_number", by="Kit", now=stage.now)
    new_number = "+12075550177"
    at = stage.now + timedelta(minutes=5)
    update_contact(practice_id=stage.practice_id, client_id=rosa, phone=new_number, email="", by="Kit", now=at)
    note_consent(
        practice_id=stage.practice_id,
        client_id=rosa,
        granted=[(Channel.SMS, Purpose.CARE)],
        evidence="said at the desk, noted by Kit",
        by="Kit",
        now=at,
    )
    stage.run_until("2026-03-06T12:00")

    assert stage.sent() == [(1, "check_in", "text")]


def rosa_id(stage: Stage) -> int:
    with practice_scope(stage.practice_id):
        return Client.objects.get(practice=stage.practice_id, first_name="Rosa").pk
