"""Which column of a file is which of ours."""

from __future__ import annotations

import json

import pytest

from afterglow.intake.columns import CONTRACT, Mapping, faults_of_mapping, header_fingerprint, suggest_mapping
from tests.intake.files import read, text_of


def test_our_own_file_needs_no_mapping() -> None:
    mapping = suggest_mapping(CONTRACT)
    assert mapping.columns == {column: column for column in CONTRACT}
    assert faults_of_mapping(mapping, CONTRACT) == ()


def test_the_columns_of_another_system_are_recognised() -> None:
    content = text_of(
        "Client Name,Mobile Phone,Appointment Date,Room,Appt Time,Treatment,Practitioner,Booking Status,Net Sales",
        '"Lind, Rosa",(207) 555-0134,2026-05-06,4,2:30 PM,Lip Filler,Hale,Service Completed,$750.00',
    )
    [visit], faults = read(content)
    assert faults == []
    assert (visit.client.first_name, visit.client.last_name) == ("Rosa", "Lind")
    assert (visit.starts_at.hour, visit.starts_at.minute, visit.provider) == (14, 30, "Hale")


def test_a_column_that_is_not_mapped_is_not_read() -> None:
    [visit], _ = read(
        text_of("status,start,service,phone,Medical alerts", "completed,2026-05-06,Peel,2075550134,latex")
    )
    assert "latex" not in repr(visit)


def test_a_file_of_one_status_takes_it_from_the_mapping() -> None:
    content = text_of("start,service,phone", "2026-05-06,Peel,2075550134")
    columns = {"start": "start", "service": "service", "phone": "phone"}
    [visit], faults = read(content, mapping=Mapping(columns=columns, status="No Show"))
    assert (visit.status, faults) == ("no_show", [])


def test_a_mapping_survives_being_saved() -> None:
    mapping = Mapping(columns={"start": "Appt Date"}, date_order="mdy", status="completed")
    assert Mapping.from_json(json.loads(json.dumps(mapping.as_json()))) == mapping


def test_the_fingerprint_knows_the_columns_and_not_their_order() -> None:
    fingerprint = header_fingerprint(["Client Name", "Start"])
    assert fingerprint == header_fingerprint([" start", "CLIENT_NAME", ""])
    assert fingerprint != header_fingerprint(["Client Name", "Start", "End"])


@pytest.mark.parametrize(
    ("header", "column", "says", "is_fatal"),
    [
        (["start", "service", "phone"], "status", "No column holds 'status'", True),
        (["status", "service", "phone"], "start", "No column holds 'start'", True),
        (["status", "start", "phone"], "service", "No column holds 'service'", True),
        (["status", "start", "service"], "phone", "nobody can be written to", False),
        (["status", "start", "service", "phone", "phone"], "phone", "the first one is used", False),
        (
            ["status", "start", "service", "phone", "consent_voice"],
            "consent_evidence",
            "none of them will be taken",
            False,
        ),
    ],
)
def test_what_a_file_lacks_is_said_before_it_is_read(header: list[str], column: str, says: str, is_fatal: bool) -> None:
    [fault] = faults_of_mapping(suggest_mapping(header), header)
    assert (fault.column, fault.is_fatal) == (column, is_fatal)
    assert says in fault.message


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        (Mapping(columns={"start": "Gone"}), "does not have. Map it again"),
        (Mapping(date_order="american"), "date order is not known"),
        (Mapping(status="bogus"), "status is not known"),
        (Mapping(columns={"shoe_size": "Shoe"}), "not a column of ours"),
    ],
)
def test_a_wrong_mapping_is_told_what_is_wrong(mapping: Mapping, says: str) -> None:
    faults = faults_of_mapping(mapping, ["status", "start", "service", "phone", "Shoe"])
    assert any(says in fault.message and fault.is_fatal for fault in faults)


def test_a_visit_without_a_name_but_with_a_code_can_be_read() -> None:
    [visit], faults = read(text_of("status,start,service,service_code,phone", "completed,2026-05-06,,J0585,2075550134"))
    assert (visit.services[0].code, faults) == ("J0585", [])
