"""Check a text: what is wrong in plain words, what it costs, what a stranger reads, and one click to repair it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client as Browser

from afterglow.models import Message, Practice
from afterglow.models.scope import practice_scope
from tests.world import World

GOOD = (
    'Hi {{ client.first_name | default: "there" }}, it\'s {{ practice.name }}. How is your skin today? Reply any time.'
)


def checked(browser: Browser, text: str, **fields: str) -> str:
    answer = browser.post("/texts/", {"text": text, "function": "check_in", "channel": "sms", **fields})
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def written(page: str) -> str:
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert found
    return found[1]


def test_a_good_text_is_said_to_be_one(kit: Browser) -> None:
    page = checked(kit, GOOD)

    assert "Nothing to correct" in page
    assert "Hi Marisol, it's Juniper Skin Studio. How is your skin today? Reply any time." in page
    assert "1 part" in page


def test_each_finding_says_what_is_wrong_where_and_what_to_do(kit: Browser) -> None:
    page = checked(kit, "{{ practice.name }}: how is your filler? See bit.ly/x")

    assert "2 things to correct" in page
    assert "A text shows on a locked phone" in page
    assert '<p class="quote">filler</p>' in page
    assert '<p class="quote">bit.ly</p>' in page
    assert "Use the whole address" in page


def test_length_alphabet_and_cost_are_those_of_the_filled_in_text(kit: Browser) -> None:
    page = checked(kit, GOOD + " 😀", price="0.01")

    assert re.search(r"80 of 70 places, 2 parts", page)
    assert "only 70 places a part" in page
    assert "$20.00" in page


def test_one_click_makes_the_signs_plain_and_says_what_changed(kit: Browser) -> None:
    text = "{{ practice.name }}: it’s going well… isn’t it, José Ángel?"
    page = checked(kit, text, repair="signs")

    assert written(page) == "{{ practice.name }}: it's going well... isn't it, José Ángel?"
    assert "(2 times)" in page
    assert "Take accents off too" in page
    assert "isn't it, José Angel?" in written(checked(kit, text, repair="accents"))


def test_the_locked_phone_shows_the_beginning_of_a_text_and_nothing_of_a_call(kit: Browser) -> None:
    long = checked(kit, "{{ practice.name }}: how are you? " + "Rest well. " * 30)
    [note] = re.findall(r'class="lock-note">.*?<p>(.*?)</p>', long, re.DOTALL)
    assert note.startswith("Juniper Skin Studio: how are you?")
    assert len(note) <= 151

    call = checked(kit, "{{ practice.name }} here. Call {{ practice.phone }}.", channel="voice")
    assert "Missed call" in call


def test_an_email_has_its_subject_beside_it(kit: Browser) -> None:
    page = checked(kit, "{{ practice.name }}: how are you?", channel="email", subject="HOW ARE YOU")

    assert "This shouts." in page
    assert "<strong>HOW ARE YOU</strong>" in page


def test_a_practice_that_names_treatments_may(kit: Browser, world: World) -> None:
    text = "{{ practice.name }}: how is your skin after {{ treatment.name }}?"
    assert "A text shows on a locked phone" in checked(kit, text)
    with practice_scope(world.practice_id):
        Practice.objects.filter(pk=world.practice_id).update(has_named_treatments=True)
    assert "Nothing to correct" in checked(kit, text)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"text": ""}, "Paste or write a text first."),
        ({"text": "x" * 20_001}, "at most 20,000 characters"),
        ({"price": "cheap"}, "Write a price in dollars"),
        ({"price": "-1"}, "cannot be below 0"),
    ],
)
def test_what_cannot_be_checked_is_said_and_the_text_stays(kit: Browser, fields: dict[str, str], says: str) -> None:
    form = {"text": GOOD, "function": "check_in", "channel": "sms", **fields}
    answer = kit.post("/texts/", form)
    page = unescape(answer.content.decode())

    assert answer.status_code == 422
    assert says in page
    assert written(page) == form["text"]


@pytest.mark.parametrize(
    "text", ["{{ client.", "{% if", "{% for x in y %}", "<script>alert(1)</script>", "\x00", "⟦a⟧"]
)
def test_any_text_can_be_checked(kit: Browser, text: str) -> None:
    answer = kit.post("/texts/", {"text": text, "function": "rebook", "channel": "email"})

    assert answer.status_code in (200, 422)
    assert "<script>alert" not in answer.content.decode()


def test_nothing_is_kept(kit: Browser, world: World) -> None:
    with practice_scope(world.practice_id):
        before = Message.objects.count()
    checked(kit, GOOD)

    with practice_scope(world.practice_id):
        assert Message.objects.count() == before
    assert GOOD not in unescape(kit.get("/texts/").content.decode())
