"""What is read from a row, what is left out, and the sentence that says so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from afterglow.intake.columns import Mapping, suggest_mapping
from afterglow.intake.contract import ConsentReported, VisitReported, VisitStatus
from afterglow.intake.rows import reports
from afterglow.intake.systems.csv_file import read_table
from afterglow.rules.facts import Channel, Purpose
from tests.intake.files import HEADER, ROSA, one_row, read, text_of


def test_a_row_becomes_a_visit() -> None:
    [visit], faults = one_row(
        end="2026-05-06 14:45",
        amount="$1,200.50",
        state="maine",
        zip="4101",
        birth_date="1985-04-30",
        language="Español",
    )
    assert faults == []
    assert visit.external_id == "A-1"
    assert visit.status is VisitStatus.COMPLETED
    assert visit.starts_at == datetime(2026, 5, 6, 18, 0, tzinfo=UTC)
    assert visit.ended_at == datetime(2026, 5, 6, 18, 45, tzinfo=UTC)
    assert visit.services[0].amount == Decimal("1200.50")
    assert (visit.client.phone, visit.client.state, visit.client.zip) == ("+12075550134", "ME", "04101")
    assert (visit.client.birth_on, visit.client.language) == (date(1985, 4, 30), "es")


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"status": "Bogus"}, "status", "This status is not known. Use booked,"),
        ({"status": " "}, "status", "The status is empty"),
        ({"start": ""}, "start", "The start is empty"),
        ({"start": "2026-02-30 10:00"}, "start", "There is no such date or time"),
        ({"start": "2026-05-06 25:00"}, "start", "There is no such date or time"),
        ({"start": "0026-05-06 10:00"}, "start", "The year is not plausible"),
        ({"start": "next Tuesday"}, "start", "not a date that can be read"),
        ({"start": "46143"}, "start", "not a date that can be read"),
        ({"start": "05/06/2026"}, "start", "--date-order mdy"),
        ({"service": ""}, "service", "The service is empty"),
        ({"service": "x" * 301}, "service", "longer than 300 characters"),
    ],
)
def test_a_row_without_what_a_visit_needs_is_left_out(cells: dict[str, str], column: str, says: str) -> None:
    visits, [fault] = one_row(**cells)
    assert visits == []
    assert (fault.row, fault.column, fault.is_fatal) == (2, column, True)
    assert says in fault.message


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"phone": "555-0134"}, "phone", "telephone number"),
        ({"phone": "call her sister"}, "phone", "not a telephone number"),
        ({"phone": "000-000-0000"}, "phone", "not a telephone number that exists"),
        ({"phone": "207-555-0134 x12"}, "phone", "extension cannot be texted"),
        ({"email": "rosa at example"}, "email", "not an e-mail address"),
        ({"email": "a@example.test, b@example.test"}, "email", "not an e-mail address"),
        ({"state": "Bavaria"}, "state", "two letters"),
        ({"zip": "H0H 0H0"}, "zip", "five digits"),
        ({"birth_date": "1785-04-30"}, "birth_date", "year is not plausible"),
        ({"language": "Klingon"}, "language", "write en or es"),
        ({"amount": "twelve"}, "amount", "not an amount"),
        ({"amount": "1200,50"}, "amount", "not an amount"),
        ({"currency": "dollars"}, "currency", "three letters"),
        ({"series_session": "0"}, "series_session", "whole numbers"),
        ({"end": "2026-05-06 13:00"}, "end", "before the start"),
        ({"end": "2027-05-06 15:00"}, "end", "more than a day after"),
        ({"booked_at": "soon"}, "booked_at", "not a date"),
    ],
)
def test_a_cell_that_cannot_be_used_is_left_out_and_the_visit_goes_through(
    cells: dict[str, str], column: str, says: str
) -> None:
    [visit], [fault] = one_row(**cells)
    assert visit.external_id == "A-1"
    assert (fault.row, fault.column, fault.is_fatal) == (2, column, False)
    assert says in fault.message


def test_a_client_without_phone_and_email_is_still_a_visit() -> None:
    [visit], [fault] = one_row(phone="", email="")
    assert (visit.client.phone, visit.client.email) == ("", "")
    assert "listed as not covered" in fault.message
    assert not fault.is_fatal


def test_no_fault_repeats_what_the_cell_held() -> None:
    secret = "Rosalind Lind 207555013"
    columns = ("phone", "email", "state", "zip", "birth_date", "language", "amount", "end", "booked_at", "currency")
    for column in (*columns, "status", "start"):
        _, faults = one_row(**{column: secret})
        assert faults
        assert not any("Rosalind" in fault.message or "55501" in fault.message for fault in faults)


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("(207) 555-0134", "+12075550134"),
        ("1.207.555.0134", "+12075550134"),
        ("+1 207 555 0134", "+12075550134"),
        ("+44 20 7946 0018", "+442079460018"),
    ],
)
def test_a_phone_is_written_the_international_way(written: str, phone: str) -> None:
    [visit], faults = one_row(phone=written)
    assert (visit.client.phone, faults) == (phone, [])


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("480", "480"),
        ("$1,200.50", "1200.50"),
        ("USD 300", "300"),
        ("(45.00)", "-45.00"),
        ("-45", "-45"),
        (".5", "0.5"),
    ],
)
def test_an_amount_is_read_as_on_an_invoice(written: str, amount: str) -> None:
    [visit], faults = one_row(amount=written)
    assert (visit.services[0].amount, faults) == (Decimal(amount), [])


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("Service Complete", VisitStatus.COMPLETED),
        ("Service Completed", VisitStatus.COMPLETED),
        ("Checked Out", VisitStatus.COMPLETED),
        ("FINAL", VisitStatus.COMPLETED),
        ("Scheduled", VisitStatus.BOOKED),
        ("confirmed", VisitStatus.BOOKED),
        ("Arrived", VisitStatus.BOOKED),
        ("Late Cancelled", VisitStatus.CANCELLED),
        ("CANCELLED_BY_CUSTOMER", VisitStatus.CANCELLED),
        ("No-Show", VisitStatus.NO_SHOW),
        ("no_show", VisitStatus.NO_SHOW),
    ],
)
def test_the_words_of_booking_systems_are_understood(written: str, status: VisitStatus) -> None:
    [visit], faults = one_row(status=written)
    assert (visit.status, faults) == (status, [])


def test_an_arrived_client_with_a_checkout_was_treated() -> None:
    [visit], _ = one_row(status="arrived", completed_at="2026-05-06 14:50")
    assert visit.status is VisitStatus.COMPLETED


@pytest.mark.parametrize(
    ("cells", "local_end"),
    [
        ({"end": "2026-05-06 14:45"}, "14:45"),
        ({"end": "3:15 PM"}, "15:15"),
        ({"end": "2026-05-06 14:45", "completed_at": "2026-05-06 14:52"}, "14:52"),
        ({"end": "2026-05-06 14:45", "completed_at": "2026-05-09 09:00"}, "14:45"),
        ({"end": "2026-05-06 14:45", "completed_at": "2026-05-06"}, "14:45"),
        ({}, "15:00"),
        ({"start": "2026-05-06"}, "12:00"),
        ({"start": "2026-05-06", "start_time": "9:30 am"}, "10:30"),
        ({"start": "2026-05-06", "end": "2026-05-06 10:10"}, "10:10"),
    ],
)
def test_the_end_of_a_visit_is_what_is_known_of_it(cells: dict[str, str], local_end: str) -> None:
    [visit], _ = one_row(**cells)
    assert visit.ended_at.strftime("%Y-%m-%d %H:%M") == f"2026-05-06 {local_end}"
    assert visit.starts_at <= visit.ended_at


def test_rows_of_one_appointment_are_one_visit_with_its_services() -> None:
    [visit], faults = read(text_of(HEADER, ROSA, ROSA.replace("Botox 40u", "Lip filler")))
    assert [service.name for service in visit.services] == ["Botox 40u", "Lip filler"]
    assert faults == []


def test_of_one_appointment_what_was_performed_wins() -> None:
    cancelled = ROSA.replace("Botox 40u", "Lip filler").replace("completed", "cancelled")
    [visit], _ = read(text_of(HEADER, cancelled, ROSA))
    assert visit.status is VisitStatus.COMPLETED
    assert [service.name for service in visit.services] == ["Botox 40u"]


def test_rows_of_one_appointment_that_lie_apart_keep_its_id() -> None:
    other = ROSA.replace("A-1", "A-2")
    visits, _ = read(text_of(HEADER, ROSA, other, ROSA.replace("Botox 40u", "Lip filler")))
    assert [visit.external_id for visit in visits] == ["A-1", "A-2", "A-1"]


def test_two_clients_under_one_appointment_are_never_mixed() -> None:
    [visit], [fault] = read(text_of(HEADER, ROSA, ROSA.replace("Rosa", "Vic").replace("0134", "0177")))
    assert visit.client.first_name == "Rosa"
    assert (fault.row, fault.is_fatal) == (3, True)
    assert "another client" in fault.message


def test_a_row_without_an_id_gets_the_same_one_at_every_import() -> None:
    [first], _ = one_row(appointment_id="")
    [again], _ = one_row(appointment_id="", start="2026-05-06T18:00:00Z", amount="480")
    [other], _ = one_row(appointment_id="", service="Lip filler")
    assert first.external_id == again.external_id != other.external_id
    assert "Rosa" not in first.external_id


def test_a_consent_is_taken_with_its_moment_and_its_proof() -> None:
    [visit], faults = one_row(
        consent_care_sms="2026-01-02",
        consent_marketing_email="2026-01-02T10:00:00-05:00",
        consent_voice="no",
        consent_evidence="Intake form v3",
    )
    assert faults == []
    assert visit.client.consents == (
        ConsentReported(
            channel=Channel.SMS,
            purpose=Purpose.CARE,
            granted_at=datetime(2026, 1, 2, 5, 0, tzinfo=UTC),
            evidence="Intake form v3",
        ),
        ConsentReported(
            channel=Channel.EMAIL,
            purpose=Purpose.MARKETING,
            granted_at=datetime(2026, 1, 2, 15, 0, tzinfo=UTC),
            evidence="Intake form v3",
        ),
    )


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"consent_marketing_sms": "2026-01-02"}, "without saying what proves it"),
        ({"consent_marketing_sms": "yes", "consent_evidence": "Intake form v3"}, "needs the date it was given"),
        ({"consent_voice": "TRUE", "consent_evidence": "Intake form v3"}, "needs the date it was given"),
        ({"consent_voice": "2026-01-02", "consent_evidence": "Assumed yes"}, "proves no consent"),
        ({"consent_voice": "2026-01-02", "consent_evidence": "n/a"}, "proves no consent"),
    ],
)
def test_an_assumed_consent_is_refused(cells: dict[str, str], says: str) -> None:
    [visit], [fault] = one_row(**cells)
    assert visit.client.consents == ()
    assert says in fault.message
    assert not fault.is_fatal


def test_one_thing_may_prove_the_consents_of_a_whole_file_and_a_rows_own_evidence_wins() -> None:
    table = read_table(
        text_of(
            "appointment_id,status,start,service,phone,consent_care_sms,consent_evidence",
            "A-1,completed,2026-05-06,Botox,207-555-0134,2026-01-02,",
            "A-2,completed,2026-05-06,Botox,207-555-0135,2026-01-02,Form 9",
            "A-3,completed,2026-05-06,Botox,207-555-0136,2026-01-02,unknown",
        )
    )
    found = list(
        reports(
            table,
            mapping=suggest_mapping(table.header),
            timezone="America/New_York",
            source="csv",
            consent_evidence="Form 8, binder 2",
        )
    )
    proofs = [[c.evidence for c in item.client.consents] for item in found if isinstance(item, VisitReported)]
    assert proofs == [["Form 8, binder 2"], ["Form 9"], []]


def _dated(*starts: str) -> bytes:
    return text_of("status,start,service,phone", *(f"completed,{start},Botox,207-555-0134" for start in starts))


def test_the_date_order_is_asked_once_and_counted() -> None:
    visits, faults = read(_dated("05/06/2026", "2026-05-07", "5/6/26 2:30 PM", "13/06/2026"))
    assert [visit.starts_at.date() for visit in visits] == [date(2026, 5, 7)]
    assert [fault.row for fault in faults] == [2, 5]
    assert "was not guessed" in faults[0].message
    assert "2 more such dates" in faults[1].message


@pytest.mark.parametrize(("order", "on"), [("mdy", date(2026, 5, 6)), ("dmy", date(2026, 6, 5))])
def test_the_chosen_date_order_is_followed(order: str, on: date) -> None:
    content = _dated("05/06/2026 2:30 PM")
    mapping = suggest_mapping(read_table(content).header)
    [visit], faults = read(content, mapping=Mapping(columns=mapping.columns, date_order=order))
    assert (visit.starts_at.date(), visit.starts_at.hour, faults) == (on, 14, [])


def test_a_date_against_the_chosen_order_is_a_fault_and_not_turned_round() -> None:
    content = _dated("13/06/2026")
    mapping = suggest_mapping(read_table(content).header)
    visits, [fault] = read(content, mapping=Mapping(columns=mapping.columns, date_order="mdy"))
    assert visits == []
    assert "no such date" in fault.message
