"""For any message one page says who, what, when, on what consent, at what local time, and which rules allowed it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, timedelta
from zipfile import ZipFile

import pytest
from django.test import Client as Browser

from afterglow.actions.open_practice import add_member
from afterglow.actions.open_senders import open_senders
from afterglow.actions.receive_texts import finish_replies
from afterglow.actions.send_touches import send_touches
from afterglow.models import Client, Look, Message, Touch
from afterglow.models.scope import practice_scope
from tests.world import NOW, PASSWORD, ROSA_PHONE, World

SignIn = Callable[[str], Browser]
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def sent(world: World) -> Message:
    """A text about care that really went out to Rosa."""
    with practice_scope(world.practice_id):
        touch = Touch.objects.filter(client=world.rosa_id, state="planned", function="check_in").earliest("due_at")
        Touch.objects.filter(pk=touch.pk).update(due_at=NOW, planned_at=NOW, valid_until=NOW + timedelta(hours=5))
    finish_replies(practice_id=world.practice_id, client_id=world.rosa_id, by="kit", now=NOW)
    send_touches(
        practice_id=world.practice_id, senders=open_senders(practice_id=world.practice_id), clock=lambda: LATER
    )
    with practice_scope(world.practice_id):
        return Message.objects.filter(client=world.rosa_id, direction="out", address=ROSA_PHONE).latest("pk")


@pytest.fixture
def owner(world: World, sign_in: SignIn) -> Browser:
    add_member(practice_id=world.practice_id, username="juno", password=PASSWORD, role="owner")
    return sign_in("juno")


def test_the_page_tells_the_consent_the_local_time_and_the_rules(sent: Message, sign_in: SignIn) -> None:
    page = sign_in("kit").get(f"/messages/{sent.pk}/proof/").content.decode()
    assert sent.body.splitlines()[0] in page.replace("&#x27;", "'")
    assert "Intake form, signed" in page  # the evidence
    assert "<dt>America/New York</dt><dd>Wednesday 10:30 EST</dd>" in page
    assert "<dt>Federal law</dt><dd>08:00 to 21:00 <span" in page
    assert "47 CFR 64.1200(c)(1)" in page
    assert "<dt>Maine</dt>" in page


def test_whoever_looks_is_written_down(sent: Message, world: World, sign_in: SignIn) -> None:
    sign_in("hale").get(f"/messages/{sent.pk}/proof/")
    with practice_scope(world.practice_id):
        look = Look.objects.get()
        assert (look.kind, look.object_id, look.client_id, look.by) == ("proof", sent.pk, world.rosa_id, "hale")


def test_what_was_true_when_it_went_out_stays_true(sent: Message, world: World, sign_in: SignIn) -> None:
    with practice_scope(world.practice_id):
        Client.objects.filter(pk=world.rosa_id).update(state="HI")
    page = sign_in("kit").get(f"/messages/{sent.pk}/proof/").content.decode()
    assert "Hawaii" not in page


def test_the_proof_is_a_pdf_and_data_too(sent: Message, sign_in: SignIn) -> None:
    kit = sign_in("kit")
    assert kit.get(f"/messages/{sent.pk}/proof.pdf").content.startswith(b"%PDF-")
    data = kit.get(f"/messages/{sent.pk}/proof.json").json()
    assert data["consent"]["evidence"] == "Intake form, signed"
    assert data["at"].startswith(sent.at.astimezone(UTC).isoformat()[:19])


def test_nobody_sees_the_proof_of_another_practice(sent: Message, sign_in: SignIn) -> None:
    assert sign_in("vic").get(f"/messages/{sent.pk}/proof/").status_code == 404


def test_the_owner_gets_a_period_for_counsel(sent: Message, owner: Browser) -> None:
    answer = owner.post("/proofs/", {"first": "2027-03-01", "last": "2027-03-31"})
    archive = ZipFile(io.BytesIO(answer.getvalue()))
    messages = [json.loads(line) for line in archive.read("messages.jsonl").splitlines()]
    assert sent.pk in [message["message_id"] for message in messages]
    assert archive.read("messages.csv").count(b"\n") == len(messages) + 1
    ledger = [json.loads(line) for line in archive.read("ledger.jsonl").splitlines()]
    assert [entry["previous"] for entry in ledger[1:]] == [entry["digest"] for entry in ledger[:-1]]
    assert ledger[-1]["digest"] in archive.read("README.txt").decode()


def test_the_front_desk_does_not_get_everybodys_messages(sent: Message, sign_in: SignIn) -> None:
    assert sign_in("kit").post("/proofs/", {"first": "2027-03-01", "last": "2027-03-31"}).status_code == 403


@pytest.mark.parametrize("period", [("2027-03-31", "2027-03-01"), ("2020-01-01", "2027-03-31")])
def test_a_nonsense_period_is_answered_with_what_to_do(owner: Browser, period: tuple[str, str]) -> None:
    page = owner.post("/proofs/", {"first": period[0], "last": period[1]}).content.decode()
    assert "Choose a first and a last day" in page
