"""The signed webhook: whom it believes, and what it reads."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from afterglow.intake.contract import RowFault, VisitReported
from afterglow.intake.errors import ForgedSignature
from afterglow.intake.registry import SYSTEMS
from afterglow.intake.systems.generic import reports, verify

SECRET, OLD_SECRET = "whsec_c3ludGhldGljLXNlY3JldC1mb3ItdGVzdHM=", "whsec_dGhlLXNlY3JldC1iZWZvcmUtdGhhdA=="
NOW = datetime(2026, 5, 6, 19, 0, tzinfo=UTC)
BODY = b'{"type":"visit.reported"}'
VISIT = {
    "appointment_id": "A-1001",
    "status": "completed",
    "start": "2026-05-06T14:00:00-04:00",
    "client": {
        "client_id": "C-7",
        "first_name": "Rosa",
        "phone": "+12075550134",
        "consents": {"care_sms": "2026-01-02", "evidence": "Intake form v3"},
    },
    "services": [{"service": "Botox 40u", "amount": 480.5}, "Lip filler"],
}


def _headers(*, secret: str = SECRET, body: bytes = BODY, at: datetime = NOW) -> dict[str, str]:
    return {
        "Webhook-Id": "evt-1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("evt-1", at, body.decode()),
    }


def test_a_call_signed_with_the_secret_gives_its_event_id() -> None:
    assert verify(secrets=[SECRET], headers=_headers(), body=BODY, now=NOW) == "evt-1"


def test_the_signature_is_the_published_one() -> None:
    """The vector of the Standard Webhooks specification's own libraries."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    event_id = verify(
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        headers=headers,
        body=b'{"test": 2432232314}',
        now=datetime.fromtimestamp(1614265330, UTC),
    )
    assert event_id == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_the_old_secret_is_believed_while_it_is_kept() -> None:
    headers = _headers(secret=OLD_SECRET)
    assert verify(secrets=[SECRET, OLD_SECRET], headers=headers, body=BODY, now=NOW) == "evt-1"
    with pytest.raises(ForgedSignature, match="does not match"):
        verify(secrets=[SECRET], headers=headers, body=BODY, now=NOW)


def test_one_of_several_signatures_is_enough() -> None:
    headers = _headers()
    headers["Webhook-Signature"] = f"v1a,abc v2,x {headers['Webhook-Signature']} nonsense"
    assert verify(secrets=[SECRET], headers=headers, body=BODY, now=NOW) == "evt-1"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"Webhook-Id": ""}, "webhook-id is missing"),
        ({"Webhook-Signature": ""}, "webhook-signature is missing"),
        ({"Webhook-Id": "evt-2"}, "does not match"),
        ({"Webhook-Signature": "v1,"}, "does not match"),
        ({"Webhook-Signature": "ü"}, "does not match"),
        ({"Webhook-Timestamp": "yesterday"}, "not a number of seconds"),
        ({"Webhook-Timestamp": "9" * 400}, "not a number of seconds"),
        ({"Webhook-Timestamp": "1"}, "more than 5 minutes ago"),
    ],
)
def test_a_call_that_cannot_be_trusted_is_told_why(change: dict[str, str], says: str) -> None:
    with pytest.raises(ForgedSignature, match=says):
        verify(secrets=[SECRET], headers=_headers() | change, body=BODY, now=NOW)


@pytest.mark.parametrize(("off", "says"), [(-301, "5 minutes ago"), (301, "in the future")])
def test_an_old_call_cannot_be_played_again(off: int, says: str) -> None:
    headers = _headers(at=NOW + timedelta(seconds=off))
    with pytest.raises(ForgedSignature, match=says):
        verify(secrets=[SECRET], headers=headers, body=BODY, now=NOW)


@pytest.mark.parametrize("body", [BODY + b" ", b"", b"\xff\xfe"])
def test_a_changed_body_is_not_believed(body: bytes) -> None:
    with pytest.raises(ForgedSignature):
        verify(secrets=[SECRET], headers=_headers(), body=body, now=NOW)


def test_without_a_secret_nobody_is_believed() -> None:
    with pytest.raises(ForgedSignature):
        verify(secrets=[], headers=_headers(), body=BODY, now=NOW)


def _read(payload: object) -> tuple[list[VisitReported], list[RowFault]]:
    found = list(reports(json.dumps(payload).encode(), timezone="America/New_York"))
    return [v for v in found if isinstance(v, VisitReported)], [f for f in found if isinstance(f, RowFault)]


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "visit.reported", "data": VISIT},
        {"type": "visit.reported", "data": [VISIT]},
        {"visits": [VISIT]},
        VISIT,
    ],
)
def test_a_visit_is_read_from_every_documented_form(payload: object) -> None:
    [visit], faults = _read(payload)
    assert faults == []
    assert visit.external_id == "A-1001"
    assert [service.name for service in visit.services] == ["Botox 40u", "Lip filler"]
    assert (visit.client.external_id, visit.client.first_name, len(visit.client.consents)) == ("C-7", "Rosa", 1)


def test_a_flat_visit_reads_like_a_row() -> None:
    [visit], faults = _read(
        {"visits": [{"status": "no_show", "start": "2026-05-06", "service": "Peel", "phone": 2075550134, "zip": None}]}
    )
    assert (visit.status, visit.client.phone, faults) == ("no_show", "+12075550134", [])


def test_services_without_an_appointment_id_stay_together() -> None:
    [visit], _ = _read({"visits": [{**VISIT, "appointment_id": None}]})
    assert len(visit.services) == 2
    assert visit.external_id.startswith("row-")


def test_a_word_of_the_client_never_becomes_the_status_of_the_visit() -> None:
    [visit], _ = _read({"data": {**VISIT, "client": {"phone": "2075550134", "status": "cancelled"}}})
    assert visit.status == "completed"


def test_the_faults_of_one_visit_leave_the_others_untouched() -> None:
    visits, faults = _read({"visits": [VISIT, {"status": "completed"}, "Botox", {**VISIT, "appointment_id": "A-2"}]})
    assert [visit.external_id for visit in visits] == ["A-1001", "A-2"]
    assert {(fault.row, fault.column) for fault in faults if fault.is_fatal} == {(2, "start"), (2, "service"), (3, "")}


def test_two_reports_of_one_visit_in_a_call_stay_two() -> None:
    visits, _ = _read({"visits": [{**VISIT, "status": "booked"}, VISIT]})
    assert [visit.status for visit in visits] == ["booked", "completed"]


def test_something_nested_where_a_value_belongs_is_left_out() -> None:
    [visit], [fault] = _read({"data": {**VISIT, "provider": {"name": "Hale"}}})
    assert visit.provider == ""
    assert (fault.column, fault.is_fatal) == ("provider", False)


@pytest.mark.parametrize(
    ("body", "says", "is_fatal"),
    [
        (b"", "not JSON", True),
        (b"{broken", "not JSON", True),
        (b"\xff", "not JSON", True),
        (b"[" * 100_000, "not JSON", True),
        (b"[1]", "not a JSON object", True),
        (b"{}", "no visit in this call", True),
        (b'{"data": []}', "no visit in this call", True),
        (b'{"type": "client.created", "data": {}}', "it was kept", False),
    ],
)
def test_a_body_that_holds_no_visit_says_so(body: bytes, says: str, is_fatal: bool) -> None:
    [fault] = reports(body, timezone="America/New_York")
    assert isinstance(fault, RowFault)
    assert says in fault.message
    assert fault.is_fatal is is_fatal


def test_half_a_character_does_no_harm() -> None:
    [visit], _ = _read({"data": {**VISIT, "appointment_id": "", "services": ["Botox \ud83d"]}})
    assert visit.services[0].name.encode() == b"Botox ?"


def test_the_registry_leads_to_it() -> None:
    webhook = SYSTEMS["generic"].webhook
    assert webhook is not None
    assert webhook.verify(secrets=[SECRET], headers=_headers(), body=BODY, now=NOW) == "evt-1"
    assert [*webhook.reports(b"{}", timezone="America/New_York", source="zapier")]
