from __future__ import annotations

import hmac
import json
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client as Browser
from standardwebhooks.webhooks import Webhook

from afterglow.actions.open_senders import set_sender
from afterglow.actions.process_events import process_events
from afterglow.actions.record_visits import record_visits
from afterglow.models import Client, Consent, Message, RawEvent, Task, Touch, Visit
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from tests.world import NOW, ROSA_PHONE, World

AUTH_TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    practices: list[int] = []
    monkeypatch.setattr("afterglow.jobs.wake", practices.append)
    return practices


def call(world: World, body: bytes, *, event_id: str = "msg_1", secret: str = "", token: str = "") -> Any:
    signature = Webhook(secret or world.webhook_secret).sign(event_id, NOW, body.decode())
    return Browser().post(
        f"/hooks/visits/{token or world.webhook_token}/",
        body,
        content_type="application/json",
        headers={
            "webhook-id": event_id,
            "webhook-timestamp": str(int(NOW.timestamp())),
            "webhook-signature": signature,
        },
    )


def visit_call(appointment_id: str = "W-1", first_name: str = "Ida") -> bytes:
    ended_at = NOW - timedelta(hours=2)
    client = {"client_id": "C-9", "first_name": first_name, "last_name": "Stone", "phone": "+12075550177"}
    return json.dumps(
        {
            "type": "visit.reported",
            "data": {
                "appointment_id": appointment_id,
                "status": "completed",
                "start": (ended_at - timedelta(hours=1)).isoformat(),
                "end": ended_at.isoformat(),
                "client": client,
                "services": [{"service": "Botox 40u"}],
            },
        }
    ).encode()


def process(world: World) -> int:
    return process_events(practice_id=world.practice_id, now=NOW)


def events(world: World) -> int:
    with practice_scope(world.practice_id):
        return RawEvent.objects.count()


def test_a_signed_call_is_kept_answered_and_read(world: World, woken: list[int]) -> None:
    answer = call(world, visit_call())
    assert (answer.status_code, woken) == (202, [world.practice_id])
    assert process(world) == 1
    with practice_scope(world.practice_id):
        assert Visit.objects.get(external_id="W-1").client.first_name == "Ida"
        assert Touch.objects.filter(plan__visit__external_id="W-1", state=Touch.State.PLANNED).exists()


def test_the_same_event_again_is_welcome_and_does_nothing_twice(world: World, woken: list[int]) -> None:
    call(world, visit_call())
    answer = call(world, visit_call())
    assert answer.status_code == 200
    assert "nothing was done twice" in answer.json()["message"]
    assert events(world) == 1
    assert woken == [world.practice_id]


def test_a_forged_call_is_refused_in_plain_words_and_leaves_no_trace(world: World) -> None:
    answer = call(world, visit_call(), secret="whsec_bm90IG91cnMgYXQgYWxs")
    assert answer.status_code == 401
    assert "signature does not match" in answer.json()["message"]
    assert events(world) == 0


def test_an_unsigned_call_is_refused(world: World) -> None:
    answer = Browser().post(f"/hooks/visits/{world.webhook_token}/", visit_call(), content_type="application/json")
    assert answer.status_code == 401


def test_an_unknown_address_and_a_wrong_method_say_so(world: World) -> None:
    assert call(world, b"{}", token="nobody").status_code == 404
    assert call(world, b"{}", token="%00").status_code == 404
    assert Browser().put(f"/hooks/visits/{world.webhook_token}/").status_code == 405


@pytest.mark.parametrize("size", [2_000_001, 20_000_000])
def test_a_call_that_is_too_large_is_told_the_limit(world: World, size: int) -> None:
    answer = call(world, b"x" * size)
    assert answer.status_code == 413
    assert "at most 2 MB" in answer.json()["message"]


def test_the_address_answers_whoever_looks_whether_it_is_there(world: World) -> None:
    assert Browser().get(f"/hooks/visits/{world.webhook_token}/").status_code == 200
    assert Browser().head(f"/hooks/visits/{world.webhook_token}/").status_code == 200


def test_a_broken_event_is_kept_with_a_task_and_stops_no_other(world: World) -> None:
    call(world, b"this is no json", event_id="msg_1")
    call(world, visit_call(), event_id="msg_2")
    assert process(world) == 2
    with practice_scope(world.practice_id):
        assert RawEvent.objects.exclude(fault="").count() == 1
        assert "not JSON" in Task.objects.get(kind="event").reason
        assert Visit.objects.filter(external_id="W-1").exists()
    assert process(world) == 0


def test_our_own_bug_keeps_the_event_and_the_rest_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    call(world, visit_call("W-1"), event_id="msg_1")
    call(world, visit_call("W-2"), event_id="msg_2")

    def broken_once(**given: object) -> object:
        if given["reports"][0].external_id == "W-1":  # type: ignore[index]
            raise RuntimeError("a bug")
        return record_visits(**given)  # type: ignore[arg-type]

    monkeypatch.setattr("afterglow.actions.process_events.record_visits", broken_once)
    process(world)
    with practice_scope(world.practice_id):
        assert list(Visit.objects.filter(external_id__startswith="W-").values_list("external_id", flat=True)) == ["W-2"]
        assert RawEvent.objects.get(event_id__endswith="msg_1").fault == "RuntimeError while reading it"


def twilio(world: World, hook: str, form: dict[str, str], *, secret: str = AUTH_TOKEN) -> Any:
    config = {"account_sid": "AC" + "0" * 32, "auth_token": AUTH_TOKEN, "from_number": "+15005550006"}
    set_sender(practice_id=world.practice_id, channel=Channel.SMS, provider="twilio", config=config, now=NOW)
    path = f"/hooks/twilio/{world.webhook_token}/{hook}/"
    signed = settings.SITE_URL + path + "".join(f"{k}{v}" for k, v in sorted(form.items()))
    signature = b64encode(hmac.digest(secret.encode(), signed.encode(), "sha1")).decode()
    return Browser().post(
        path,
        urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature},
    )


TEXT = {
    "MessageSid": "SM1",
    "From": ROSA_PHONE,
    "To": "+15005550006",
    "Body": "Is this bruise normal?",
    "NumMedia": "0",
}


def test_a_text_through_twilio_reaches_the_list_of_today(world: World) -> None:
    answer = twilio(world, "sms", TEXT)
    assert answer.status_code == 200
    assert answer.content.decode().endswith("<Response/>")
    twilio(world, "sms", TEXT)
    assert process(world) == 1
    with practice_scope(world.practice_id):
        assert Message.objects.filter(body="Is this bruise normal?", client=world.rosa_id).count() == 1
        assert Client.objects.get(pk=world.rosa_id).reply_waiting_since == NOW


def test_what_twilio_took_for_a_stop_ends_the_texts_to_that_number(world: World) -> None:
    twilio(world, "sms", {**TEXT, "Body": "arrête tout", "OptOutType": "STOP"})
    process(world)
    with practice_scope(world.practice_id):
        stopped = Consent.objects.filter(address=ROSA_PHONE, status=Consent.Status.REVOKED)
        assert {c.purpose for c in stopped} == {"care", "appointment", "marketing", "voice"}
        assert not Task.objects.filter(client=world.rosa_id, opened_at=NOW).exists()


def test_a_text_that_twilio_did_not_sign_is_refused(world: World) -> None:
    assert twilio(world, "sms", TEXT, secret="f" * 32).status_code == 401
    assert events(world) == 0


def sent_message(world: World) -> Message:
    with practice_scope(world.practice_id):
        return Message.objects.create(
            practice_id=world.practice_id,
            client_id=world.rosa_id,
            direction=Message.Direction.OUT,
            channel="sms",
            address=ROSA_PHONE,
            body="Hi Rosa",
            status=Message.Status.ACCEPTED,
            provider_id="SM7",
            at=NOW,
        )


def status_of(world: World, message: Message) -> str:
    with practice_scope(world.practice_id):
        return Message.objects.get(pk=message.pk).status


def test_delivery_reports_in_any_order_end_with_the_truth(world: World) -> None:
    message = sent_message(world)
    for status in ("delivered", "sent", "queued"):
        twilio(world, "status", {"MessageSid": "SM7", "MessageStatus": status})
    process(world)
    assert status_of(world, message) == "delivered"


def test_a_message_that_did_not_arrive_becomes_a_task(world: World) -> None:
    message = sent_message(world)
    twilio(world, "status", {"MessageSid": "SM7", "MessageStatus": "undelivered", "ErrorCode": "30006"})
    process(world)
    assert status_of(world, message) == "failed"
    with practice_scope(world.practice_id):
        assert "was not delivered" in Task.objects.get(kind="failed").reason


def test_a_report_that_overtakes_our_own_answer_waits_for_it(world: World) -> None:
    twilio(world, "status", {"MessageSid": "SM7", "MessageStatus": "delivered"})
    assert process(world) == 0
    message = sent_message(world)
    assert process(world) == 1
    assert status_of(world, message) == "delivered"


def test_a_report_about_nothing_of_ours_is_let_go_in_the_end(world: World) -> None:
    twilio(world, "status", {"MessageSid": "SM8", "MessageStatus": "delivered"})
    assert process_events(practice_id=world.practice_id, now=NOW + timedelta(minutes=11)) == 1
