"""Only Twilio is believed, and what it says arrives in our words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from afterglow.channels.receipts import Delivery, InboundText, Media, StatusReport, UnreadableReceipt
from afterglow.channels.sms.twilio_webhooks import is_genuine, parse_inbound, parse_status

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


def test_a_repeated_name_is_signed_once_per_value() -> None:
    class Repeated(dict[str, Any]):
        def getlist(self, name: str) -> list[str]:
            return ["b", "a", "b"]

    signature = RequestValidator("tok123").compute_signature("https://care.example.test/", Repeated(Media="b"))

    pairs = [("Media", "b"), ("Media", "a"), ("Media", "b")]
    assert is_genuine(url="https://care.example.test/", params=pairs, signature=signature, secret="tok123")


def test_an_inbound_text_arrives_whole() -> None:
    photo = {"NumMedia": "1", "MediaUrl0": "https://media.example.test/1", "MediaContentType0": "image/jpeg"}

    assert parse_inbound({**dict(FORM), **photo, "SmsStatus": "received"}) == InboundText(
        provider_id=SID,
        from_="+15005550006",
        to="+15005550001",
        text="Doing great",
        media=(Media(url="https://media.example.test/1", content_type="image/jpeg"),),
    )


def test_a_keyword_that_twilio_has_answered_is_marked() -> None:
    assert parse_inbound({**dict(FORM), "Body": "Arrêt", "OptOutType": "STOP"}).opt_out_type == "stop"


@pytest.mark.parametrize(
    ("word", "delivery"),
    [
        ("accepted", Delivery.ACCEPTED),
        ("queued", Delivery.ACCEPTED),
        ("sending", Delivery.ACCEPTED),
        ("sent", Delivery.SENT),
        ("delivered", Delivery.DELIVERED),
        ("read", Delivery.DELIVERED),
        ("undelivered", Delivery.UNDELIVERED),
        ("failed", Delivery.FAILED),
        ("canceled", Delivery.FAILED),
        ("a_word_of_next_year", Delivery.ACCEPTED),
    ],
)
def test_a_delivery_report_is_told_in_our_words(word: str, delivery: Delivery) -> None:
    assert parse_status({"MessageSid": SID, "MessageStatus": word}) == StatusReport(provider_id=SID, status=delivery)


def test_a_failed_delivery_says_why() -> None:
    report = parse_status({"MessageSid": SID, "MessageStatus": "undelivered", "ErrorCode": "30005"})

    assert (report.error_code, report.kind) == ("30005", "invalid_address")


def test_a_text_loses_only_the_character_that_no_database_takes() -> None:
    assert parse_inbound({**dict(FORM), "Body": "ST\0OP"}).text == "STOP"


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_a_text_without_its_envelope_is_unreadable(missing: str) -> None:
    with pytest.raises(UnreadableReceipt, match=missing):
        parse_inbound({name: value for name, value in FORM if name != missing})


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
def test_a_report_without_its_envelope_is_unreadable(missing: str) -> None:
    report = {"MessageSid": SID, "MessageStatus": "sent"}
    del report[missing]

    with pytest.raises(UnreadableReceipt, match=missing):
        parse_status(report)
