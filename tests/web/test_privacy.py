"""The owner sees how long things are kept and who looked at what, and changes what may be changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client as Browser

from afterglow.actions.note_look import note_look
from afterglow.actions.set_consent_form import open_form
from afterglow.models import Consent, ConsentText, Look, Practice, Retention
from afterglow.models.scope import practice_scope
from tests.world import NOW, ROSA_PHONE, World

SignIn = Callable[[str], Browser]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def shown(browser: Browser, address: str = "/privacy/") -> str:
    return words(browser.get(address).content.decode())


@pytest.mark.parametrize("name", ["kit", "hale"])
@pytest.mark.parametrize(
    ("way", "address"),
    [
        ("get", "/privacy/"),
        ("post", "/privacy/retention/raw_events/"),
        ("post", "/privacy/treatment-names/"),
        ("get", "/clients/{rosa}/erasure/"),
        ("post", "/clients/{rosa}/erasure/"),
        ("post", "/clients/{rosa}/export/"),
    ],
)
def test_only_the_owner_may(sign_in: SignIn, world: World, name: str, way: str, address: str) -> None:
    answer = getattr(sign_in(name), way)(address.format(rosa=world.rosa_id), {"days": "20", "sure": "yes"})
    assert answer.status_code == 403
    with practice_scope(world.practice_id):
        assert not Retention.objects.exists()


def test_everything_kept_stands_there_with_its_time_and_its_reason(owner: Browser) -> None:
    page = shown(owner)
    for part in ("30 days", "90 days", "6 years", "10 years", "For good", "164.316(b)(2)", "28 USC 1658"):
        assert part in page


def test_the_owner_chooses_a_longer_time(owner: Browser, world: World) -> None:
    assert owner.post("/privacy/retention/raw_events/", {"days": "180"}).status_code == 302
    assert "180 days" in shown(owner)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ("10", "must be kept for at least 6 years"),
        ("a week", "Write a number of days"),
        ("-3", "Write a number of days"),
        ("", "Write a number of days"),
        ("99999", "hundred years"),
        ("٣٠", "Write a number of days"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(owner: Browser, world: World, days: str, sentence: str) -> None:
    answer = owner.post("/privacy/retention/messages/", {"days": days})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in words(page)
    assert 'aria-invalid="true" aria-describedby="days-messages-error"' in page
    with practice_scope(world.practice_id):
        assert not Retention.objects.exists()


def test_an_unknown_kind_is_at_no_address(owner: Browser) -> None:
    assert owner.post("/privacy/retention/ledger/", {"days": "1"}).status_code == 404


def test_who_looked_at_what_is_told_newest_first_and_in_pages(owner: Browser, world: World) -> None:
    for number in range(30):
        note_look(
            practice_id=world.practice_id,
            kind="evidence",
            client_id=world.rosa_id,
            by=f"person{number}",
            now=NOW - timedelta(hours=number),
        )
    page = shown(owner)
    assert page.index("person0 ") < page.index("person1 ") < page.index("person24 ")
    assert "Scan of a signed paper: Rosa Alvarez" in page
    assert "person25" not in page
    assert "person29" in shown(owner, "/privacy/?page=2")


def test_the_locked_phone_is_shown_either_way_and_the_choice_counts(owner: Browser, world: World) -> None:
    page = shown(owner)
    assert "after your visit?" in page
    assert "after your Botox?" in page
    owner.post("/privacy/treatment-names/", {"named": "yes"})
    with practice_scope(world.practice_id):
        assert Practice.objects.get(pk=world.practice_id).has_named_treatments
    owner.post("/privacy/treatment-names/", {"named": "no"})
    with practice_scope(world.practice_id):
        assert not Practice.objects.get(pk=world.practice_id).has_named_treatments


def test_it_says_how_many_know_that_texts_are_not_encrypted(owner: Browser, world: World) -> None:
    assert "0 of 3 clients" in shown(owner)
    with practice_scope(world.practice_id):
        open_form(practice_id=world.practice_id, now=NOW)
        ConsentText.objects.create(
            practice_id=world.practice_id, purpose="care_texts", version=9, text="Texts are open", digest="9f",
            created_at=NOW,
        )  # fmt: skip
        Consent.objects.create(
            practice_id=world.practice_id, client_id=world.rosa_id, address=ROSA_PHONE, channel="sms", purpose="care",
            status="granted", evidence="form", source="form", text_digest="9f", at=NOW,
        )  # fmt: skip
    assert "1 of 3 clients" in shown(owner)


def test_another_practices_looks_are_not_shown(owner: Browser, world: World) -> None:
    with practice_scope(world.other_practice_id):
        Look.objects.create(practice_id=world.other_practice_id, kind="proof", by="vic", at=NOW)
    assert "Nobody yet." in shown(owner)


def test_health_leads_the_owner_there_and_nobody_else(owner: Browser, kit: Browser) -> None:
    assert 'href="/privacy/"' in owner.get("/health/").content.decode()
    assert 'href="/privacy/"' not in kit.get("/health/").content.decode()
