"""The consent form as staff see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from afterglow.actions.set_consent_form import open_form
from afterglow.models import ConsentForm
from afterglow.models.scope import practice_scope
from tests.world import NOW, World

SETTINGS = {
    "offers": ["care_texts", "photo"],
    "has_double_opt_in": "on",
    "embed_origins": "https://Juniper.example.test/",
}


def form_of(world: World) -> ConsentForm:
    with practice_scope(world.practice_id):
        return ConsentForm.objects.get(practice=world.practice_id)


def test_the_desk_opens_the_form_prints_a_poster_and_closes_it(kit: Browser, world: World) -> None:
    assert "There is no form yet" in kit.get("/consent-form/").content.decode()
    assert kit.get("/consent-form/poster/").status_code == 404
    kit.post("/consent-form/opening/")
    token = form_of(world).token
    page = kit.get("/consent-form/").content.decode()
    assert f"/join/{token}/" in page
    assert '<svg viewBox="0 0' in page
    assert f"/join/{token}/" in kit.get("/consent-form/poster/").content.decode()
    kit.post("/consent-form/closing/")
    assert not form_of(world).is_open
    kit.post("/consent-form/opening/")
    assert form_of(world).token == token


def test_the_owner_says_what_it_offers_and_who_may_frame_it(owner: Browser, world: World) -> None:
    open_form(practice_id=world.practice_id, now=NOW)
    owner.post("/consent-form/settings/", SETTINGS)
    form = form_of(world)
    assert form.offers == ["care_texts", "photo"]
    assert form.embed_origins == ["https://juniper.example.test"]
    assert f"/join/{form.token}/embed/" in owner.get("/consent-form/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"embed_origins": "https://a.example.test; script-src *"}, "write only the site"),
        ({"embed_origins": "http://a.example.test"}, "write only the site"),
        ({"embed_origins": "*"}, "write only the site"),
        ({"privacy_link": "javascript:alert(1)"}, "beginning with https://"),
        ({"offers": []}, "Offer at least one thing"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_beside_its_field(
    owner: Browser, world: World, wrong: dict[str, object], sentence: str
) -> None:
    open_form(practice_id=world.practice_id, now=NOW)
    answer = owner.post("/consent-form/settings/", {**SETTINGS, **wrong})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert form_of(world).embed_origins == []


def test_only_the_owner_changes_what_clients_agree_to(kit: Browser, world: World) -> None:
    open_form(practice_id=world.practice_id, now=NOW)
    assert kit.post("/consent-form/settings/", SETTINGS).status_code == 403
    assert kit.post("/consent-form/wordings/care_texts/en/", {"template": "x"}).status_code == 403
    assert "Save as a new version" not in kit.get("/consent-form/").content.decode()


def test_a_wording_that_lacks_a_disclosure_is_refused_with_what_to_write(owner: Browser, world: World) -> None:
    open_form(practice_id=world.practice_id, now=NOW)
    answer = owner.post("/consent-form/wordings/marketing_texts/en/", {"template": "{practice} may text me offers."})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Say that agreeing is not a condition" in page
    assert "{practice} may text me offers." in page


def test_a_wording_of_our_own_shows_how_it_reads_and_the_standard_one_comes_back(owner: Browser, world: World) -> None:
    open_form(practice_id=world.practice_id, now=NOW)
    own = "Photos of me may be shown by {practice}. I can take this back at any time."
    owner.post("/consent-form/wordings/photo/en/", {"template": own})
    page = owner.get("/consent-form/").content.decode()
    assert "Photos of me may be shown by Juniper Skin Studio." in page
    assert "your own wording" in page
    owner.post("/consent-form/wordings/photo/en/", {"template": ""})
    page = owner.get("/consent-form/").content.decode()
    assert "version 2" in page
    assert "Version 1" in page


def test_vic_of_another_practice_changes_nothing_of_ours(sign_in: Callable[[str], Browser], world: World) -> None:
    open_form(practice_id=world.practice_id, now=NOW)
    vic = sign_in("vic")
    assert vic.post("/consent-form/settings/", SETTINGS).status_code == 302
    assert form_of(world).offers == ["care_texts", "marketing_texts", "marketing_email"]
    assert "There is no form yet" in vic.get("/consent-form/").content.decode()
