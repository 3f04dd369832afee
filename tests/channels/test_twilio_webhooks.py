"""What Twilio says about texts arrives in our words."""

from __future__ import annotations

import pytest

from afterglow.channels.receipts import Delivery, InboundText, Media, StatusReport, UnreadableReceipt
from afterglow.channels.sms.twilio_webhooks import parse_inbound, parse_status

SID = "SM" + "0" * 31 + "1"
FORM = [("MessageSid", SID), ("From", "+15005550006"), ("To", "+15005550001"), ("Body", "Doing great")]


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


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("30003", "unavailable"),
        ("30005", "invalid_address"),
        ("30008", "unavailable"),
        ("30410", ""),
        ("99999", ""),
        ("oops", ""),
    ],
)
def test_a_failed_delivery_says_why(code: str, kind: str) -> None:
    report = parse_status({"MessageSid": SID, "MessageStatus": "undelivered", "ErrorCode": code})

    assert (report.error_code, report.kind) == (code, kind)


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
