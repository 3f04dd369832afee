"""The links in messages open pages that say what the message promised."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser

from tests.stories.stage import Stage

pytestmark = pytest.mark.django_db
LINK = re.compile(r"https://g\.example\.test(/[bcpu]/\S+)")


def link(stage: Stage, kind: str) -> str:
    found: list[str] = [path for text in stage.texts() for path in LINK.findall(text) if path.startswith(f"/{kind}/")]
    assert found, f"no message had a link to /{kind}/"
    return found[0]


@pytest.fixture
def stage() -> Stage:
    stage = Stage.open("2026-03-02T08:00")
    stage.visit("v1", "2026-03-03T14:00", "Juvederm Ultra lips 1 ml")
    stage.visit("v2", "2026-03-24T14:00", "Botox 40 units")
    stage.run_until("2026-07-10T12:00")
    return stage


def test_the_aftercare_link_shows_the_clinics_notes_and_whom_to_call(stage: Stage) -> None:
    answer = Browser().get(link(stage, "c"))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "(207) 555-0199" in page
    assert "swelling" in page.lower()


def test_the_aftercare_page_does_not_speak_like_the_e_mail_its_words_come_from(stage: Stage) -> None:
    page = Browser().get(link(stage, "c")).content.decode()

    assert "Reply to our message" in page
    assert "this e-mail" not in page
    assert "Hi there" not in page


def test_opening_the_unsubscribe_link_changes_nothing_and_posting_it_ends_marketing_mail(stage: Stage) -> None:
    path = link(stage, "u")
    before = stage.sent()
    assert ("rebook", "e-mail") in {entry[1:] for entry in before}

    page = Browser().get(path)
    assert "Unsubscribe" in page.content.decode()
    done = Browser(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200

    stage.run_until("2027-01-10T12:00")
    later = [function for _, function, channel in stage.sent()[len(before) :] if channel == "e-mail"]
    assert set(later) <= {"check_in", "results"}


@pytest.mark.parametrize("kind", ["b", "c", "p", "u"])
def test_a_made_up_link_leads_nowhere(kind: str) -> None:
    assert Browser().get(f"/{kind}/1-2-abcdefghij").status_code == 404
    assert Browser().get(f"/{kind}/nonsense").status_code == 404
