"""What clients write back takes effect at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from afterglow.actions.receive_texts import InboundText, finish_replies, receive_texts
from afterglow.models import Client
from afterglow.models.scope import practice_scope
from tests.stories.stage import ROSA, Stage

pytestmark = pytest.mark.django_db
DAUGHTER = replace(ROSA, external_id="ines", first_name="Ines", email="ines@example.test")


def write(stage: Stage, text: str, key: str = "SM1") -> int:
    inbound = InboundText(provider_id=key, phone=ROSA.phone, text=text)
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

    with practice_scope(stage.practice_id):
        rosa = Client.objects.get(practice=stage.practice_id, first_name="Rosa").pk
    finish_replies(practice_id=stage.practice_id, client_id=rosa, by="Hale", now=stage.now)
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
