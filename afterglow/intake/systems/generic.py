"""The signed webhook for everything without an adapter of its own: Zapier, Make, or a practice's own code.

A call is signed as in Standard Webhooks (headers `webhook-id`, `webhook-timestamp`, `webhook-signature`) and carries
one visit or many, under the names of our CSV columns. `client`, `services` and `consents` may be nested or left flat:

    {"type": "visit.reported",
     "data": {"appointment_id": "A-1001", "status": "completed",
              "start": "2026-05-06T14:00:00-04:00", "end": "2026-05-06T14:45:00-04:00",
              "provider": "Hale",
              "client": {"client_id": "C-7", "first_name": "Rosa", "phone": "+12075550134", "state": "ME",
                         "consents": {"care_sms": "2026-01-02", "marketing_sms": "2026-01-02",
                                      "evidence": "Intake form v3, signed online"}},
              "services": [{"service": "Botox 40u", "service_code": "J0585", "amount": "480.00"}]}}

`data` may be a list of such visits, and `{"visits": [...]}` says the same. Each visit is read on its own: the faults of
one, named by its position, leave the others untouched.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from standardwebhooks.webhooks import Webhook

from afterglow.intake.columns import CLIENT_COLUMNS, COLUMNS, CONTRACT, SERVICE_COLUMNS
from afterglow.intake.contract import RowFault, VisitReported
from afterglow.intake.errors import ForgedSignature
from afterglow.intake.reading import RowRead, RowReader
from afterglow.intake.rows import merged

TOLERANCE_SECONDS = 300
EVENT_TYPE = "visit.reported"
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def verify(*, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The sender's event id, when one of the secrets signed the body within five minutes of `now`."""
    found = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in _HEADERS if not found.get(name)]
    if missing:
        raise ForgedSignature(f"The call is not signed: the header {' and '.join(missing)} is missing.")
    event_id, timestamp, signatures = (found[name] for name in _HEADERS)
    signed_at = _fresh(timestamp, now=now)
    try:
        data = body.decode("utf-8")
    except UnicodeDecodeError:
        raise ForgedSignature("The body is not UTF-8, so its signature cannot be checked.") from None
    expected = [Webhook(secret).sign(event_id, signed_at, data).encode() for secret in secrets]
    given = [signature.encode("utf-8", "replace") for signature in signatures.split()]
    if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in given):
        raise ForgedSignature(
            "The signature does not match. Check that the sender uses the secret of this source, and that it signs the "
            "body byte for byte as it sends it."
        )
    return event_id


def _fresh(timestamp: str, *, now: datetime) -> datetime:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise ForgedSignature("The header webhook-timestamp is not a number of seconds since 1970.")
    age = now.timestamp() - int(timestamp)
    if abs(age) > TOLERANCE_SECONDS:
        when = "more than 5 minutes ago" if age > 0 else "more than 5 minutes in the future"
        raise ForgedSignature(f"The call was signed {when}. Sign each try anew, and check the clock of the sender.")
    return datetime.fromtimestamp(int(timestamp), UTC)


def reports(body: bytes, *, timezone: str, source: str = "generic") -> Iterator[VisitReported | RowFault]:
    """Every visit of a call, and the faults by its position in the call, counted from 1."""
    visits = _visits(body)
    if isinstance(visits, RowFault):
        yield visits
        return
    reader = RowReader(timezone=timezone, source=source)
    for position, visit in enumerate(visits, start=1):
        yield from merged(_rows_read(visit, position=position, reader=reader))


def _visits(body: bytes) -> list[object] | RowFault:
    try:
        payload = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return RowFault(row=1, column="", message="The body is not JSON. Send one JSON object, in UTF-8.")
    if not isinstance(payload, dict):
        return RowFault(row=1, column="", message='The body is not a JSON object. Send {"visits": [...]}.')
    if payload.get("type", EVENT_TYPE) != EVENT_TYPE:
        message = f"This event is not of the type {EVENT_TYPE}; it was kept, and nothing was read from it."
        return RowFault(row=1, column="type", message=message, is_fatal=False)
    visits = payload.get("data", payload.get("visits", payload if "status" in payload else None))
    if isinstance(visits, dict):
        return [visits]
    if not isinstance(visits, list) or not visits:
        message = 'There is no visit in this call. Put one under "data", or many under "visits".'
        return RowFault(row=1, column="data", message=message)
    return visits


def _rows_read(visit: object, *, position: int, reader: RowReader) -> Iterator[RowRead]:
    if not isinstance(visit, dict):
        yield RowFault(
            row=position, column="", message="This visit is not a JSON object with the names of our columns."
        )
        return
    shared, misplaced = _flat(visit)
    for column in misplaced:
        yield RowFault(row=position, column=column, message=_NOT_TEXT, is_fatal=False)
    for service in _services(visit):
        values = shared | service
        for read in reader.read(row=position, values=tuple(values.get(column, "") for column in COLUMNS)):
            if not isinstance(read, RowFault):  # an id made from the first service holds for the others too
                shared["appointment_id"] = read[1].external_id
            yield read


_NOT_TEXT = (
    "This holds an object or a list where one value is expected, so it was left out. See the documented example."
)


def _flat(visit: Mapping[str, object]) -> tuple[dict[str, str], list[str]]:
    """One flat row, and the columns that held something nested."""
    client = _object(visit.get("client"))
    consents = _object(client.get("consents", visit.get("consents")))
    everything = (
        {column: visit[column] for column in CONTRACT if column in visit}
        | {column: client[column] for column in CLIENT_COLUMNS if column in client}
        | {f"consent_{name}": value for name, value in consents.items() if f"consent_{name}" in CLIENT_COLUMNS}
    )
    misplaced = [column for column, value in everything.items() if isinstance(value, dict | list)]
    return {column: _text(value) for column, value in everything.items() if column not in misplaced}, misplaced


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _services(visit: Mapping[str, object]) -> list[dict[str, str]]:
    services = visit.get("services")
    if not isinstance(services, list) or not services:
        return [{}]
    return [
        {column: _text(service.get(column)) for column in SERVICE_COLUMNS}
        if isinstance(service, dict)
        else {"service": _text(service)}
        for service in services
    ]


def _text(value: object) -> str:
    match value:
        case str():
            return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")  # no half of a surrogate pair
        case bool():
            return "yes" if value else "no"
        case int() | float() | Decimal():
            return str(value)
    return ""
