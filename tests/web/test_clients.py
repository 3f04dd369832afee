from __future__ import annotations

from urllib.parse import quote

import pytest
from django.test import Client as Browser

from afterglow.actions.address_faults import NewFault, mark_addresses
from afterglow.models import AddressFault, Client, ClientFlag, Message, MessageEvent, Plan, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from tests.world import NOW, ROSA_PHONE, World


def planned(world: World, client_id: int) -> list[int]:
    with practice_scope(world.practice_id):
        touches = Touch.objects.filter(client=client_id, state=Touch.State.PLANNED).order_by("due_at")
        return list(touches.values_list("pk", flat=True))


@pytest.mark.parametrize("typed", ["ros", "alv", "Rosa Alvarez", "alvarez rosa", "0101", "(207) 555-0101", "ROSA@"])
def test_a_client_is_found_by_whatever_the_desk_knows(kit: Browser, typed: str) -> None:
    rows = kit.get("/clients/", {"q": typed}).context["found"].rows
    assert "Rosa Alvarez" in [row.name for row in rows]
    assert "Dana Whitfield" not in [row.name for row in rows]


def test_what_is_typed_can_be_posted_so_that_no_address_holds_it(kit: Browser) -> None:
    part = kit.post("/clients/", {"q": "ros"}, headers={"HX-Request": "true"}).content.decode()
    assert "Rosa Alvarez" in part
    assert "<html" not in part


def test_a_row_says_where_the_client_is_and_what_comes_next(kit: Browser) -> None:
    rows = {row.name: row for row in kit.get("/clients/").context["found"].rows}
    assert rows["Rosa Alvarez"].last_visit == "Botox · day 1"
    assert rows["Rosa Alvarez"].next_message.function == "Check-in"
    assert rows["Dana Whitfield"].is_stopped
    assert rows["Rosa Alvarez"].is_waiting


def test_nobody_found_says_how_people_are_found(kit: Browser) -> None:
    assert "Names are found from their first letters" in kit.get("/clients/", {"q": "zzz"}).content.decode()


def test_the_line_of_time_says_why_each_message_goes_or_not(kit: Browser, world: World) -> None:
    kit.post(f"/clients/{world.rosa_id}/reading/")
    page = kit.get(f"/clients/{world.rosa_id}/").content.decode()
    assert "Will go by text and e-mail: day 14 after the visit on 9 March 2027." in page
    dana = kit.get(f"/clients/{world.dana_id}/").content.decode()
    assert "Will not go: the client stopped texts on 10 March 2027" in dana
    assert "No texts" in dana


def test_a_waiting_reply_holds_the_messages_and_says_so(kit: Browser, world: World) -> None:
    page = kit.get(f"/clients/{world.rosa_id}/").content.decode()
    assert "Waits: the client wrote and waits for a person&#x27;s answer." in page


def test_one_message_is_stopped_and_taken_back(kit: Browser, world: World) -> None:
    first, *rest = planned(world, world.rosa_id)
    page = kit.post(f"/messages/{first}/stop/", follow=True).content.decode()
    assert "Stopped: stopped by kit." in page
    assert planned(world, world.rosa_id) == rest
    kit.post(f"/clients/{world.rosa_id}/resumption/?at={quote(NOW.isoformat())}")
    assert planned(world, world.rosa_id) == [first, *rest]


def test_all_messages_are_stopped_and_taken_back(kit: Browser, world: World) -> None:
    before = planned(world, world.rosa_id)
    kit.post(f"/clients/{world.rosa_id}/stop/")
    assert planned(world, world.rosa_id) == []
    with practice_scope(world.practice_id):
        assert not Plan.objects.filter(client=world.rosa_id, state=Plan.State.ACTIVE).exists()
    kit.post(f"/clients/{world.rosa_id}/resumption/?at={quote(NOW.isoformat())}")
    assert planned(world, world.rosa_id) == before


def test_a_mark_changes_what_is_sent(kit: Browser, world: World) -> None:
    kit.post(f"/clients/{world.rosa_id}/marks/", {"flag": "do_not_contact"})
    assert "Will not go: the client is marked “do not contact”." in kit.get(
        f"/clients/{world.rosa_id}/"
    ).content.decode().replace("&#x27;", "'")
    kit.post(f"/clients/{world.rosa_id}/marks/do_not_contact/removal/")
    with practice_scope(world.practice_id):
        assert not ClientFlag.objects.exists()


def test_an_invented_mark_is_refused(kit: Browser, world: World) -> None:
    page = kit.post(f"/clients/{world.rosa_id}/marks/", {"flag": "rich"}, follow=True).content.decode()
    assert "Choose a mark from the list." in page


def test_text_of_clients_is_shown_as_text(kit: Browser, world: World) -> None:
    with practice_scope(world.practice_id):
        Client.objects.filter(pk=world.rosa_id).update(last_name="<script>alert(1)</script>")
    assert "<script>alert" not in kit.get(f"/clients/{world.rosa_id}/").content.decode()


def test_contact_data_is_corrected_at_the_desk(kit: Browser, world: World) -> None:
    kit.post(f"/clients/{world.rosa_id}/contact/", {"phone": "(207) 555-0190", "email": "Rosa@Example.test"})
    with practice_scope(world.practice_id):
        rosa = Client.objects.get(pk=world.rosa_id)
    assert (rosa.phone, rosa.email) == ("+12075550190", "rosa@example.test")


def test_a_number_that_cannot_exist_is_refused_beside_its_field(kit: Browser, world: World) -> None:
    answer = kit.post(f"/clients/{world.rosa_id}/contact/", {"phone": "12", "email": ""})
    assert answer.status_code == 422
    assert 'id="phone-error"' in answer.content.decode()


def test_a_consent_needs_its_evidence(kit: Browser, world: World) -> None:
    form = {"granted": ["voice voice"], "evidence": ""}
    answer = kit.post(f"/clients/{world.rosa_id}/consents/", form)
    assert answer.status_code == 422
    assert "Say what proves it" in answer.content.decode()
    kit.post(f"/clients/{world.rosa_id}/consents/", form | {"evidence": "Form v4, binder 2"})
    page = kit.get(f"/clients/{world.rosa_id}/")
    assert "Voice messages" in [p.label for p in page.context["line"].permissions if p.is_given]
    assert "Evidence: Form v4, binder 2." in page.content.decode()


def test_a_dead_number_says_why_and_is_tried_again_when_somebody_knows_better(kit: Browser, world: World) -> None:
    with practice_scope(world.practice_id):
        fault = NewFault(channel=Channel.SMS, address=ROSA_PHONE, kind="invalid_address", code="30006")
        mark_addresses(practice_id=world.practice_id, faults=[fault], now=NOW)
        marked = AddressFault.objects.get(practice=world.practice_id)
    page = kit.get(f"/clients/{world.rosa_id}/").content.decode()
    assert "The number is a landline." in page

    page = kit.post(f"/clients/{world.rosa_id}/faults/{marked.pk}/clearance/", follow=True).content.decode()
    assert "is a landline" not in page
    assert "Texts to the number may be tried again" in page
    assert (
        "It is tried again already."
        in kit.post(f"/clients/{world.rosa_id}/faults/{marked.pk}/clearance/", follow=True).content.decode()
    )


def test_a_message_says_how_far_it_got_and_what_the_client_did_with_it(kit: Browser, world: World) -> None:
    with practice_scope(world.practice_id):
        message = Message.objects.create(
            practice_id=world.practice_id,
            client_id=world.rosa_id,
            direction=Message.Direction.OUT,
            channel="email",
            address="rosa@example.test",
            body="Hi Rosa",
            status=Message.Status.DELIVERED,
            at=NOW,
        )
        for kind in ("delivered", "opened", "clicked"):
            MessageEvent.objects.create(practice_id=world.practice_id, message=message, kind=kind, at=NOW)
    assert "E-mail, delivered, link opened," in kit.get(f"/clients/{world.rosa_id}/").content.decode()


def test_the_desk_is_told_what_to_ask_about_at_the_next_visit(kit: Browser, world: World) -> None:
    with practice_scope(world.practice_id):
        Client.objects.filter(pk=world.rosa_id).update(phone="+12075550188")
    page = kit.get(f"/clients/{world.rosa_id}/").content.decode()
    assert "ask about: Texts about care, Marketing texts." in page
    dana = kit.get(f"/clients/{world.dana_id}/").content.decode()
    assert "ask about" not in dana  # she said STOP: nobody urges her
