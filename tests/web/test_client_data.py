"""A client's data as one file, and a client erased: what staff see then."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client as Browser

from afterglow.actions.keep_evidence import keep_evidence
from afterglow.actions.read_scan import Scan
from afterglow.config.tickets import sign_ticket
from afterglow.models import Client, Consent, Look, Message, Touch
from afterglow.models.scope import practice_scope
from tests.world import NOW, ROSA_PHONE, World

SignIn = Callable[[str], Browser]


def exported(owner: Browser, client_id: int) -> ZipFile:
    answer = owner.post(f"/clients/{client_id}/export/")
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "no-store"
    return ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]


def told(archive: ZipFile) -> Any:
    return json.loads(archive.read("client.json"))


def test_the_file_holds_everything_about_the_client(owner: Browser, world: World, sent: Message) -> None:
    client = told(exported(owner, world.rosa_id))
    assert client["format"] == "afterglow client export 1"
    assert client["client"]["first_name"] == "Rosa"
    assert client["client"]["phone"] == ROSA_PHONE
    assert [t["service"] for v in client["visits"] for t in v["treatments"]] == ["Botox 40u"]
    assert sent.body in [message["body"] for message in client["messages"]]
    assert "My lip is white on one side and hurts" in [message["body"] for message in client["messages"]]
    assert {step["function"] for plan in client["plans"] for step in plan["steps"]} >= {"check_in", "rebook"}
    assert all(consent["ledger_number"] for consent in client["consents"])
    assert client["consents"][0]["evidence"] == "Intake form, signed"
    assert client["tasks"]


def test_nobody_else_is_in_it(owner: Browser, world: World) -> None:
    text = exported(owner, world.rosa_id).read("client.json").decode()
    assert not re.search("Dana|Whitfield|Mina|5550102", text)


def test_scans_are_files_in_it(owner: Browser, world: World) -> None:
    with practice_scope(world.practice_id):
        scan = Scan(content=b"\x89PNG a scan", content_type="image/png", digest="d" * 64)
        kept = keep_evidence(
            practice_id=world.practice_id, client_id=world.rosa_id, scan=scan, title="Form", by="kit", now=NOW
        )
    archive = exported(owner, world.rosa_id)
    assert told(archive)["scans"][0]["file"] == f"scans/{kept}.png"
    assert archive.read(f"scans/{kept}.png") == scan.content


def test_that_it_was_handed_over_is_kept(owner: Browser, world: World) -> None:
    exported(owner, world.rosa_id)
    with practice_scope(world.practice_id):
        look = Look.objects.get()
        assert (look.kind, look.client_id, look.by) == ("export", world.rosa_id, "juno")


def test_before_erasing_the_page_says_what_goes_and_what_stays(owner: Browser, world: World) -> None:
    page = owner.get(f"/clients/{world.rosa_id}/erasure/").content.decode()
    assert "It cannot be undone" in page
    assert re.search(r"Planned messages</dt><dd>\d+; none of them goes out", page)
    assert "1; that they were sent stays, their words and addresses go" in page
    assert f"as “Erased client {world.rosa_id}”" in page
    assert "Rosa" not in page.split("</title>")[0]


def test_without_the_confirmation_nothing_happens(owner: Browser, world: World) -> None:
    assert owner.post(f"/clients/{world.rosa_id}/erasure/").status_code == 422
    with practice_scope(world.practice_id):
        assert Client.objects.get(pk=world.rosa_id).erased_at is None


def test_while_a_message_is_on_its_way_the_page_says_to_try_again(owner: Browser, world: World) -> None:
    with practice_scope(world.practice_id):
        Touch.objects.filter(client=world.rosa_id, state="planned").update(state="sending")
    answer = owner.post(f"/clients/{world.rosa_id}/erasure/", {"sure": "yes"})
    assert answer.status_code == 422
    assert "Try again in a minute" in answer.content.decode()


@pytest.fixture
def erased(owner: Browser, world: World, sent: Message) -> int:
    answer = owner.post(f"/clients/{world.rosa_id}/erasure/", {"sure": "yes"})
    assert answer["Location"] == f"/clients/{world.rosa_id}/"
    return world.rosa_id


SCREENS = [
    "/",
    "/lanes/urgent/",
    "/clients/",
    "/clients/{rosa}/",
    "/upcoming/",
    "/not-covered/",
    "/not-sent/",
    "/health/",
    "/phone/",
    "/phone/{rosa}/",
    "/proofs/",
    "/privacy/",
    "/messages/{message}/proof/",
    "/messages/{message}/proof.json",
    "/messages/{message}/proof.pdf",
]


@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_still_opens_and_none_tells_who_it_was(
    owner: Browser, erased: int, sent: Message, screen: str
) -> None:
    answer = owner.get(screen.format(rosa=erased, message=sent.pk))
    assert answer.status_code == 200
    assert not re.search("Rosa|Alvarez|555-?0101|lip is white", answer.content.decode("latin-1"))


def test_staff_see_an_erased_client_with_visits_and_no_forms(kit: Browser, erased: int) -> None:
    page = kit.get(f"/clients/{erased}/").content.decode()
    assert f"<h1>Erased client {erased}</h1>" in page
    assert "No words are kept." in page
    assert "Not sent: the client was erased" in page or "Stopped: the client was erased" in page
    assert "client-contact" not in page
    assert f"/clients/{erased}/consents/" not in page


@pytest.mark.parametrize(
    "form", ["contact", "consents", "stop-request", "stop", "marks", "reading", "erasure", "export"]
)
def test_nothing_can_be_added_to_an_erased_client(owner: Browser, erased: int, form: str) -> None:
    answer = owner.post(f"/clients/{erased}/{form}/", {"phone": ROSA_PHONE, "flag": "minor", "sure": "yes"})
    assert answer.status_code == 404


def test_the_list_of_clients_shows_who_is_there(kit: Browser, erased: int) -> None:
    assert "Erased client" not in kit.get("/clients/").content.decode()


def test_the_proofs_of_a_period_still_come(owner: Browser, erased: int) -> None:
    day = NOW.date().isoformat()
    answer = owner.post("/proofs/", {"from": day, "until": day})
    assert answer.status_code == 200
    archive = ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    text = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert not re.search("Rosa|Alvarez|5550101", text)


def test_vic_of_another_practice_is_owner_of_nothing_here(sign_in: SignIn, world: World) -> None:
    vic = sign_in("vic")
    assert vic.post(f"/clients/{world.rosa_id}/export/").status_code == 404
    assert vic.post(f"/clients/{world.rosa_id}/erasure/", {"sure": "yes"}).status_code == 404
    assert vic.get(f"/clients/{world.rosa_id}/erasure/").status_code == 404


@pytest.mark.parametrize("letter", ["b", "c", "p", "u"])
def test_the_links_in_messages_of_an_erased_client_lead_nowhere_worse(
    world: World, erased: int, sent: Message, letter: str
) -> None:
    assert sent.touch_id is not None
    link = f"/{letter}/{sign_ticket(world.practice_id, sent.touch_id)}"
    assert Browser().get(link).status_code in (200, 302, 404)
    assert not re.search("Rosa|555-?0101", Browser().get(link).content.decode())


@pytest.mark.parametrize("change", ["marketing_email_off", "everything_off", "marketing_email_on"])
def test_what_is_chosen_behind_an_old_link_is_written_down_for_nobody(
    world: World, erased: int, sent: Message, change: str
) -> None:
    assert sent.touch_id is not None
    link = f"/u/{sign_ticket(world.practice_id, sent.touch_id)}"
    answer = Browser().post(link, {"change": change, "agreed": "yes"})
    assert answer.status_code in (200, 404, 422)
    with practice_scope(world.practice_id):
        assert not Consent.objects.filter(address="").exists()
