"""How a voicemail through Slybroadcast ended."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from afterglow.channels.receipts import Call, Delivery, ForgedCall, StatusReport, UnreadableReceipt
from afterglow.channels.voice.slybroadcast_webhooks import HOOKS
from tests.channels.samples import NOON, TOKEN

CALLBACKS = "https://care.example.test/hooks/messages/acct/"


def disposition(var: str | None, token: str = TOKEN) -> Call:
    body = urlencode({} if var is None else {"var": var}).encode()
    return Call(url=f"{CALLBACKS}status?token={token}", headers={}, body=body)


def report(var: str) -> StatusReport:
    [found] = HOOKS["status"].read(disposition(var))
    assert isinstance(found, StatusReport)
    return found


LEFT = "771200|2025550143|OK||2026-05-07 11:02:09|Verizon"


def test_a_voicemail_that_was_left_is_reported_and_its_token_proves_it() -> None:
    assert report(LEFT) == StatusReport(provider_id="771200", token=TOKEN, status=Delivery.DELIVERED)


def test_a_report_at_an_address_that_names_no_message_is_refused() -> None:
    with pytest.raises(ForgedCall):
        HOOKS["status"].verify(disposition(LEFT, token=""), {}, NOON)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("Landline", "invalid_address"),
        ("Not a mobile number", "invalid_address"),
        ("Disconnected", "invalid_address"),
        ("Opted-out", "opted_out"),
        ("Do Not Call", "opted_out"),
        ("Mailbox full", ""),
        ("", ""),
    ],
)
def test_a_failure_says_why(reason: str, kind: str) -> None:
    found = report(f"771200|2025550143|failure|{reason}|2026-05-07 11:02:09|Verizon")

    assert (found.status, found.kind) == (Delivery.UNDELIVERED, kind)
    assert found.error_code == (reason or "failure")


def test_a_reason_names_no_number() -> None:
    assert "0143" not in report("771200|2025550143|failure|2025550143 is busy||").error_code


def test_the_answer_is_the_one_that_slybroadcast_waits_for() -> None:
    assert (HOOKS["status"].answer.body, HOOKS["status"].answer.status) == ("OK", 200)


def test_a_repeated_report_has_the_same_id_and_another_one_has_not() -> None:
    def event_id(call: Call) -> str:
        return HOOKS["status"].verify(call, {}, NOON)

    assert event_id(disposition(LEFT)) == event_id(disposition(LEFT))
    assert len({event_id(disposition(LEFT)), event_id(disposition(LEFT, "x")), event_id(disposition("1|2|OK"))}) == 3
    assert "5550143" not in event_id(disposition(LEFT))


@pytest.mark.parametrize("var", [None, "", "771200", "|2025550143|OK"])
def test_a_report_without_its_envelope_is_unreadable(var: str | None) -> None:
    with pytest.raises(UnreadableReceipt):
        HOOKS["status"].read(disposition(var))
