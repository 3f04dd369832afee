"""At the moment of sending: shared numbers, numbers that changed hands, lists, and clients under age."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import pytest

from afterglow.actions.check_numbers import check_numbers
from afterglow.intake.numbers.contract import Answer, Kind, NumberAnswer
from afterglow.models import Client, Consent
from afterglow.models.scope import practice_scope
from tests.actions.providers import NOON, Provider, check_ins, practice_with_check_ins, send, states, tasks
from tests.actions.test_check_numbers import Told

pytestmark = pytest.mark.django_db
SHARED = "+12075550155"


def share_one_number(practice_id: int) -> None:
    with practice_scope(practice_id):
        clients = Client.objects.filter(practice=practice_id)
        clients.update(phone=SHARED)
        for client in clients:
            Consent.objects.create(
                practice_id=practice_id,
                client=client,
                address=SHARED,
                channel="sms",
                purpose="care",
                status="granted",
                evidence="",
                source="test",
                at=NOON - timedelta(days=9),
            )


def change(practice_id: int, **known: object) -> None:
    with practice_scope(practice_id):
        Client.objects.filter(practice=practice_id).update(**known)


def reassign(practice_id: int, phones: Collection[str], on: date) -> None:
    said = tuple(NumberAnswer(phone=phone, answer=Answer.YES, as_of_on=on) for phone in phones)
    check_numbers(practice_id=practice_id, lookup=Told(said, Kind.REASSIGNED), as_of=on, now=NOON)


def phones(practice_id: int) -> list[str]:
    with practice_scope(practice_id):
        return list(Client.objects.filter(practice=practice_id).values_list("phone", flat=True))


def test_one_batch_sends_no_more_to_a_shared_number_than_the_cap() -> None:
    practice_id, provider = practice_with_check_ins(clients=5), Provider()
    share_one_number(practice_id)
    send(practice_id, sms=provider)
    assert provider.count_per_number() == {SHARED: 3}
    held = [touch for touch in check_ins(practice_id) if touch.state != "sent"]
    assert len(held) == 2
    assert all("3 messages to one number in 24 hours" in touch.reason for touch in held)


def test_a_number_that_changed_hands_gets_no_text_and_staff_ask_for_the_new_one() -> None:
    practice_id, provider = practice_with_check_ins(clients=1), Provider()
    reassign(practice_id, phones(practice_id), NOON.date() + timedelta(days=1))
    send(practice_id, sms=provider)
    assert provider.sent == []
    assert states(practice_id) == ["skipped"]
    assert {kind for kind, _ in tasks(practice_id)} == {"review"}, "nobody is asked to call the new owner"


def test_whoever_is_under_age_hears_from_a_person() -> None:
    practice_id, provider = practice_with_check_ins(clients=1), Provider()
    change(practice_id, birth_on=date(NOON.year - 18, NOON.month, NOON.day) + timedelta(days=1))
    send(practice_id, sms=provider)
    assert provider.sent == []
    [(kind, reason)] = tasks(practice_id)
    assert (kind, reason) == (
        "call",
        "Please check in by phone. The client is under 18: no automatic messages.",
    )


def test_on_the_eighteenth_birthday_a_text_goes() -> None:
    practice_id, provider = practice_with_check_ins(clients=1), Provider()
    change(practice_id, birth_on=date(NOON.year - 18, NOON.month, NOON.day))
    assert send(practice_id, sms=provider) == 1


def test_care_goes_on_to_a_number_on_a_do_not_call_list() -> None:
    practice_id, provider = practice_with_check_ins(clients=1), Provider()
    said = tuple(NumberAnswer(phone=p, answer=Answer.YES, as_of_on=NOON.date()) for p in phones(practice_id))
    check_numbers(practice_id=practice_id, lookup=Told(said), as_of=NOON.date(), now=NOON)
    assert send(practice_id, sms=provider) == 1
