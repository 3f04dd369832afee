"""For any message one page says who, what, when, on what consent, at what local time, and which rules allowed it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, timedelta
from zipfile import ZipFile

import pytest
from django.test import Client as Browser

from afterglow.actions.erase_client import erase_client
from afterglow.actions.revoke_consents import revoke_number
from afterglow.models import Client, Look, Message
from afterglow.models.scope import practice_scope
from afterglow.rules.state_rules import rules_version
from tests.world import NOW, ROSA_PHONE, World

SignIn = Callable[[str], Browser]
LATER = NOW + timedelta(minutes=30)


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


def test_of_an_erased_client_the_ledger_still_proves_the_consent_and_tells_nobody_who_it_was(
    sent: Message, world: World, sign_in: SignIn
) -> None:
    erase_client(practice_id=world.practice_id, client_id=world.rosa_id, by="kit", now=LATER)
    kit = sign_in("kit")
    page = kit.get(f"/messages/{sent.pk}/proof/").content.decode()
    assert "<dd>Texts about care</dd>" in page
    assert "Erased with the client." in page
    assert "Please look into it" not in page
    assert "Rosa" not in page
    consent = kit.get(f"/messages/{sent.pk}/proof.json").json()["consent"]
    assert (consent["number"], consent["evidence"]) == (1, "")
    assert consent["entry_digest"]


def test_an_older_message_is_not_explained_by_a_consent_that_had_ended_before_it(
    sent: Message, world: World, sign_in: SignIn
) -> None:
    with practice_scope(world.practice_id):
        Message.objects.filter(pk=sent.pk).update(basis="")
    kit = sign_in("kit")
    assert kit.get(f"/messages/{sent.pk}/proof.json").json()["consent"]["is_worked_out"]
    with practice_scope(world.practice_id):
        revoke_number(
            practice_id=world.practice_id,
            phone=ROSA_PHONE,
            source="reply",
            evidence="STOP",
            now=NOW - timedelta(days=1),
        )
    assert kit.get(f"/messages/{sent.pk}/proof.json").json()["consent"] is None


def test_no_mailbox_becomes_a_formula_in_a_spreadsheet(sent: Message, world: World, owner: Browser) -> None:
    with practice_scope(world.practice_id):
        Message.objects.filter(pk=sent.pk).update(address="=1+1@example.test")
    answer = owner.post("/proofs/", {"first": "2027-03-01", "last": "2027-03-31"})
    sheet = ZipFile(io.BytesIO(answer.getvalue())).read("messages.csv").decode()
    assert ",'=1+1@example.test," in sheet


def test_hours_from_a_newer_table_than_the_decisions_say_so(sent: Message, world: World, sign_in: SignIn) -> None:
    kit = sign_in("kit")
    assert "those of today" not in kit.get(f"/messages/{sent.pk}/proof/").content.decode()
    with practice_scope(world.practice_id):
        Message.objects.filter(pk=sent.pk).update(basis=sent.basis.replace(rules_version(), "2026-01"))
    page = kit.get(f"/messages/{sent.pk}/proof/").content.decode()
    assert f"Table of rules 2026-01; the hours above are those of today&#x27;s, {rules_version()}" in page


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


@pytest.mark.parametrize(
    "period",
    [
        ("2027-03-31", "2027-03-01"),
        ("2020-01-01", "2027-03-31"),
        ("9999-12-01", "9999-12-31"),
        ("0001-01-01", "0001-01-31"),
    ],
)
def test_a_nonsense_period_is_answered_with_what_to_do(owner: Browser, period: tuple[str, str]) -> None:
    page = owner.post("/proofs/", {"first": period[0], "last": period[1]}).content.decode()
    assert "Choose a first and a last day" in page
