"""How a voicemail through Drop Cowboy ended: who is believed, and what each outcome means."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from afterglow.channels.contract import REFUSALS
from afterglow.channels.errors_voicemail import DROP_COWBOY_KINDS
from afterglow.channels.receipts import Call, Delivery, ForgedCall, StatusReport, UnreadableReceipt
from afterglow.channels.voice.drop_cowboy_webhooks import HOOKS
from tests.channels.samples import NOON, TOKEN

CALLBACKS = "https://care.example.test/hooks/messages/acct/"
SECRET = {"signing_secret": "dcsecret"}
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
VECTOR = "sha256=f396226aba65f7c696f3379b79b74e7233b253a65c82c44db0c99fd04ff9a4b3"


def signed(body: bytes = b'{"event":"contact.rvm.status"}', signature: str = VECTOR, stamp: str = "1767225600") -> Call:
    headers = {"x-signature": signature, "x-timestamp": stamp, "x-event-id": "ev-7"}
    return Call(url=f"{CALLBACKS}status", headers=headers, body=body)


def test_a_signed_event_is_believed_and_has_its_own_id() -> None:
    assert HOOKS["status"].verify(signed(), SECRET, NEW_YEAR) == "ev-7"


def test_the_id_that_was_signed_counts_more_than_the_one_beside_it() -> None:
    body = b'{"event_id":"ev-8"}'
    signature = "sha256=" + hmac.new(b"dcsecret", b"1767225600." + body, "sha256").hexdigest()

    assert HOOKS["status"].verify(signed(body, signature), SECRET, NEW_YEAR) == "ev-8"


@pytest.mark.parametrize(
    ("call", "settings", "now"),
    [
        (signed(body=b'{"event":"contact.rvm.receipt"}'), SECRET, NEW_YEAR),
        (signed(signature=VECTOR.removeprefix("sha256=")), SECRET, NEW_YEAR),
        (signed(signature="sha256=ü"), SECRET, NEW_YEAR),
        (signed(signature=""), SECRET, NEW_YEAR),
        (signed(stamp="1767225601"), SECRET, NEW_YEAR),
        (signed(stamp="soon"), SECRET, NEW_YEAR),
        (signed(), {"signing_secret": "another"}, NEW_YEAR),
        (signed(), {}, NEW_YEAR),
        (signed(), SECRET, NEW_YEAR + timedelta(seconds=301)),
        (signed(), SECRET, NEW_YEAR - timedelta(seconds=301)),
    ],
)
def test_anything_else_is_not(call: Call, settings: dict[str, str], now: datetime) -> None:
    with pytest.raises(ForgedCall):
        HOOKS["status"].verify(call, settings, now)


def result(token: str = TOKEN, **changes: object) -> Call:
    body = {"drop_id": "d-1", "status": "success", "reason_code": 0, "dnc": False, "foreign_id": TOKEN, **changes}
    return Call(url=f"{CALLBACKS}result?token={token}", headers={}, body=json.dumps(body).encode())


def test_a_result_at_a_message_s_own_address_is_believed_when_both_name_the_message() -> None:
    first, again = (HOOKS["result"].verify(result(), {}, NOON) for _ in range(2))

    assert first == again != HOOKS["result"].verify(result(reason_code=4002), {}, NOON)


@pytest.mark.parametrize("call", [result(token=""), result(token="tok-other"), result(foreign_id="\ud800")])
def test_a_result_about_another_message_is_not(call: Call) -> None:
    with pytest.raises(ForgedCall):
        HOOKS["result"].verify(call, {}, NOON)


@pytest.mark.parametrize(
    ("code", "delivery", "kind"),
    [
        (0, Delivery.DELIVERED, ""),
        (3000, Delivery.FAILED, "configuration"),
        (3001, Delivery.FAILED, "configuration"),
        (3007, Delivery.FAILED, "configuration"),
        (3014, Delivery.FAILED, "configuration"),
        (3021, Delivery.FAILED, "content"),
        (3027, Delivery.ACCEPTED, ""),
        (3028, Delivery.FAILED, "configuration"),
        (3040, Delivery.FAILED, "configuration"),
        (4001, Delivery.UNDELIVERED, "invalid_address"),
        (4002, Delivery.UNDELIVERED, ""),
        (4010, Delivery.FAILED, "configuration"),
        (6011, Delivery.FAILED, "configuration"),
        (9999, Delivery.UNDELIVERED, ""),
    ],
)
def test_each_outcome_is_told_in_our_words(code: int, delivery: Delivery, kind: str) -> None:
    [report] = HOOKS["result"].read(result(reason_code=code))

    assert report == StatusReport(
        provider_id="d-1",
        token=TOKEN,
        status=delivery,
        error_code="" if code in (0, 3027) else str(code),
        kind=kind,
    )
    assert kind in {"", *REFUSALS}


def test_whoever_is_on_the_do_not_call_list_has_opted_out() -> None:
    [report] = HOOKS["result"].read(result(reason_code=9999, dnc=True))

    assert isinstance(report, StatusReport)
    assert report.kind == "opted_out"


def event(name: str, **data: object) -> Call:
    return signed(json.dumps({"event_id": "ev-1", "event": name, "data": {"reason_code": 0, **data}}).encode())


@pytest.mark.parametrize("name", ["contact.rvm.status", "contact.rvm.receipt"])
def test_a_signed_event_that_names_our_message_is_a_report(name: str) -> None:
    assert HOOKS["status"].read(event(name, drop_id="d-1", foreign_id=TOKEN)) == [
        StatusReport(provider_id="d-1", token=TOKEN, status=Delivery.DELIVERED)
    ]


@pytest.mark.parametrize(
    "call", [event("contact.rvm.status", drop_id="d-1"), event("contact.sms.status", foreign_id=TOKEN)]
)
def test_an_event_about_no_message_of_ours_says_nothing(call: Call) -> None:
    assert HOOKS["status"].read(call) == []


def test_a_report_without_its_reason_is_unreadable() -> None:
    with pytest.raises(UnreadableReceipt, match="reason_code"):
        HOOKS["result"].read(result(reason_code=None))
    with pytest.raises(UnreadableReceipt, match="data"):
        HOOKS["status"].read(signed())


def test_every_code_has_a_kind_that_exists() -> None:
    assert set(DROP_COWBOY_KINDS.values()) <= REFUSALS.keys()
