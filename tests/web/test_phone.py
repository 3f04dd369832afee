from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from operator import add

from django.test import Client as Browser

from afterglow.actions.open_senders import open_senders
from afterglow.actions.receive_texts import finish_replies
from afterglow.actions.send_touches import send_touches
from afterglow.models import Message, Practice
from afterglow.models.scope import practice_scope
from tests.world import NOW, World


def send_for(world: World, days: int) -> None:
    finish_replies(practice_id=world.practice_id, client_id=world.rosa_id, by="kit", now=NOW)
    senders = open_senders(practice_id=world.practice_id)
    for hours in range(0, days * 24, 3):
        clock = partial(add, NOW, timedelta(hours=hours))
        send_touches(practice_id=world.practice_id, senders=senders, clock=clock)


def test_the_phone_shows_what_the_client_received(kit: Browser, world: World) -> None:
    send_for(world, days=15)
    page = kit.get(f"/phone/{world.rosa_id}/")
    texts = [bubble.text for bubble in page.context["phone"].bubbles]
    assert any("How are you feeling" in text for text in texts)
    assert page.context["phone"].latest.text == texts[-1]
    assert [letter.subject for letter in page.context["phone"].letters] == ["Two weeks on: this is your result"]


def test_answering_as_the_client_puts_somebody_on_todays_list(kit: Browser, world: World) -> None:
    kit.post(f"/phone/{world.rosa_id}/texts/", {"text": "Can I go running tomorrow?"})
    assert "Can I go running tomorrow?" in kit.get(f"/phone/{world.rosa_id}/").content.decode()
    assert "Can I go running tomorrow?" in kit.get("/").content.decode()


def test_a_text_arrives_whatever_is_in_it(kit: Browser, world: World) -> None:
    kit.post(f"/phone/{world.rosa_id}/texts/", {"text": "It hurts\0 <b>here</b> 😀 یہاں " + "!" * 5000})
    page = kit.get("/").content.decode()
    assert "It hurts &lt;b&gt;here&lt;/b&gt; 😀 یہاں" in page


def test_the_same_words_twice_are_two_texts(kit: Browser, world: World) -> None:
    for _ in range(2):
        kit.post(f"/phone/{world.rosa_id}/texts/", {"text": "Hello?"})
    with practice_scope(world.practice_id):
        assert Message.objects.filter(body="Hello?").count() == 2


def test_an_email_opens_as_it_arrived_in_a_frame_that_may_do_nothing(kit: Browser, world: World) -> None:
    send_for(world, days=15)
    [letter] = kit.get(f"/phone/{world.rosa_id}/").context["phone"].letters
    frame = f"/phone/{world.rosa_id}/mail/{letter.message_id}/body/"
    assert frame in kit.get(f"/phone/{world.rosa_id}/mail/{letter.message_id}/").content.decode()
    body = kit.get(frame)
    assert "Two weeks" in body.content.decode() or "two weeks" in body.content.decode()
    assert "default-src 'none'" in body["Content-Security-Policy"]


def test_only_a_demo_has_a_phone(kit: Browser, sign_in: Callable[[str], Browser], world: World) -> None:
    with practice_scope(world.practice_id):
        Practice.objects.filter(pk=world.practice_id).update(is_demo=False)
    assert kit.get("/phone/").status_code == 404
    assert kit.get(f"/phone/{world.rosa_id}/").status_code == 404
    assert ">Phone<" not in kit.get("/").content.decode()


def test_a_stop_is_confirmed_on_the_phone_at_once_and_once(kit: Browser, world: World) -> None:
    for _ in range(2):
        page = kit.post(f"/phone/{world.rosa_id}/texts/", {"text": "STOP"}, follow=True).content.decode()

    assert page.count('<li class="bubble yours">Juniper Skin Studio: You are unsubscribed') == 1
