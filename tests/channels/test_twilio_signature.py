"""Only Twilio is believed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from afterglow.channels.receipts import Call, ForgedCall, Hook, Prompt, StatusReport
from afterglow.channels.sms import twilio_webhooks
from afterglow.channels.twilio_signature import is_genuine
from afterglow.channels.voice import twilio_webhooks as twilio_voice_webhooks

NOW = datetime(2026, 5, 7, 12, tzinfo=UTC)
SID = "SM" + "0" * 31 + "1"
FORM = [("MessageSid", SID), ("From", "+15005550006"), ("To", "+15005550001"), ("Body", "Doing great")]
CALL: dict[str, Any] = {
    "url": "https://care.example.test/hooks/twilio/sms?tenant=7",
    "params": FORM,
    "signature": "g+R88N0p+yVe7Rx1SISSFcddd7U=",
    "secret": "tok123",
}
SHARED_KEY = {
    "signature": "6K73y3LOA71cbwCJ0mfS8vaz323EJtk7NlZDFApsRKI=",
    "settings_header": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256",
}
CONFIG = {"auth_token": "tok123", "shared_key": "key456"}
ADDRESS = "https://care.example.test/hooks/messages/h00k/status?token=tok-8f3c"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"params": FORM[::-1]},
        {"url": "https://care.example.test:443/hooks/twilio/sms?tenant=7"},
        SHARED_KEY,
    ],
    ids=["as signed", "in another order", "with its port named", "with a shared key"],
)
def test_a_call_from_twilio_is_believed(changes: dict[str, Any]) -> None:
    assert is_genuine(**{**CALL, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://care.example.test/hooks/twilio/sms?tenant=8"},
        {"params": [*FORM[:3], ("Body", "STOP")]},
        {"params": [*FORM, ("Extra", "1")]},
        {"params": FORM[:3]},
        {"signature": ""},
        {"signature": "g+R88N0p+yVe7Rx1SISSFcddd7Ü="},
        {"secret": "tok124"},
        {"secret": ""},
        {"signature": SHARED_KEY["signature"]},
        {"settings_header": SHARED_KEY["settings_header"]},
        {"settings_header": "algorithm=NONE"},
    ],
)
def test_anything_else_is_not(changes: dict[str, Any]) -> None:
    assert not is_genuine(**{**CALL, **changes})


def test_an_empty_secret_opens_no_door_even_to_a_matching_signature() -> None:
    signature = RequestValidator("").compute_signature(CALL["url"], dict(FORM))

    assert not is_genuine(**{**CALL, "secret": "", "signature": signature})


@given(
    form=st.dictionaries(st.text("abcXYZ09", min_size=1), st.text(max_size=20), max_size=6),
    path=st.text("abc/", max_size=10),
    port=st.sampled_from(["", ":443", ":8443"]),
)
def test_the_official_validator_agrees(form: dict[str, str], path: str, port: str) -> None:
    url = f"https://care.example.test{port}/{path}"
    signature = RequestValidator("tok123").compute_signature(url, form)

    assert is_genuine(url=url, params=form.items(), signature=signature, secret="tok123")


@pytest.mark.parametrize(("scheme", "port"), [("https", 443), ("http", 80)])
@pytest.mark.parametrize("signs_port", [True, False])
@pytest.mark.parametrize("calls_port", [True, False])
def test_naming_the_usual_port_or_not_makes_no_difference(
    scheme: str, port: int, signs_port: bool, calls_port: bool
) -> None:
    plain, named = (f"{scheme}://care.example.test{spelling}/x?y=1" for spelling in ("", f":{port}"))
    signature = RequestValidator("tok123").compute_signature(named if signs_port else plain, dict(FORM))

    assert is_genuine(url=named if calls_port else plain, params=FORM, signature=signature, secret="tok123")


def test_a_repeated_name_is_signed_once_per_value() -> None:
    class Repeated(dict[str, Any]):
        def getlist(self, name: str) -> list[str]:
            return ["b", "a", "b"]

    signature = RequestValidator("tok123").compute_signature("https://care.example.test/", Repeated(Media="b"))

    pairs = [("Media", "b"), ("Media", "a"), ("Media", "b")]
    assert is_genuine(url="https://care.example.test/", params=pairs, signature=signature, secret="tok123")


def signed(url: str, form: Mapping[str, str], *, body: bytes | None = None, content_type: str = "") -> Call:
    """A call as Twilio makes it. With a `body` it is that body which arrives, whatever was signed."""
    signature = RequestValidator("tok123").compute_signature(url, dict(form))
    arrived = urlencode(form).encode() if body is None else body
    return Call(url=url, headers={"x-twilio-signature": signature}, body=arrived, content_type=content_type)


HOOKS: list[tuple[Hook | Prompt, dict[str, str], str]] = [
    (twilio_webhooks.HOOKS["text"], {"MessageSid": SID, "Body": "STOP"}, SID),
    (twilio_webhooks.HOOKS["status"], {"MessageSid": SID, "MessageStatus": "sent"}, f"{SID}:sent"),
    (twilio_voice_webhooks.HOOKS["status"], {"CallSid": "CA1", "CallStatus": "busy"}, "CA1:busy"),
    (twilio_voice_webhooks.HOOKS["answer"], {"CallSid": "CA1", "AnsweredBy": "human"}, "CA1"),
]
NAMES = ["text", "text status", "call status", "answer"]


@pytest.mark.parametrize(("hook", "form", "event_id"), HOOKS, ids=NAMES)
def test_each_call_is_known_by_an_id_of_its_own(hook: Hook | Prompt, form: dict[str, str], event_id: str) -> None:
    assert hook.verify(signed(ADDRESS, form), CONFIG, NOW) == event_id


@pytest.mark.parametrize(("hook", "form", "event_id"), HOOKS, ids=NAMES)
def test_a_changed_call_is_refused_at_every_hook(hook: Hook | Prompt, form: dict[str, str], event_id: str) -> None:
    with pytest.raises(ForgedCall, match="public address of this site"):
        hook.verify(signed(ADDRESS, form, body=urlencode({**form, "Extra": "1"}).encode()), CONFIG, NOW)


def test_a_shared_key_is_a_secret_of_its_own() -> None:
    form = {"MessageSid": SID, "MessageStatus": "sent"}
    settings = SHARED_KEY["settings_header"]
    signature = RequestValidator("key456").compute_signature(ADDRESS, form, "HMAC_SHA256")
    headers = {"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": settings}
    call = Call(url=ADDRESS, headers=headers, body=urlencode(form).encode())
    hook = twilio_webhooks.HOOKS["status"]

    assert hook.verify(call, CONFIG, NOW) == f"{SID}:sent"
    with pytest.raises(ForgedCall):
        hook.verify(call, {"auth_token": "key456"}, NOW)


JSON = f'{{"MessageSid": "{SID}", "MessageStatus": "delivered"}}'.encode()
DIGEST = sha256(JSON).hexdigest()


def test_a_call_in_json_is_proven_by_the_digest_in_its_address() -> None:
    call = signed(f"{ADDRESS}&bodySHA256={DIGEST}", {}, body=JSON, content_type="application/json; charset=utf-8")
    hook = twilio_webhooks.HOOKS["status"]

    assert RequestValidator("tok123").validate(call.url, JSON.decode(), call.headers["x-twilio-signature"])
    assert hook.verify(call, CONFIG, NOW) == f"{SID}:delivered"
    [report] = hook.read(call)
    assert isinstance(report, StatusReport)
    assert (report.provider_id, report.token, report.status) == (SID, "tok-8f3c", "delivered")


@pytest.mark.parametrize(
    ("url", "body", "content_type"),
    [
        (f"{ADDRESS}&bodySHA256={DIGEST}", JSON.replace(b"delivered", b"failed"), "application/json"),
        (f"{ADDRESS}&bodySHA256=", JSON, "application/json"),
        (ADDRESS, JSON, "application/json"),
        (f"{ADDRESS}&bodySHA256={DIGEST}", JSON, "application/x-www-form-urlencoded"),
    ],
    ids=["another body", "an empty digest", "no digest", "as if it were a form"],
)
def test_a_body_in_json_that_its_address_does_not_prove_is_refused(url: str, body: bytes, content_type: str) -> None:
    with pytest.raises(ForgedCall):
        twilio_webhooks.HOOKS["status"].verify(signed(url, {}, body=body, content_type=content_type), CONFIG, NOW)
