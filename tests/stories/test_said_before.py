"""What somebody said once goes on counting: after a new visit, under a new name, and after everything was erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from afterglow.actions.keep_ledger import NewConsent, enter_consents
from afterglow.actions.record_visits import record_visits
from afterglow.actions.remember_stops import SOURCE
from afterglow.actions.update_client import note_consent, update_contact
from afterglow.models import Client, Consent, Practice, SubjectKey
from afterglow.models.ended import ended_at
from afterglow.models.scope import practice_scope
from afterglow.models.standing import Standing, standing_consents
from afterglow.queries.ledger import verify_ledger
from afterglow.rules.facts import Channel, Purpose
from tests.world import DANA_PHONE, NOW, World, build_world, client_id, visit

LATER = NOW + timedelta(days=30)
TEXTS = {(Channel.SMS, Purpose.CARE), (Channel.SMS, Purpose.MARKETING)}


@pytest.fixture
def world(db: None) -> World:
    return build_world()


def test_a_number_that_stopped_stays_stopped_when_it_comes_back_with_another_client(world: World) -> None:
    report(world, "Dina")
    standing = standing_of(world, "Dina")
    assert standing.opted_out_at is not None
    assert not standing.granted & TEXTS


def test_a_consent_recorded_by_a_person_opens_it_again(world: World) -> None:
    note_consent(
        practice_id=world.practice_id,
        client_id=world.dana_id,
        granted=[(Channel.SMS, Purpose.CARE)],
        evidence="Form 4, signed today",
        by="kit",
        now=LATER,
    )
    standing = standing_of(world, "Dana")
    assert standing.opted_out_at is None
    assert standing.granted & TEXTS == {(Channel.SMS, Purpose.CARE)}


def test_offers_that_were_ended_are_not_opened_by_a_new_visit_while_care_goes_on(world: World) -> None:
    phone = "+12075550120"
    report(world, "Noa", phone)
    consent = NewConsent(
        client_id=None,
        address=phone,
        channel=Channel.SMS,
        purpose=Purpose.MARKETING,
        status=Consent.Status.REVOKED,
        source="reply",
        evidence="no more offers please",
        at=LATER,
    )
    with practice_scope(world.practice_id):
        enter_consents(practice_id=world.practice_id, consents=[consent], now=LATER)
    report(world, "Noa", phone, granted_at=LATER + timedelta(days=1))
    assert standing_of(world, "Noa").granted & TEXTS == {(Channel.SMS, Purpose.CARE)}
    with practice_scope(world.practice_id):  # so saying it again is no news, and is not confirmed again
        assert ended_at(world.practice_id, [phone])[phone] == {(Channel.SMS, Purpose.MARKETING)}


@pytest.mark.parametrize("is_corrected", [False, True], ids=["by a new visit", "by a correction"])
def test_the_stop_of_somebody_erased_counts_when_the_number_comes_back(world: World, is_corrected: bool) -> None:
    erase(world, world.dana_id)
    if is_corrected:
        rosa = world.rosa_id
        update_contact(practice_id=world.practice_id, client_id=rosa, phone=DANA_PHONE, email="", by="kit", now=LATER)
        standing = standing_of(world, "Rosa")
    else:
        report(world, "Dina")
        standing = standing_of(world, "Dina")
    assert standing.opted_out_at is not None
    assert not standing.granted & TEXTS
    with practice_scope(world.practice_id):
        assert Consent.objects.filter(address=DANA_PHONE, source=SOURCE).count() == 4
        assert not list(verify_ledger(world.practice_id))
    report(world, "Dora")
    with practice_scope(world.practice_id):
        assert Consent.objects.filter(address=DANA_PHONE, source=SOURCE).count() == 4


def report(world: World, name: str, phone: str = DANA_PHONE, *, granted_at: datetime = NOW) -> None:
    """A visit, with consents that the booking system claims."""
    seen = visit(f"{name}-{granted_at}", name, "Other", phone, "Botox 20u", ended_at=LATER)
    agreed = tuple(replace(consent, granted_at=granted_at) for consent in seen.client.consents)
    seen = replace(seen, client=replace(seen.client, consents=agreed))
    record_visits(practice_id=world.practice_id, source="csv", reports=[seen], now=LATER + timedelta(days=2))


def erase(world: World, whom: int) -> None:
    """As erasing does: the keys are destroyed, and every word that names the client or the number is gone."""
    with practice_scope(world.practice_id):
        Consent.objects.filter(address=DANA_PHONE).delete()
        Client.objects.filter(pk=whom).update(
            first_name="", last_name="", phone="", email="", identity="", erased_at=NOW
        )
        SubjectKey.objects.filter(client=whom).update(key_sealed=None, destroyed_at=NOW, destroyed_by="hale")
        SubjectKey.objects.filter(client=None).update(key_sealed=None, destroyed_at=NOW, destroyed_by="hale")


def standing_of(world: World, name: str) -> Standing:
    whom = client_id(world.practice_id, name)
    with practice_scope(world.practice_id):
        client = Client.objects.get(pk=whom)
        return standing_consents(Practice.objects.get(pk=world.practice_id), [client])[whom]
