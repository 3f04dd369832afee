"""Behind the link in an e-mail a client says what to get: without signing in, without a script."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from afterglow.models import Consent
from afterglow.models.scope import practice_scope
from tests.stories.stage import Stage
from tests.stories.test_public_pages import link

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """Rosa has had the e-mail about rebooking, with its link."""
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-24T14:00", "Botox 40 units")
    stage.run_until("2026-06-28T12:00")
    return stage


@pytest.fixture
def path(stage: Stage) -> str:
    return link(stage, "u")


def words(stage: Stage) -> list[tuple[str, str, str, str]]:
    with practice_scope(stage.practice_id):
        said = Consent.objects.filter(practice=stage.practice_id, source="preference page").order_by("pk")
        return list(said.values_list("channel", "purpose", "status", "text_digest"))


def test_opening_the_page_any_number_of_times_changes_nothing(stage: Stage, path: str) -> None:
    for _ in range(3):
        page = Browser().get(path).content.decode()
    assert "E-mail about rebooking and offers" in page
    assert "Stop all texts" in page
    assert words(stage) == []


def test_the_page_does_not_tell_who_the_client_is(path: str) -> None:
    page = Browser().get(path).content.decode()
    for private in ("Rosa", "Alvarez", "rosa@example.test", "555-0101", "5550101", "Botox"):
        assert private not in page


def test_texts_are_stopped_for_good(stage: Stage, path: str) -> None:
    page = Browser(enforce_csrf_checks=True).post(path, {"change": "texts_off"}).content.decode()

    assert "Done. You get no more texts." in page
    assert "You get none. To get texts call" in page
    before = len(stage.sent())
    stage.run_until("2026-09-30T12:00")
    assert {channel for _, _, channel in stage.sent()[before:]} <= {"e-mail"}


def test_offers_by_e_mail_come_back_only_with_a_tick_under_the_exact_words(stage: Stage, path: str) -> None:
    browser = Browser()
    browser.post(path, {"change": "marketing_email_off"})
    page = browser.get(path)
    wording = page.context["choices"].wording

    assert wording.text in page.content.decode().replace("&#x27;", "'").replace("&amp;", "&")
    assert browser.post(path, {"change": "marketing_email_on", "wording": wording.digest}).status_code == 422
    other = {"change": "marketing_email_on", "agreed": "yes", "wording": "of-another-text"}
    assert browser.post(path, other).status_code == 422
    assert [status for _, _, status, _ in words(stage)] == ["revoked"]

    agreed = {"change": "marketing_email_on", "agreed": "yes", "wording": wording.digest}
    assert "Done. You get e-mails" in browser.post(path, agreed).content.decode()
    assert words(stage)[-1] == ("email", "marketing", "granted", wording.digest)
    assert browser.get(path).context["choices"].marketing_email is True


def test_everything_means_everything(stage: Stage, path: str) -> None:
    Browser().post(path, {"change": "everything_off"})
    before = len(stage.sent())
    stage.visit("v2", "2026-07-01T14:00", "HydraFacial")
    stage.run_until("2026-09-30T12:00")

    assert stage.sent()[before:] == []
    assert Browser().get(path).context["choices"].is_anything_on is False


def test_an_invented_change_is_refused(stage: Stage, path: str) -> None:
    assert Browser().post(path, {"change": "give_me_everything"}).status_code == 422
    assert words(stage) == []
