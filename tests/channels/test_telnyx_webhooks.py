"""Only Telnyx is believed, and what it says arrives in our words."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from afterglow.channels.receipts import (
    Call,
    Delivery,
    ForgedCall,
    Hook,
    InboundText,
    Media,
    StatusReport,
    UnreadableReceipt,
)
from afterglow.channels.sms.telnyx_webhooks import HOOKS
from tests.channels.samples import NOON, ROSA

KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
# Checked with the signatures of another language's library: private key 00 01 02 … 1f.
ELSEWHERE = {
    "public_key": "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
    "signature": "oanW5+Pvo57MCXh93lJ3fl6w1rIqgmUxZUxT5GsnjVUTX2aUC3gT1L+uu1rwyR9s9fefegGToqKZLep24q4YCw==",
}
CLINIC = "+12025550100"
FINALIZED = {
    "event_type": "message.finalized",
    "id": "ev-1",
    "occurred_at": "2026-05-07T15:00:04Z",
    "record_type": "event",
    "payload": {
        "id": "msg-9",
        "direction": "outbound",
        "from": {"phone_number": CLINIC},
        "to": [{"phone_number": ROSA, "status": "delivered"}],
        "text": "Hi",
        "errors": [],
    },
}
RECEIVED = {
    "event_type": "message.received",
    "id": "ev-2",
    "payload": {
        "id": "msg-10",
        "direction": "inbound",
        "from": {"phone_number": ROSA, "carrier": "Any"},
        "to": [{"phone_number": CLINIC, "status": "webhook_delivered"}],
        "text": "Doing great",
        "autoresponse_type": None,
        "media": [{"url": "https://media.example.test/1", "content_type": "image/jpeg", "size": 9}],
    },
}


def public(key: Ed25519PrivateKey) -> dict[str, str]:
    return {"public_key": b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()}


def body_of(event: dict[str, Any]) -> bytes:
    return json.dumps({"data": event, "meta": {"attempt": 1}}).encode()


def hook() -> Hook:
    found = HOOKS["status"]
    assert isinstance(found, Hook)
    return found


def signed(body: bytes, *, by: Ed25519PrivateKey = KEY, at: int = int(NOON.timestamp())) -> Call:
    return Call(
        url="https://care.example.test/hooks/messages/acct/status?token=tok-8f3c",
        headers={
            "Telnyx-Signature-Ed25519": b64encode(by.sign(f"{at}|".encode() + body)).decode(),
            "Telnyx-Timestamp": str(at),
        },
        body=body,
        content_type="application/json",
    )


def told(event: dict[str, Any], **payload: Any) -> Any:
    changed = {**event, "payload": {**event["payload"], **payload}}
    [receipt] = hook().read(signed(body_of(changed)))
    return receipt


def test_a_call_from_telnyx_is_believed_and_keeps_its_id_when_it_is_repeated() -> None:
    first = hook().verify(signed(body_of(FINALIZED)), public(KEY), NOON)
    again = hook().verify(signed(body_of({**FINALIZED, "meta": {"attempt": 2}})), public(KEY), NOON)

    assert first == again == "ev-1"


def test_a_signature_made_elsewhere_is_believed() -> None:
    call = Call(
        url="https://care.example.test/hooks/messages/acct/text",
        headers={"telnyx-timestamp": "1767225600", "telnyx-signature-ed25519": ELSEWHERE["signature"]},
        body=b'{"data":{"id":"ev-1"}}',
    )

    assert hook().verify(call, {"public_key": ELSEWHERE["public_key"]}, datetime(2026, 1, 1, tzinfo=UTC)) == "ev-1"


@pytest.mark.parametrize("late", [timedelta(seconds=301), timedelta(seconds=-301), timedelta(days=400)])
def test_a_stale_call_is_not_believed(late: timedelta) -> None:
    with pytest.raises(ForgedCall, match="5 minutes"):
        hook().verify(signed(body_of(FINALIZED)), public(KEY), NOON + late)


def without(header: str) -> Call:
    call = signed(body_of(FINALIZED))
    return Call(url=call.url, headers={k: v for k, v in call.headers.items() if k != header}, body=call.body)


def with_signature(signature: str) -> Call:
    call = signed(body_of(FINALIZED))
    return Call(url=call.url, headers={**call.headers, "Telnyx-Signature-Ed25519": signature}, body=call.body)


def with_body(body: bytes) -> Call:
    call = signed(body_of(FINALIZED))
    return Call(url=call.url, headers=call.headers, body=body)


@pytest.mark.parametrize(
    "call",
    [
        signed(body_of(FINALIZED), by=OTHER_KEY),
        with_body(body_of(FINALIZED).replace(b"delivered", b"undelivrd")),
        with_signature(""),
        with_signature("not base64 ü"),
        with_signature(b64encode(bytes(64)).decode()),
        without("Telnyx-Signature-Ed25519"),
        without("Telnyx-Timestamp"),
    ],
    ids=["another key", "another body", "empty", "no base64", "zeros", "no signature", "no time"],
)
def test_anything_else_is_not(call: Call) -> None:
    with pytest.raises(ForgedCall):
        hook().verify(call, public(KEY), NOON)


@pytest.mark.parametrize("settings", [{}, {"public_key": ""}, {"public_key": "AAAA"}])
def test_without_a_key_nobody_is_believed(settings: dict[str, str]) -> None:
    with pytest.raises(ForgedCall):
        hook().verify(signed(body_of(FINALIZED)), settings, NOON)


def test_a_delivery_report_carries_our_token() -> None:
    assert told(FINALIZED) == StatusReport(provider_id="msg-9", token="tok-8f3c", status=Delivery.DELIVERED)


@pytest.mark.parametrize(
    ("word", "delivery"),
    [
        ("queued", Delivery.ACCEPTED),
        ("sending", Delivery.ACCEPTED),
        ("sent", Delivery.SENT),
        ("delivery_unconfirmed", Delivery.SENT),
        ("delivered", Delivery.DELIVERED),
        ("read", Delivery.DELIVERED),
        ("delivery_failed", Delivery.UNDELIVERED),
        ("sending_failed", Delivery.FAILED),
        ("expired", Delivery.FAILED),
        ("a_word_of_next_year", Delivery.ACCEPTED),
    ],
)
def test_each_status_is_told_in_our_words(word: str, delivery: Delivery) -> None:
    assert told(FINALIZED, to=[{"status": word}]).status == delivery


@pytest.mark.parametrize(
    ("word", "code", "kind"),
    [
        ("delivery_failed", "40001", "invalid_address"),
        ("delivery_failed", "40002", "content"),
        ("delivery_failed", "40008", ""),
        ("sending_failed", "40300", "opted_out"),
        ("sending_failed", "40014", "expired"),
        ("expired", "", "expired"),
    ],
)
def test_a_failed_delivery_says_why(word: str, code: str, kind: str) -> None:
    report = told(FINALIZED, to=[{"status": word}], errors=[{"code": code, "title": "No"}] if code else [])

    assert (report.error_code, report.kind) == (code, kind)


def test_an_inbound_text_arrives_whole() -> None:
    assert told(RECEIVED) == InboundText(
        provider_id="msg-10",
        from_=ROSA,
        to=CLINIC,
        text="Doing great",
        media=(Media(url="https://media.example.test/1", content_type="image/jpeg"),),
    )


def test_a_keyword_that_telnyx_has_answered_is_marked() -> None:
    assert told(RECEIVED, text="Stop", autoresponse_type="STOP").opt_out_type == "stop"


@pytest.mark.parametrize(("given", "kept"), [("ST\0OP", "STOP"), ("hm \ud83d", "hm ?"), (None, "")])
def test_a_text_loses_only_what_no_database_takes(given: str | None, kept: str) -> None:
    assert told(RECEIVED, text=given).text == kept


def test_an_event_of_another_kind_says_nothing() -> None:
    assert hook().read(signed(body_of({**FINALIZED, "event_type": "call.hangup"}))) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"data": 5}',
        b"[" * 100_000,
        body_of({**FINALIZED, "payload": {"to": [{"status": "sent"}]}}),
        body_of({**FINALIZED, "payload": {"id": "msg-9", "to": []}}),
        body_of({**RECEIVED, "payload": {"id": "msg-10", "to": [{"phone_number": CLINIC}]}}),
    ],
)
def test_a_call_that_lacks_its_envelope_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableReceipt):
        hook().read(signed(body))
