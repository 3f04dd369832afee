"""The public consent form: what a client sees, what is recorded, and what is not."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.test import RequestFactory
from django.utils import timezone

from afterglow.actions.accept_form import POSTS_AN_HOUR
from afterglow.actions.keep_wordings import edit_wording
from afterglow.models import Consent, ConsentForm, ConsentRequest, ConsentText, Notice, Practice
from afterglow.models.scope import practice_scope
from afterglow.rules.consent_texts import Offer, digest_of
from afterglow.web.caller import network_address
from tests.world import DANA_PHONE, NOW, ROSA_PHONE, World

NEW_PHONE = "+12075550177"
EVERYTHING = ["care_texts", "marketing_texts", "marketing_email"]
TYPED = {
    "first_name": "Ines",
    "last_name": "Moreau",
    "phone": "(207) 555-0177",
    "email": "Ines@Example.test",
    "tick": EVERYTHING,
    "lang": "en",
}


@pytest.fixture
def visitor() -> Browser:
    """Somebody with a phone in hand, not signed in, whose browser keeps no cookie."""
    return Browser(enforce_csrf_checks=True, headers={"User-Agent": "Pocket/1.0"})


@pytest.fixture
def form(world: World) -> ConsentForm:
    return open_form(world)


def open_form(world: World, **switches: object) -> ConsentForm:
    with practice_scope(world.practice_id):
        return ConsentForm.objects.create(practice_id=world.practice_id, created_at=NOW, **switches)


def slip_of(page: str) -> str:
    found = re.search(r'name="slip" value="([^"]+)"', page)
    assert found
    return found[1]


def send(visitor: Browser, form: ConsentForm, **typed: object) -> tuple[int, str]:
    slip = slip_of(visitor.get(f"/join/{form.token}/").content.decode())
    answer = visitor.post(f"/join/{form.token}/", {"slip": slip, **TYPED, **typed})
    return answer.status_code, answer.content.decode()


def consents(world: World, address: str) -> list[Consent]:
    with practice_scope(world.practice_id):
        return list(Consent.objects.filter(address=address, source="form").order_by("pk"))


def test_nothing_is_ticked_and_every_box_says_what_the_law_asks_for(visitor: Browser, form: ConsentForm) -> None:
    page = visitor.get(f"/join/{form.token}/").content.decode()
    assert page.count('type="checkbox"') == 3
    assert " checked" not in page
    for words in (
        "Juniper Skin Studio",
        "Msg &amp; data rates may apply",
        "Reply STOP to stop, HELP for help",
        "not a condition of buying anything",
        "not encrypted",
        "using an automated system",
        "Up to 2 messages a week",
    ):
        assert words in page
    assert f"/join/{form.token}/privacy/" in page
    assert f"/join/{form.token}/terms/" in page


def test_the_form_speaks_spanish_to_whoever_asks_for_it(visitor: Browser, form: ConsentForm) -> None:
    page = visitor.get(f"/join/{form.token}/", headers={"Accept-Language": "es-MX,es;q=0.9"}).content.decode()
    assert '<html lang="es">' in page
    assert "Sigamos en contacto" in page
    assert "no están cifrados" in page
    assert "Stay in touch" in visitor.get(f"/join/{form.token}/?lang=en").content.decode()
    code, page = send(visitor, form, lang="es", tick=[])
    assert code == 422
    assert "Marque lo que acepta." in page


def test_a_number_counts_only_once_it_has_answered_yes(visitor: Browser, form: ConsentForm, world: World) -> None:
    code, page = send(visitor, form)
    assert code == 200
    assert "We have just sent a text to (207) 555-0177." in page
    assert consents(world, NEW_PHONE) == []
    [mail] = consents(world, "ines@example.test")
    assert (mail.channel, mail.purpose) == ("email", "marketing")
    with practice_scope(world.practice_id):
        [asked] = Notice.objects.filter(address=NEW_PHONE)
        assert "reply YES" in asked.body
        [request] = ConsentRequest.objects.all()
        assert b"Ines" not in bytes(request.sealed)


def test_without_double_opt_in_it_counts_at_once_and_is_confirmed(visitor: Browser, world: World) -> None:
    form = open_form(world, has_double_opt_in=False)
    _, page = send(visitor, form)
    assert "You need not do anything else." in page
    assert {(c.channel, c.purpose) for c in consents(world, NEW_PHONE)} == {("sms", "care"), ("sms", "marketing")}
    with practice_scope(world.practice_id):
        [notice] = Notice.objects.filter(address=NEW_PHONE)
    assert "you now get our texts" in notice.body


def test_what_is_recorded_leads_to_the_exact_words_and_to_where_they_were_read(visitor: Browser, world: World) -> None:
    form = open_form(world, has_double_opt_in=False)
    send(visitor, form, tick=["marketing_texts"])
    [said] = consents(world, NEW_PHONE)
    with practice_scope(world.practice_id):
        wording = ConsentText.objects.get(digest=said.text_digest)
    assert wording.version == 1
    assert "Juniper Skin Studio may send marketing texts" in wording.text
    assert digest_of(wording.text) == said.text_digest
    assert form.token in said.evidence
    assert "signed as Ines Moreau" in said.evidence


def test_a_client_of_ours_is_recognised_by_number_and_name(visitor: Browser, world: World) -> None:
    form = open_form(world, has_double_opt_in=False)
    send(visitor, form, first_name=" rosa ", last_name="Álvarez", phone="207-555-0101", tick=["care_texts"])
    assert {c.client_id for c in consents(world, ROSA_PHONE)} == {world.rosa_id}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"tick": []}, "Tick what you agree to."),
        ({"first_name": ""}, "Write your first name."),
        ({"phone": ""}, "Write the mobile number that should get the messages."),
        ({"phone": "12"}, "This is not a phone number."),
        ({"email": ""}, "Write the e-mail address that should get the messages."),
        ({"email": "ines"}, "This is not an e-mail address."),
        ({"email": "i" * 300}, "This is too long."),
        ({"leave_empty": "buy now"}, "leave the last field empty"),
        ({"slip": "forged"}, "This page was open for a long time."),
        ({"tick": ["photo"]}, "The wording has changed"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(
    visitor: Browser, form: ConsentForm, world: World, typed: dict[str, object], sentence: str
) -> None:
    code, page = send(visitor, form, **typed)
    assert code == 422
    assert sentence in page
    assert 'value="Moreau"' in page
    with practice_scope(world.practice_id):
        assert not ConsentRequest.objects.exists()
        assert not Consent.objects.filter(source="form").exists()


def test_a_tick_that_needs_no_phone_asks_for_none(visitor: Browser, form: ConsentForm, world: World) -> None:
    code, _ = send(visitor, form, phone="", tick=["marketing_email"])
    assert code == 200
    assert len(consents(world, "ines@example.test")) == 1


def test_words_that_changed_meanwhile_are_read_again(visitor: Browser, form: ConsentForm, world: World) -> None:
    slip = slip_of(visitor.get(f"/join/{form.token}/").content.decode())
    with practice_scope(world.practice_id):
        Practice.objects.filter(pk=world.practice_id).update(marketing_per_week=5)
    answer = visitor.post(f"/join/{form.token}/", {**TYPED, "slip": slip})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Please read it again and tick what you agree to" in page
    assert "Up to 5 messages a week" in page
    assert " checked" not in page


def test_a_page_that_was_open_too_long_is_checked_again(
    visitor: Browser, form: ConsentForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    slip = slip_of(visitor.get(f"/join/{form.token}/").content.decode())
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(hours=13))
    assert "open for a long time" in visitor.post(f"/join/{form.token}/", {**TYPED, "slip": slip}).content.decode()


def test_the_same_page_sent_twice_is_recorded_once(visitor: Browser, world: World) -> None:
    form = open_form(world, has_double_opt_in=False)
    slip = slip_of(visitor.get(f"/join/{form.token}/").content.decode())
    first, second = (visitor.post(f"/join/{form.token}/", {**TYPED, "slip": slip}) for _ in range(2))
    assert first.content == second.content
    assert len(consents(world, NEW_PHONE)) == 2


def test_a_robot_is_stopped_after_a_while_and_keeps_nothing(visitor: Browser, form: ConsentForm) -> None:
    for _ in range(POSTS_AN_HOUR):
        assert send(visitor, form, tick=["marketing_email"])[0] == 200
    code, page = send(visitor, form, tick=["marketing_email"])
    assert code == 429
    assert "sent very often from your network" in page


def test_a_number_that_said_stop_is_not_written_to_and_must_send_start(visitor: Browser, world: World) -> None:
    form = open_form(world, has_double_opt_in=False)
    _, page = send(
        visitor, form, first_name="Dana", last_name="Whitfield", phone="(207) 555-0102", email="", tick=["care_texts"]
    )
    assert "send START from it" in page
    assert consents(world, DANA_PHONE) == []
    with practice_scope(world.practice_id):
        assert not Notice.objects.filter(address=DANA_PHONE, kind__in=["double_opt_in", "opt_in_confirmation"]).exists()


def test_an_unknown_form_is_nowhere_and_a_closed_one_says_so(visitor: Browser, world: World) -> None:
    assert visitor.get("/join/nobody/").status_code == 404
    form = open_form(world, is_open=False)
    page = visitor.get(f"/join/{form.token}/").content.decode()
    assert "This form is closed" in page
    assert "(207) 555-0100" in page
    assert visitor.post(f"/join/{form.token}/", TYPED).status_code == 409


def test_the_form_is_framed_by_the_named_sites_only(visitor: Browser, world: World) -> None:
    form = open_form(world, embed_origins=["https://juniper.example.test"])
    framed = visitor.get(f"/join/{form.token}/embed/")
    assert "frame-ancestors https://juniper.example.test" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed
    whole = visitor.get(f"/join/{form.token}/")
    assert "frame-ancestors 'none'" in whole["Content-Security-Policy"]
    assert whole["X-Frame-Options"] == "DENY"
    assert not framed.cookies


def test_the_terms_and_the_privacy_notice_come_with_the_form(visitor: Browser, form: ConsentForm) -> None:
    assert "shared with third parties" in visitor.get(f"/join/{form.token}/privacy/").content.decode()
    assert "reply HELP" in visitor.get(f"/join/{form.token}/terms/").content.decode()


def test_a_wording_of_the_practices_own_is_a_new_version(visitor: Browser, world: World) -> None:
    form = open_form(world, has_double_opt_in=False)
    send(visitor, form, tick=["marketing_email"])
    own = "{practice} may send me marketing e-mail. Every one has a link to unsubscribe."
    edit_wording(
        practice_id=world.practice_id, offer=Offer.MARKETING_EMAIL, language="en", template=own, by="vera", now=NOW
    )
    send(visitor, form, tick=["marketing_email"])
    with practice_scope(world.practice_id):
        kept = ConsentText.objects.filter(purpose="marketing_email").order_by("version")
        assert [(text.version, text.created_by) for text in kept] == [(1, "library"), (2, "vera")]
    assert len({said.text_digest for said in consents(world, "ines@example.test")}) == 2


@pytest.mark.parametrize(
    ("trusted", "address"), [(None, "127.0.0.1"), (("HTTP_X_FORWARDED_PROTO", "https"), "198.51.100.9")]
)
def test_where_a_form_came_from_is_what_our_own_proxy_saw(
    monkeypatch: pytest.MonkeyPatch, trusted: tuple[str, str] | None, address: str
) -> None:
    monkeypatch.setattr(settings, "SECURE_PROXY_SSL_HEADER", trusted)
    request = RequestFactory().post("/join/x/", headers={"X-Forwarded-For": "203.0.113.5, 198.51.100.9"})
    assert network_address(request) == address
