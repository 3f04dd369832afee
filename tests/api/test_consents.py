"""Consents that programs report: what is taken, and the sentence for everything that is not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from afterglow.actions.api_tokens import make_token, revoke_token
from afterglow.models import ApiToken, Consent, ConsentForm, ConsentText, Notice
from afterglow.models.scope import practice_scope
from tests.world import NOW, ROSA_PHONE, World, build_world

ADDRESS = "/api/v1/consents"
CARE = "Juniper Skin Studio may send texts about my care to my number. Reply STOP to stop."
MARKETING = (
    "I agree that Juniper Skin Studio may send automated marketing texts to my mobile number. "
    "This is not a condition of purchase. Msg & data rates may apply. Reply STOP to stop, HELP for help."
)
REPORT: dict[str, Any] = {
    "first_name": "Rosa",
    "last_name": "Alvarez",
    "phone": "(207) 555-0101",
    "consents": [{"kind": "care_texts", "text": CARE}],
    "given_at": "2027-03-10T09:30:00-05:00",
    "source": "Intake form v4 on juniper.example.test",
    "evidence": "Submission 8812 in our form archive",
    "ip": "192.0.2.7",
    "user_agent": "Pocket/1.0",
}


@pytest.fixture(autouse=True)
def the_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def world(db: None) -> World:
    world = build_world(now=NOW)
    with practice_scope(world.practice_id):
        ConsentForm.objects.create(practice_id=world.practice_id, has_double_opt_in=False, created_at=NOW)
    return world


@pytest.fixture
def secret(world: World) -> str:
    return make_token(practice_id=world.practice_id, name="Intake app", by="olive", now=NOW).secret


def post(secret: str, report: object, *, key: str = "intake-8812") -> tuple[int, dict[str, Any]]:
    body = report if isinstance(report, str) else json.dumps(report)
    headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": key} if key else {})
    answer = Browser().post(ADDRESS, body, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def reported(world: World) -> list[Consent]:
    with practice_scope(world.practice_id):
        return list(Consent.objects.filter(source="api").order_by("pk"))


def test_a_consent_is_recorded_with_its_words_and_its_proof(world: World, secret: str) -> None:
    assert post(secret, REPORT) == (
        201,
        {"recorded": ["care_texts"], "waiting": [], "next": "nothing", "client_id": world.rosa_id},
    )
    [said] = reported(world)
    assert (said.client_id, said.address, said.channel, said.purpose) == (world.rosa_id, ROSA_PHONE, "sms", "care")
    assert said.at == NOW - timedelta(minutes=30)
    assert "Submission 8812" in said.evidence
    assert "Intake app" in said.evidence
    with practice_scope(world.practice_id):
        wording = ConsentText.objects.get(digest=said.text_digest)
    assert (wording.text, wording.is_foreign) == (CARE, True)


def test_the_same_call_again_records_nothing_twice(world: World, secret: str) -> None:
    first, second = post(secret, REPORT), post(secret, REPORT)
    assert (first[0], second[0]) == (201, 200)
    assert first[1] == second[1]
    assert len(reported(world)) == 1


def test_another_call_under_the_same_key_is_refused(world: World, secret: str) -> None:
    post(secret, REPORT)
    code, answer = post(secret, {**REPORT, "first_name": "Dana"})
    assert code == 409
    assert answer["faults"][0]["field"] == "Idempotency-Key"
    assert len(reported(world)) == 1


def test_a_number_is_asked_for_its_yes_unless_it_gave_it_elsewhere(world: World, secret: str) -> None:
    with practice_scope(world.practice_id):
        ConsentForm.objects.update(has_double_opt_in=True)
    code, answer = post(secret, REPORT)
    assert (code, answer["waiting"], answer["next"]) == (201, ["care_texts"], "answer_yes")
    assert reported(world) == []
    _, answer = post(secret, {**REPORT, "confirmed_at": "2027-03-10T09:31:00-05:00"}, key="intake-8813")
    assert answer["recorded"] == ["care_texts"]
    assert "answered YES there" in reported(world)[0].evidence


def test_a_number_that_said_stop_is_not_opened_by_a_program(world: World, secret: str) -> None:
    dana = {**REPORT, "first_name": "Dana", "last_name": "Whitfield", "phone": "(207) 555-0102"}
    _, answer = post(secret, {**dana, "confirmed_at": "2027-03-10T09:31:00-05:00"})
    assert (answer["waiting"], answer["next"]) == (["care_texts"], "send_start")
    with practice_scope(world.practice_id):
        assert not Notice.objects.filter(address="+12075550102", kind="double_opt_in").exists()


def test_a_program_that_shows_our_words_names_them_by_their_digest(world: World, secret: str) -> None:
    answer = Browser().get("/api/v1/wordings?language=es", headers={"Authorization": f"Bearer {secret}"})
    [care] = [wording for wording in answer.json() if wording["kind"] == "care_texts"]
    assert "Juniper Skin Studio puede enviar" in care["text"]
    given = [{"kind": "care_texts", "text_digest": care["text_digest"]}]
    assert post(secret, {**REPORT, "language": "es", "consents": given})[0] == 201
    assert reported(world)[0].text_digest == care["text_digest"]


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"phone": "12"}, "phone", "phone number"),
        ({"phone": ""}, "body", "need a phone number"),
        ({"email": "rosa@"}, "email", "e-mail"),
        ({"first_name": ""}, "first_name", "at least 1 character"),
        ({"language": "fr"}, "language", "'en' or 'es'"),
        ({"given_at": "2027-03-10T09:30:00"}, "given_at", "timezone"),
        ({"given_at": "2027-03-11T09:30:00-05:00"}, "given_at", "has not come yet"),
        ({"given_at": "yesterday"}, "given_at", "valid datetime"),
        ({"evidence": "assumed yes"}, "evidence", "not assumed"),
        ({"evidence": ""}, "evidence", "at least 3 characters"),
        ({"source": "Implied by booking"}, "source", "not assumed"),
        ({"consents": []}, "consents", "at least 1 item"),
        ({"consents": [{"kind": "care_texts"}]}, "consents.0", "exact words"),
        ({"consents": [{"kind": "care_texts", "text": "x", "text_digest": "y"}]}, "consents.0", "exact words"),
        ({"consents": [{"kind": "texts", "text": CARE}]}, "consents.0.kind", "'care_texts'"),
        ({"consents": [{"kind": "care_texts", "text": CARE}] * 2}, "consents", "once"),
        ({"consents": [{"kind": "care_texts", "text_digest": "0" * 64}]}, "consents.0.text_digest", "No wording"),
        ({"consents": [{"kind": "care_texts", "text": "Text me"}]}, "consents.0.text", "does not name Juniper"),
        ({"consents": [{"kind": "marketing_texts", "text": CARE}]}, "consents.0.text", "not a condition"),
        ({"consents": [{"kind": "voice", "text": MARKETING}]}, "consents.0.text", "artificial voice"),
        ({"consents": [{"kind": "marketing_email", "text": MARKETING}]}, "body", "send email"),
        ({"opted_in": True}, "opted_in", "not permitted"),
    ],
)
def test_each_fault_names_its_field_and_nothing_is_recorded(
    world: World, secret: str, change: dict[str, object], field: str, sentence: str
) -> None:
    code, answer = post(secret, {**REPORT, **change})
    assert code == 422
    assert field in [fault["field"] for fault in answer["faults"]]
    assert sentence in " ".join(fault["message"] for fault in answer["faults"])
    assert reported(world) == []
    with practice_scope(world.practice_id):
        assert not ConsentText.objects.filter(is_foreign=True).exists()


def test_written_consent_to_marketing_is_taken_when_its_words_are_complete(world: World, secret: str) -> None:
    given = [{"kind": "marketing_texts", "text": MARKETING}]
    assert post(secret, {**REPORT, "consents": given})[1]["recorded"] == ["marketing_texts"]


@pytest.mark.parametrize("key", ["", "two words", "é" * 3, "x" * 201])
def test_a_call_needs_an_id_of_its_own(secret: str, key: str) -> None:
    code, answer = post(secret, REPORT, key=key)
    assert code == 422
    assert answer["faults"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "{}"])
def test_broken_bodies_are_refused_in_words(world: World, secret: str, body: str) -> None:
    code, answer = post(secret, body)
    assert code in (400, 422)
    assert answer["message"]


def test_a_huge_body_is_refused(secret: str) -> None:
    assert post(secret, {**REPORT, "evidence": "x" * 3_000_000})[0] == 413


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nobody", "Bearer agk_nobody", "Basic a2l0OmtpdA=="])
def test_nobody_gets_in_without_a_token(world: World, header: str) -> None:
    headers = {"Idempotency-Key": "k"} | ({"Authorization": header} if header else {})
    answer = Browser().post(ADDRESS, json.dumps(REPORT), content_type="application/json", headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token_is_shut_out_and_no_token_is_kept_readable(world: World, secret: str) -> None:
    with practice_scope(world.practice_id):
        token = ApiToken.objects.get()
    assert secret not in json.dumps([token.name, token.digest])
    revoke_token(practice_id=world.practice_id, token_id=token.pk, by="olive", now=NOW)
    assert post(secret, REPORT)[0] == 401


def test_a_token_of_another_practice_records_nothing_here(world: World) -> None:
    theirs = make_token(practice_id=world.other_practice_id, name="Theirs", by="vic", now=NOW).secret
    given = [{"kind": "care_texts", "text": CARE.replace("Juniper Skin Studio", "Quiet Harbor")}]
    code, answer = post(theirs, {**REPORT, "consents": given})
    assert (code, answer["client_id"]) == (201, None)
    assert reported(world) == []


def test_the_openapi_document_describes_the_calls() -> None:
    document = Browser().get("/api/v1/openapi.json").json()
    assert set(document["paths"]) == {"/api/v1/consents", "/api/v1/wordings"}
    assert document["components"]["securitySchemes"]["BearerToken"]["scheme"] == "bearer"
    assert "text_digest" in json.dumps(document["components"]["schemas"]["ConsentGiven"])
