"""The columns of a visit file: our own names, the names other systems use, and a saved mapping between the two.

Our own file needs no mapping: a column that carries our name is that column. For any other file `suggest_mapping`
proposes one, a person corrects it, and it is kept under `header_fingerprint`, so it is asked once per kind of file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from afterglow.intake import cells
from afterglow.intake.contract import RowFault
from afterglow.intake.moments import DATE_ORDERS
from afterglow.rules.facts import Channel, Purpose

VISIT_COLUMNS = (
    "appointment_id", "status", "start", "start_time", "end", "completed_at", "booked_at", "updated_at",
    "provider", "location", "acquisition_source",
)  # fmt: skip
CLIENT_COLUMNS = (
    "client_id", "client_name", "first_name", "last_name", "phone", "email", "state", "zip", "birth_date", "language",
    "lifetime_value", "consent_evidence",
    "consent_care_sms", "consent_marketing_sms", "consent_marketing_email", "consent_voice",
)  # fmt: skip
SERVICE_COLUMNS = (
    "service", "service_code", "quantity", "unit", "amount", "currency", "series_session", "series_total",
)  # fmt: skip
COLUMNS = VISIT_COLUMNS + CLIENT_COLUMNS + SERVICE_COLUMNS
HELPER_COLUMNS = frozenset({"start_time", "client_name"})  # for other systems' files: read, but not in our contract
CONTRACT = tuple(column for column in COLUMNS if column not in HELPER_COLUMNS)
REQUIRED = ("status", "start", "service")
CONSENTS = {
    "consent_care_sms": (Channel.SMS, Purpose.CARE),
    "consent_marketing_sms": (Channel.SMS, Purpose.MARKETING),
    "consent_marketing_email": (Channel.EMAIL, Purpose.MARKETING),
    "consent_voice": (Channel.VOICE, Purpose.VOICE),
}

_SYNONYMS = {
    "appointment_id": "appointment id, appt id, appointment number, booking id, booking number, visit id, invoice id, "
    "invoice number, external id, appointmentid, id",
    "status": "appointment status, booking status, visit status, state of appointment, appt status, bookingstatus",
    "start": "start at, starts at, start date time, start datetime, startdatetime, appointment date, appt date, date, "
    "visit date, service date, appointment date time, date of service, date time, start date, appointment start",
    "start_time": "appointment time, appt time, time, time of visit",
    "end": "end at, ends at, end date time, end datetime, enddatetime, end time, appointment end",
    "completed_at": "completed, checked out at, checkout time, check out time, closed at, completed date",
    "service": "service name, treatment, treatment name, appointment type, type, procedure, service title, "
    "item name, services, session type, appointment name",
    "service_code": "code, sku, procedure code, cpt, item code, service id",
    "quantity": "qty, units used, units",
    "unit": "unit of measure, uom",
    "amount": "price, total, amount paid, net sales, paid, net amount, appointment price, sales",
    "currency": "currency code",
    "client_id": "customer id, patient id, guest id, client number, patient number, patient guid, customerid, clientid",
    "client_name": "client, customer, patient, guest, customer name, patient name, guest name, full name, name",
    "first_name": "first, given name, client first name, patient first name, customer first name, firstname, "
    "guest first name, patient first",
    "last_name": "last, surname, family name, client last name, patient last name, customer last name, lastname, "
    "guest last name, patient last",
    "phone": "mobile, mobile phone, cell, cell phone, phone number, mobile number, telephone, client phone, "
    "customer phone, patient phone, primary phone",
    "email": "e mail, email address, e mail address, client email, customer email, patient email",
    "state": "client state, address state, state province, province, region",
    "zip": "zip code, postal code, postcode, zipcode",
    "birth_date": "birthdate, date of birth, dob, birthday, birth day",
    "language": "preferred language, lang, locale",
    "provider": "staff, staff name, staff member, practitioner, employee, therapist, calendar, with, provider name, "
    "service provider, injector",
    "location": "center, center name, site, clinic, branch, location name, business",
    "series_session": "session, session number, series session number",
    "series_total": "sessions, total sessions, series length",
    "booked_at": "date scheduled, booking date, booked on, created, created at, creation date, date booked, "
    "booked date",
    "updated_at": "modified, modified date, last modified, updated, last updated",
    "acquisition_source": "source, referred by, referral source, lead source, how did you hear about us",
    "lifetime_value": "ltv, total spend, lifetime spend, client value",
    "consent_evidence": "evidence, consent source, consent document",
}
_COLUMN_OF = {
    name.strip(): column
    for column in COLUMNS
    for name in (column.replace("_", " "), *_SYNONYMS.get(column, "").split(","))
    if name
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Which column of a file is which of ours, and what only a person can know about it."""

    columns: Dict[str, str] = field(default_factory=dict)  # our column → the file's
    date_order: str = ""  # ymd | mdy | dmy; empty: ISO dates only
    status: str = ""  # for files that hold one status and have no column for it

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Dict[str, object]) -> Mapping:
        columns = data.get("columns")
        return cls(
            columns={str(k): str(v) for k, v in columns.items()} if isinstance(columns, Dict) else {},
            date_order=str(data.get("date_order") or ""),
            status=str(data.get("status") or ""),
        )


def suggest_mapping(header: Sequence[str]) -> Mapping:
    """Our own names first, then names that other booking systems use. What is not recognised is left out."""
    columns: dict[str, str] = {}
    for name in header:
        if name in CONTRACT:
            columns.setdefault(name, name)
    for name in header:
        column = _COLUMN_OF.get(_words(name))
        if column is not None and name not in columns.values():
            columns.setdefault(column, name)
    return Mapping(columns=columns)


def header_fingerprint(header: Sequence[str]) -> str:
    """The same for files with the same columns, in whatever order: the key a saved mapping is kept under."""
    names = sorted(filter(None, (_words(name) for name in header)))
    return hashlib.sha256("\x1f".join(names).encode("utf-8", "replace")).hexdigest()


def faults_of_mapping(mapping: Mapping, header: Sequence[str]) -> tuple[RowFault, ...]:
    """What a person must settle before a file can be read (fatal), and what its columns cannot give (not fatal)."""
    found = {column: name for column, name in mapping.columns.items() if name in header}
    return (
        *_wrong_choices(mapping),
        *_missing_columns(mapping, found),
        *_doubled_columns(found, header),
        *_thin_columns(found),
    )


def _wrong_choices(mapping: Mapping) -> list[RowFault]:
    faults = []
    if mapping.date_order and mapping.date_order not in DATE_ORDERS:
        faults.append(_fault("", "The date order is not known. Choose ymd, mdy (US: month first) or dmy (day first)."))
    if mapping.status:
        try:
            cells.status(mapping.status)
        except cells.Unusable as unusable:
            faults.append(_fault("status", str(unusable)))
    for column in mapping.columns.keys() - set(COLUMNS):
        faults.append(_fault(column, f"'{column}' is not a column of ours. Choose one of: {', '.join(CONTRACT)}."))
    return faults


def _missing_columns(mapping: Mapping, found: Dict[str, str]) -> list[RowFault]:
    faults = [
        _fault(name, f"The mapping reads '{column}' from a column that this file does not have. Map it again.")
        for column, name in mapping.columns.items()
        if column not in found and column in COLUMNS
    ]
    for column in REQUIRED:
        if column in mapping.columns or (column == "status" and mapping.status):
            continue
        if column == "service" and "service_code" in mapping.columns:
            continue
        faults.append(_fault(column, f"No column holds '{column}', and no visit can be read without it. {_REMEDY}"))
    return faults


_REMEDY = "Map the column that does, or check that the first line of the file has the column names."


def _doubled_columns(found: Dict[str, str], header: Sequence[str]) -> list[RowFault]:
    return [
        _fault(
            column, f"Two columns carry the name that '{column}' is read from; the first one is used.", is_fatal=False
        )
        for column, name in found.items()
        if header.count(name) > 1
    ]


def _thin_columns(found: Dict[str, str]) -> list[RowFault]:
    faults = []
    if "phone" not in found and "email" not in found:
        message = "No column holds a phone or an e-mail: visits are recorded, but nobody can be written to."
        faults.append(_fault("phone", message, is_fatal=False))
    if CONSENTS.keys() & found.keys() and "consent_evidence" not in found:
        message = "Consents are given without 'consent_evidence' (what proves them), so none of them will be taken."
        faults.append(_fault("consent_evidence", message, is_fatal=False))
    return faults


def _fault(column: str, message: str, *, is_fatal: bool = True) -> RowFault:
    return RowFault(row=1, column=column, message=message, is_fatal=is_fatal)


def _words(name: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())
