"""What holds for every screen: signed in, one practice only, nothing private in titles, few queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser

from afterglow.actions.record_visits import record_visits
from afterglow.intake.contract import VisitReported
from afterglow.models import Task, Touch
from afterglow.models.scope import practice_scope
from tests.world import NOW, PASSWORD, ROSA_PHONE, World, visit

SCREENS = [
    "/",
    "/lanes/urgent/",
    "/clients/",
    "/clients/{rosa}/",
    "/upcoming/",
    "/texts/",
    "/not-covered/",
    "/not-sent/",
    "/health/",
    "/rules/",
    "/consent-form/",
    "/phone/",
    "/phone/{rosa}/",
]
# Two screens ask the send decision itself, and that looks at everything known about a client.
QUERIES = {"/upcoming/": 29, "/clients/{rosa}/": 42}
BOOKKEEPING = re.compile(r"SAVEPOINT|set_config|django_session|auth_user|afterglow_practices_of")


def address(screen: str, world: World) -> str:
    with practice_scope(world.practice_id):
        touch, task = (model.objects.filter(client=world.rosa_id).first() for model in (Touch, Task))
    assert touch is not None
    assert task is not None
    return screen.format(rosa=world.rosa_id, touch=touch.pk, task=task.pk)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_asks_who_you_are(world: World, screen: str) -> None:
    answer = Browser().get(address(screen, world))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/?next=")


@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_opens_and_names_its_practice(kit: Browser, world: World, screen: str) -> None:
    page = kit.get(address(screen, world))
    assert page.status_code == 200
    assert "Juniper Skin Studio" in page.content.decode()


@pytest.mark.parametrize("screen", SCREENS)
def test_no_title_says_who_a_client_is(kit: Browser, world: World, screen: str) -> None:
    [title] = re.findall(
        r"<title>(.*?)</title>", kit.get(address(screen, world)).content.decode().split("<body")[0], re.S
    )
    assert not re.search("Rosa|Alvarez|Dana|Mina|Lou|white", title)


@pytest.mark.parametrize("screen", SCREENS)
def test_no_page_holds_a_script_or_a_style_of_its_own(kit: Browser, world: World, screen: str) -> None:
    page = kit.get(address(screen, world)).content.decode()
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize("screen", SCREENS)
def test_the_number_of_queries_does_not_grow_with_the_number_of_rows(
    kit: Browser, world: World, asked: list[str], screen: str
) -> None:
    record_visits(practice_id=world.practice_id, source="more", reports=more_visits(), now=NOW)
    kit.get(address(screen, world))
    asked.clear()
    kit.get(address(screen, world))
    assert len(asked) <= QUERIES.get(screen, 15), asked


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that reaches the database, by whatever way, without those that only keep the session."""
    statements: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(cursor: Any, query: Any, *rest: Any, **options: Any) -> Any:
        if not BOOKKEEPING.search(str(query)):
            statements.append(str(query))
        return execute(cursor, query, *rest, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    return statements


def more_visits() -> list[VisitReported]:
    """Thirty more clients, and thirty more visits of Rosa."""
    return [
        visit(
            f"M-{n}", "Ida", f"Stone{n}", f"+120755501{10 + n}", "Botox 20u", ended_at=NOW - timedelta(days=1, hours=n)
        )
        for n in range(30)
    ] + [
        visit(f"R-{n}", "Rosa", "Alvarez", ROSA_PHONE, "HydraFacial", ended_at=NOW - timedelta(days=30 * n + 2))
        for n in range(30)
    ]


@pytest.mark.parametrize("screen", SCREENS)
def test_vic_of_another_practice_sees_nothing_of_ours(
    sign_in: Callable[[str], Browser], world: World, screen: str
) -> None:
    answer = sign_in("vic").get(address(screen, world))
    assert answer.status_code in (200, 404)
    assert not re.search("Rosa|Dana|Mina|Juniper", answer.content.decode())


@pytest.mark.parametrize(
    "form",
    [
        "/clients/{rosa}/reading/",
        "/clients/{rosa}/stop/",
        "/clients/{rosa}/marks/",
        "/phone/{rosa}/texts/",
        "/clients/{rosa}/resumption/",
        "/clients/{rosa}/contact/",
        "/clients/{rosa}/consents/",
        "/clients/{rosa}/stop-request/",
        "/clients/{rosa}/faults/1/clearance/",
        "/clients/{rosa}/marks/pregnant/removal/",
        "/messages/{touch}/stop/",
        "/tasks/{task}/closure/",
        "/tasks/{task}/reopening/",
        "/not-sent/reading/{task}/removal/",
    ],
)
def test_vic_can_change_nothing_of_ours(sign_in: Callable[[str], Browser], world: World, form: str) -> None:
    answer = sign_in("vic").post(address(form, world), {"flag": "do_not_contact", "text": "Hello"})
    assert answer.status_code == 404


@pytest.mark.parametrize("typed", ["%25", "_", "'", '"', "%00", "\\", "😀", "<script>", "a" * 5000])
def test_odd_things_can_be_looked_for(kit: Browser, typed: str) -> None:
    page = kit.get(f"/clients/?q={typed}")
    assert page.status_code == 200
    assert "<script>" not in page.content.decode().split("<main")[1]


def test_somebody_without_a_practice_is_told_what_to_do(world: World) -> None:
    get_user_model().objects.create_user(username="nora", password=PASSWORD)
    browser = Browser()
    browser.login(username="nora", password=PASSWORD)
    answer = browser.get("/")
    assert answer.status_code == 403
    assert "Ask the owner" in answer.content.decode()


def test_kit_signs_in_and_out_again(world: World) -> None:
    browser = Browser()
    assert (
        "do not belong together" in browser.post("/sign-in/", {"username": "kit", "password": "wrong"}).content.decode()
    )
    assert browser.post("/sign-in/", {"username": "kit", "password": PASSWORD})["Location"] == "/"
    assert browser.get("/").status_code == 200
    browser.post("/sign-out/")
    assert browser.get("/").status_code == 302


def test_the_chosen_light_is_there_before_the_first_paint(kit: Browser) -> None:
    kit.post("/theme/", {"theme": "dark", "next": "/clients/"})
    assert '<html lang="en" data-theme="dark">' in kit.get("/").content.decode()
    kit.post("/theme/", {"theme": "light"})
    assert '<html lang="en" data-theme="light">' in kit.get("/").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example.test/", "//evil.example.test", "javascript:alert(1)"])
def test_a_form_leads_back_to_this_site_only(kit: Browser, elsewhere: str) -> None:
    assert kit.post("/theme/", {"theme": "dark", "next": elsewhere})["Location"] == "/"


def test_an_unknown_address_says_so_in_our_words(kit: Browser) -> None:
    answer = kit.get("/nothing/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()
