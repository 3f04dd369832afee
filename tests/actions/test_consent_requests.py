"""A number that must answer YES: what counts before, what its answer changes, and what ends it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from afterglow.actions.asked_consent import Asked
from afterglow.actions.confirm_request import confirm_requests
from afterglow.actions.erase_client import erase_client
from afterglow.actions.keep_wordings import keep_wordings
from afterglow.actions.receive_texts import receive_texts
from afterglow.actions.record_visits import record_visits
from afterglow.actions.take_consent import WAITS_FOR, Next, Taken, take_consent
from afterglow.channels.receipts import InboundText
from afterglow.models import Client, Consent, ConsentRequest, LedgerEntry, Notice, Practice, Task
from afterglow.models.scope import practice_scope
from afterglow.models.standing import standing_consents
from afterglow.models.wordings import current_wordings
from afterglow.rules.consent_texts import Offer
from afterglow.rules.facts import Channel, Purpose
from tests.world import DANA_PHONE, NOW, ROSA_PHONE, World, build_world, visit

NEW = "+12075550177"
CARE, MARKETING = (Channel.SMS, Purpose.CARE), (Channel.SMS, Purpose.MARKETING)


@pytest.fixture
def world(db: None) -> World:
    return build_world(now=NOW)


def ask(
    world: World,
    *offers: Offer,
    phone: str = NEW,
    name: tuple[str, str] = ("Ines", "Moreau"),
    must_confirm: bool = True,
    at: datetime = NOW,
) -> Taken:
    with practice_scope(world.practice_id):
        wordings = current_wordings(Practice.objects.get(pk=world.practice_id), "en", offers)
        keep_wordings(practice_id=world.practice_id, wordings=wordings.values(), now=at)
    asked = Asked(
        first_name=name[0],
        last_name=name[1],
        phone=phone,
        email="",
        language="en",
        ticked={offer: wordings[offer].digest for offer in offers},
        source="form",
        evidence="Consent form abc",
        at=at,
        ip="192.0.2.7",
        agent="Pocket/1.0",
    )
    return take_consent(practice_id=world.practice_id, asked=asked, must_confirm=must_confirm, now=at)


def write(world: World, text: str, *, phone: str = NEW, at: datetime = NOW + timedelta(minutes=2)) -> None:
    message = InboundText(provider_id=f"in-{phone}-{at.isoformat()}-{text}", from_=phone, text=text)
    receive_texts(practice_id=world.practice_id, texts=[message], now=at)


def said_on_form(world: World, phone: str = NEW) -> list[Consent]:
    with practice_scope(world.practice_id):
        return list(Consent.objects.filter(address=phone, source="form").order_by("pk"))


def allowed(world: World, phone: str) -> dict[str, frozenset[tuple[Channel, Purpose]]]:
    with practice_scope(world.practice_id):
        clients = list(Client.objects.filter(practice=world.practice_id, phone=phone))
        standing = standing_consents(Practice.objects.get(pk=world.practice_id), clients)
        return {client.first_name: standing[client.pk].granted for client in clients}


def notices(world: World, kind: str, phone: str = NEW) -> list[str]:
    with practice_scope(world.practice_id):
        planned = Notice.objects.filter(address=phone, kind=kind, state=Notice.State.PLANNED)
        return list(planned.values_list("body", flat=True))


@pytest.mark.parametrize("answer", ["YES", "Yes!", "SI", "Start"])
def test_yes_makes_it_a_consent_with_both_proofs(world: World, answer: str) -> None:
    assert ask(world, Offer.CARE_TEXTS, Offer.MARKETING_TEXTS).next is Next.ANSWER_YES
    assert said_on_form(world) == []
    write(world, answer)
    said = said_on_form(world)
    assert {(c.channel, c.purpose) for c in said} == {("sms", "care"), ("sms", "marketing")}
    assert all("Consent form abc" in c.evidence and "confirmed it by text (message" in c.evidence for c in said)
    assert len(notices(world, "opt_in_confirmation")) == 1
    with practice_scope(world.practice_id):
        assert LedgerEntry.objects.filter(text_digest__in=[c.text_digest for c in said]).count() == 2
        [request] = ConsentRequest.objects.all()
    assert (request.answer, bytes(request.sealed)) == ("yes", b"")


def test_a_second_yes_answers_nothing(world: World) -> None:
    ask(world, Offer.CARE_TEXTS)
    assert confirm_requests(practice_id=world.practice_id, phone=NEW, now=NOW)
    assert not confirm_requests(practice_id=world.practice_id, phone=NEW, now=NOW)
    assert len(said_on_form(world)) == 1


def test_a_yes_that_comes_too_late_is_no_consent(world: World) -> None:
    ask(world, Offer.CARE_TEXTS)
    late = NOW + WAITS_FOR + timedelta(minutes=1)
    assert not confirm_requests(practice_id=world.practice_id, phone=NEW, now=late)
    assert said_on_form(world) == []


def test_stop_ends_the_request_for_good(world: World) -> None:
    ask(world, Offer.CARE_TEXTS)
    write(world, "STOP")
    write(world, "YES", at=NOW + timedelta(minutes=3))
    assert said_on_form(world) == []
    with practice_scope(world.practice_id):
        assert ConsentRequest.objects.get().answer == "stop"


def test_a_number_is_asked_once_a_day_and_one_yes_answers_every_request(world: World) -> None:
    assert ask(world, Offer.CARE_TEXTS).next is Next.ANSWER_YES
    assert ask(world, Offer.MARKETING_TEXTS, at=NOW + timedelta(minutes=5)).next is Next.ANSWER_EARLIER
    assert len(notices(world, "double_opt_in")) == 1
    write(world, "YES", at=NOW + timedelta(minutes=9))
    assert {c.purpose for c in said_on_form(world)} == {"care", "marketing"}
    assert len(notices(world, "opt_in_confirmation")) == 1


def test_a_stopped_number_opens_itself_by_start_and_is_not_written_to_before(world: World) -> None:
    taken = ask(world, Offer.CARE_TEXTS, phone=DANA_PHONE, name=("Dana", "Whitfield"), must_confirm=False)
    assert taken.next is Next.SEND_START
    assert notices(world, "double_opt_in", DANA_PHONE) == []
    assert allowed(world, DANA_PHONE)["Dana"] == frozenset()
    write(world, "START", phone=DANA_PHONE)
    assert allowed(world, DANA_PHONE)["Dana"] == {CARE}


def test_somebody_new_is_known_as_soon_as_a_visit_is_reported(world: World) -> None:
    assert ask(world, Offer.CARE_TEXTS, must_confirm=False).client_id is None
    first = visit("N-1", "Ines", "Moreau", NEW, "Botox 20u", ended_at=NOW - timedelta(hours=2), is_marketing=False)
    record_visits(practice_id=world.practice_id, source="csv", reports=[first], now=NOW)
    ask(world, Offer.MARKETING_TEXTS, must_confirm=False)
    assert MARKETING in allowed(world, NEW)["Ines"]
    assert said_on_form(world)[-1].client_id is not None


def test_of_two_people_at_one_number_only_the_one_who_signed_agreed(world: World) -> None:
    other = visit("N-2", "Theo", "Alvarez", ROSA_PHONE, "HydraFacial", ended_at=NOW, is_marketing=False)
    record_visits(practice_id=world.practice_id, source="till", reports=[other], now=NOW)
    ask(world, Offer.VOICE, phone=ROSA_PHONE, name=("Theo", "Alvarez"), must_confirm=False)
    assert (Channel.VOICE, Purpose.VOICE) in allowed(world, ROSA_PHONE)["Theo"]
    assert (Channel.VOICE, Purpose.VOICE) not in allowed(world, ROSA_PHONE)["Rosa"]


def test_another_name_at_a_clients_number_is_put_before_people_once(world: World) -> None:
    for offer in (Offer.CARE_TEXTS, Offer.VOICE):
        ask(world, offer, phone=ROSA_PHONE, name=("Otto", "Unknown"), must_confirm=False)
    with practice_scope(world.practice_id):
        assert Task.objects.filter(client=world.rosa_id, reason__contains="under another name").count() == 1


def test_what_nobody_answered_is_forgotten(world: World) -> None:
    ask(world, Offer.CARE_TEXTS)
    ask(world, Offer.CARE_TEXTS, phone=ROSA_PHONE, name=("Rosa", "Alvarez"), at=NOW + timedelta(days=3))
    with practice_scope(world.practice_id):
        assert bytes(ConsentRequest.objects.get(phone=NEW).sealed) == b""
    ask(world, Offer.CARE_TEXTS, phone=ROSA_PHONE, name=("Rosa", "Alvarez"), at=NOW + timedelta(days=10))
    with practice_scope(world.practice_id):
        assert not ConsentRequest.objects.filter(phone=NEW).exists()


def test_the_form_does_not_wake_the_number_of_somebody_who_stopped_and_was_erased(world: World) -> None:
    erase_client(practice_id=world.practice_id, client_id=world.dana_id, by="juno", now=NOW)
    taken = ask(world, Offer.CARE_TEXTS, phone=DANA_PHONE, at=NOW + timedelta(days=1))
    assert taken.next is Next.SEND_START
    with practice_scope(world.practice_id):
        assert not Notice.objects.filter(address=DANA_PHONE).exists()
