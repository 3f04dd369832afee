from __future__ import annotations

import hmac
import json
from base64 import b64encode
from datetime import timedelta
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client as Browser
from standardwebhooks.webhooks import Webhook

from afterglow.actions.open_senders import set_sender
from afterglow.actions.process_events import process_events
from afterglow.actions.record_deliveries import record_deliveries
from afterglow.actions.record_visits import record_visits
from afterglow.channels.receipts import StatusReport
from afterglow.channels.registry import PROVIDERS
from afterglow.models import Attempt, Client, Consent, Message, RawEvent, SenderAccount, Task, Touch, Visit
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from tests.world import NOW, ROSA_PHONE, World

needs_boto3 = pytest.mark.skipif(find_spec("boto3") is None, reason="Amazon SES needs the package boto3")
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"


EVERY_HOOK = [
    pytest.param(channel, name, hook, marks=[needs_boto3] if name == "amazon_ses" else [])
    for channel, providers in PROVIDERS.items()
    for name, provider in providers.items()
    for hook in provider.hooks
    if name != "slybroadcast"  # it signs nothing: its unguessable address is the proof
]


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    practices: list[int] = []
    monkeypatch.setattr("afterglow.jobs.wake", practices.append)
    monkeypatch.setattr("afterglow.jobs.listen", practices.append)
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


@pytest.fixture
def account(world: World) -> str:
    """The token of our own account at Twilio."""
    config = {"account_sid": "AC" + "0" * 32, "auth_token": AUTH_TOKEN, "from_number": "+15005550006"}
    set_sender(practice_id=world.practice_id, channel=Channel.SMS, provider="twilio", config=config, now=NOW)
    with practice_scope(world.practice_id):
        return SenderAccount.objects.get(practice=world.practice_id, channel="sms").token


def twilio(token: str, hook: str, form: dict[str, str], *, secret: str = AUTH_TOKEN) -> Any:
    path = f"/hooks/messages/{token}/{hook}"
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


def test_a_text_through_twilio_reaches_the_list_of_today(world: World, account: str, woken: list[int]) -> None:
    answer = twilio(account, "text", TEXT)
    assert answer.status_code == 200
    assert answer.content.decode().endswith("<Response/>")
    twilio(account, "text/", TEXT)
    assert woken == [world.practice_id]
    assert process(world) == 1
    with practice_scope(world.practice_id):
        assert RawEvent.objects.get(event_id="SM1").kind == "sms.twilio.text"
        assert Message.objects.filter(body="Is this bruise normal?", client=world.rosa_id).count() == 1
        assert Client.objects.get(pk=world.rosa_id).reply_waiting_since == NOW


def test_photos_of_a_text_are_announced(world: World, account: str) -> None:
    photos = {"NumMedia": "2", "MediaUrl0": "https://m.example.test/0", "MediaUrl1": "https://m.example.test/1"}
    twilio(account, "text", {**TEXT, **photos})
    process(world)
    with practice_scope(world.practice_id):
        assert Message.objects.get(provider_id="SM1").body == "Is this bruise normal?\n[2 photos attached]"


def test_what_twilio_took_for_a_stop_ends_the_texts_to_that_number(world: World, account: str) -> None:
    twilio(account, "text", {**TEXT, "Body": "arrête tout", "OptOutType": "STOP"})
    process(world)
    with practice_scope(world.practice_id):
        stopped = Consent.objects.filter(address=ROSA_PHONE, status=Consent.Status.REVOKED)
        assert {c.purpose for c in stopped} == {"care", "appointment", "marketing", "voice"}
        assert not Task.objects.filter(client=world.rosa_id, opened_at=NOW).exists()


def test_a_text_that_twilio_did_not_sign_is_refused_in_plain_words(world: World, account: str) -> None:
    answer = twilio(account, "text", TEXT, secret="f" * 32)
    assert answer.status_code == 401
    assert "signature does not match" in answer.json()["message"]
    assert Browser().post(f"/hooks/messages/{account}/text/", b"\xff\x00garbage", content_type="a/b").status_code == 401
    assert events(world) == 0


def test_a_provider_finds_no_door_but_its_own(world: World, account: str) -> None:
    assert twilio("nobody", "text", TEXT).status_code == 404
    assert twilio(world.webhook_token, "text", TEXT).status_code == 404
    assert twilio(account, "answer", TEXT).status_code == 404
    assert twilio(account, "text/%00", TEXT).status_code == 404
    assert events(world) == 0


@pytest.mark.parametrize(("channel", "provider", "hook"), EVERY_HOOK)
def test_what_no_provider_would_send_is_refused_at_every_door(
    world: World, monkeypatch: pytest.MonkeyPatch, channel: Channel, provider: str, hook: str
) -> None:
    monkeypatch.setattr(settings, "SITE_URL", "https://follow-up.example.test")
    config = {key.name: key.example for key in PROVIDERS[channel][provider].keys if key.example}
    set_sender(practice_id=world.practice_id, channel=channel, provider=provider, config=config, now=NOW)
    with practice_scope(world.practice_id):
        token = SenderAccount.objects.get(practice=world.practice_id, channel=channel.value).token

    for body in (b"", b"\xff\x00{]", b'{"data": null}', b"[1, [], {}]", b"a=%00&var=1|2"):
        for content_type in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data"):
            answer = Browser().post(f"/hooks/messages/{token}/{hook}", body, content_type=content_type)
            assert answer.status_code in (400, 401), (body, content_type)
    assert events(world) == 0


def test_whoever_looks_at_a_providers_address_sees_that_it_is_ready(account: str) -> None:
    answer = Browser().get(f"/hooks/messages/{account}/status/")
    assert (answer.status_code, answer.json()["message"].split(".")[0]) == (200, "This address is ready")
    assert Browser().head(f"/hooks/messages/{account}/text").status_code == 200
    assert Browser().put(f"/hooks/messages/{account}/text").status_code == 405


def test_a_providers_call_that_is_too_large_is_refused(account: str) -> None:
    assert twilio(account, "text", {**TEXT, "Body": "x" * 2_000_001}).status_code == 413


def test_whoever_proves_nothing_is_asked_for_the_password_of_the_address(world: World, account: str) -> None:
    answer = twilio(account, "text", TEXT, secret="f" * 32)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="Afterglow"')


def test_a_fault_of_ours_asks_the_provider_to_call_again(
    world: World, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**given: object) -> bool:
        raise RuntimeError("a bug")

    monkeypatch.setattr("afterglow.web.hooks.keep_event", broken)
    answer = twilio(account, "text", TEXT)
    assert answer.status_code == 503
    assert "again later" in answer.json()["message"]


def test_another_account_keeps_the_addresses_and_the_old_secret_opens_them_no_more(world: World, account: str) -> None:
    config = {"account_sid": "AC" + "1" * 32, "auth_token": "f" * 32, "from_number": "+15005550006"}
    set_sender(practice_id=world.practice_id, channel=Channel.SMS, provider="twilio", config=config, now=NOW)

    assert twilio(account, "text", TEXT).status_code == 401
    assert twilio(account, "text", TEXT, secret="f" * 32).status_code == 200


def sent_text(world: World, *, token: str = "t-1", provider_id: str = "SM7") -> Attempt:
    """Rosa's check-in as it left."""
    with practice_scope(world.practice_id):
        touch = Touch.objects.filter(client=world.rosa_id, function="check_in").latest("planned_at")
        message = Message.objects.create(
            practice_id=world.practice_id,
            client_id=world.rosa_id,
            touch=touch,
            direction=Message.Direction.OUT,
            channel="sms",
            address=ROSA_PHONE,
            body="Hi Rosa",
            status=Message.Status.ACCEPTED if provider_id else Message.Status.SENDING,
            provider_id=provider_id,
            at=NOW,
        )
        Touch.objects.filter(pk=touch.pk).update(state=Touch.State.SENT, ended_at=NOW)
        return Attempt.objects.create(
            practice_id=world.practice_id,
            message=message,
            touch=touch,
            channel="sms",
            is_primary=True,
            token=token,
            state=Attempt.State.ACCEPTED if provider_id else Attempt.State.INTENT,
            started_at=NOW,
            provider_id=provider_id,
        )


def status_of(world: World, attempt: Attempt) -> str:
    with practice_scope(world.practice_id):
        return Message.objects.get(pk=attempt.message_id).status


def test_delivery_reports_in_any_order_end_with_the_truth(world: World, account: str) -> None:
    text = sent_text(world)
    for status in ("delivered", "sent", "queued"):
        twilio(account, "status", {"MessageSid": "SM7", "MessageStatus": status})
    assert process(world) == 3
    assert status_of(world, text) == "delivered"


def test_the_token_in_the_address_proves_that_a_text_left(world: World, account: str) -> None:
    text = sent_text(world, provider_id="")
    twilio(account, "status?token=t-1", {"MessageSid": "SM9", "MessageStatus": "sent"})
    process(world)
    with practice_scope(world.practice_id):
        proven = Attempt.objects.get(pk=text.pk)
    assert (proven.state, proven.provider_id) == ("accepted", "SM9")


def test_a_text_to_a_landline_is_tried_another_way(world: World, account: str) -> None:
    text = sent_text(world)
    twilio(account, "status", {"MessageSid": "SM7", "MessageStatus": "undelivered", "ErrorCode": "30006"})
    process(world)
    assert status_of(world, text) == "failed"
    with practice_scope(world.practice_id):
        assert Touch.objects.get(pk=text.touch_id).state == "planned"


def test_a_report_that_overtakes_our_own_answer_waits_for_it(world: World, account: str) -> None:
    twilio(account, "status", {"MessageSid": "SM7", "MessageStatus": "delivered"})
    assert process(world) == 0
    text = sent_text(world)
    assert process(world) == 1
    assert status_of(world, text) == "delivered"


def test_a_report_about_nothing_of_ours_is_let_go_in_the_end(world: World, account: str) -> None:
    twilio(account, "status", {"MessageSid": "SM8", "MessageStatus": "delivered"})
    assert process_events(practice_id=world.practice_id, now=NOW + timedelta(minutes=11)) == 1


def test_one_report_that_breaks_us_keeps_no_other_from_being_recorded(
    world: World, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = sent_text(world)
    twilio(account, "status", {"MessageSid": "SM6", "MessageStatus": "sent"})
    twilio(account, "status", {"MessageSid": "SM7", "MessageStatus": "delivered"})

    def stumbling(*, reports: list[StatusReport], **rest: Any) -> set[StatusReport]:
        if any(report.provider_id == "SM6" for report in reports):
            raise RuntimeError("a bug")
        return record_deliveries(reports=reports, **rest)

    monkeypatch.setattr("afterglow.actions.process_events.record_deliveries", stumbling)
    process(world)
    assert status_of(world, text) == "delivered"
    with practice_scope(world.practice_id):
        assert RawEvent.objects.exclude(fault="").get().fault == "RuntimeError while reading it"


def test_a_call_is_told_the_words_of_its_message_and_nothing_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SITE_URL", "https://follow-up.example.test")
    config = {
        "account_sid": "AC" + "0" * 32,
        "auth_token": AUTH_TOKEN,
        "from_number": "+15005550006",
        "practice_name": "Juniper",
    }
    set_sender(practice_id=world.practice_id, channel=Channel.VOICE, provider="twilio", config=config, now=NOW)
    with practice_scope(world.practice_id):
        token = SenderAccount.objects.get(practice=world.practice_id, channel="voice").token
    sent_text(world)

    answer = twilio(token, "answer?token=t-1", {"CallSid": "CA1", "AnsweredBy": "machine_end_beep"})
    stranger = twilio(token, "answer?token=t-2", {"CallSid": "CA2", "AnsweredBy": "machine_end_beep"})

    assert (answer.status_code, "Hi Rosa" in answer.content.decode()) == (200, True)
    assert "Hi Rosa" not in stranger.content.decode()
    assert twilio(token, "answer?token=t-1", {"CallSid": "CA1"}, secret="f" * 32).status_code == 401
    assert events(world) == 0
