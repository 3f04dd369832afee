"""One row of our columns → one visit with one service, or the faults that say why not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from afterglow.intake import cells
from afterglow.intake.cells import Unusable
from afterglow.intake.columns import CLIENT_COLUMNS, CONSENTS, VISIT_COLUMNS
from afterglow.intake.contract import (
    ClientReported,
    ConsentReported,
    RowFault,
    ServiceReported,
    VisitReported,
    VisitStatus,
)
from afterglow.intake.moments import LONGEST_TIME, Calendar, OrderNeeded

RowRead = RowFault | tuple[int, VisitReported]
_VISIT = slice(0, len(VISIT_COLUMNS))
_PLACE = slice(VISIT_COLUMNS.index("provider"), _VISIT.stop)
_CLIENT = slice(_VISIT.stop, _VISIT.stop + len(CLIENT_COLUMNS))
_SERVICE = slice(_CLIENT.stop, None)
_REMEMBERED = 20_000  # clients and services in a row's words: they repeat, and the second reading is free
_NOTHING, _HOUR, _DAY = timedelta(0), timedelta(hours=1), timedelta(days=1)
_T = TypeVar("_T")
_D = TypeVar("_D")


class _Problems(list[tuple[str, str, bool]]):
    """What was wrong in a row so far: column, sentence, whether the row has to be left out."""

    def take(
        self, column: str, raw: str, read: Callable[[str], _T], default: _D, *, is_needed: bool = False
    ) -> _T | _D:
        if not raw:
            return default
        try:
            return read(raw)
        except Unusable as unusable:
            if not raw.isspace():
                self.append((column, str(unusable), is_needed or isinstance(unusable, OrderNeeded)))
            return default


class RowReader:
    """Reads rows for one practice and one file. `names` are the file's own column names, for its faults.

    `consent_evidence` proves the consents of rows that name no evidence of their own.
    """

    def __init__(
        self,
        *,
        timezone: str,
        date_order: str = "",
        source: str = "",
        names: Mapping[str, str] | None = None,
        consent_evidence: str = "",
    ) -> None:
        self._calendar = Calendar(timezone=timezone, date_order=date_order)
        self._source = source
        self._names = names or {}
        self._evidence = consent_evidence
        self._client = lru_cache(maxsize=_REMEMBERED)(self._read_client)
        self._service = lru_cache(maxsize=_REMEMBERED)(self._read_service)
        self._moment = lru_cache(maxsize=_REMEMBERED)(self._calendar.moment)
        self._consent_given_at = lru_cache(maxsize=_REMEMBERED)(self._read_consent)
        self._place = lru_cache(maxsize=_REMEMBERED)(self._read_place)

    def read(self, *, row: int, values: tuple[str, ...]) -> Sequence[RowRead]:
        """`values` in the order of `COLUMNS`. The faults first; then the visit, unless one of them is fatal."""
        client, client_problems = self._client(values[_CLIENT])
        service, service_problems = self._service(values[_SERVICE])
        problems = _Problems()
        visit = self._read_visit(values[_VISIT], client, service, problems)
        if not problems and not client_problems and not service_problems and visit is not None:
            return ((row, visit),)
        faults: list[RowRead] = [
            RowFault(row=row, column=self._names.get(column, column), message=message, is_fatal=is_fatal)
            for column, message, is_fatal in (*problems, *service_problems, *client_problems)
        ]
        if visit is None or any(isinstance(fault, RowFault) and fault.is_fatal for fault in faults):
            return faults
        return [*faults, (row, visit)]

    def _read_visit(
        self, values: tuple[str, ...], client: ClientReported, service: ServiceReported, problems: _Problems
    ) -> VisitReported | None:
        appointment_id, raw_status, start, start_time, end, completed, booked, updated, *_ = values
        status = self._status(raw_status, problems)
        started = self._start(start, start_time, problems)
        if status is None or started is None:
            return None
        starts_at, has_time = started
        ended_at, is_completed = self._end(starts_at, completed, end, problems)
        if is_completed and status is VisitStatus.BOOKED:
            status = VisitStatus.COMPLETED
        if ended_at is None:
            ended_at = _an_hour_after(starts_at) if has_time else self._calendar.noon(starts_at)
        if not has_time:
            starts_at = min(self._calendar.noon(starts_at), ended_at)
        (provider, location, acquisition_source), place_problems = self._place(values[_PLACE])
        problems += place_problems
        take = problems.take
        return VisitReported(
            external_id=take("appointment_id", appointment_id, cells.text, "", is_needed=True)
            or self._stable_id(starts_at, client, service),
            status=status,
            starts_at=starts_at,
            ended_at=ended_at,
            client=client,
            services=(service,),
            provider=provider,
            location=location,
            booked_at=take("booked_at", booked, self._at, None),
            updated_at=take("updated_at", updated, self._at, None),
            acquisition_source=acquisition_source,
        )

    def _status(self, raw: str, problems: _Problems) -> VisitStatus | None:
        if not raw or raw.isspace():
            problems.append(("status", "The status is empty. Write what became of it, such as completed.", True))
            return None
        return problems.take("status", raw, cells.status, None, is_needed=True)

    def _start(self, raw: str, time_of_day: str, problems: _Problems) -> tuple[datetime, bool] | None:
        if not raw or raw.isspace():
            problems.append(("start", "The start is empty. Write when the visit began, like 2026-05-06 14:30.", True))
            return None
        started = problems.take("start", raw, self._moment, None, is_needed=True)
        if started is None or not time_of_day:
            return started
        at = problems.take(
            "start_time", time_of_day, lambda raw: self._calendar.time_of(raw, on=started[0]), None, is_needed=True
        )
        return (at, True) if at is not None else started

    def _end(self, starts_at: datetime, completed: str, end: str, problems: _Problems) -> tuple[datetime | None, bool]:
        """When the visit was over, if anything says so, and whether it was reported as completed then."""
        ended_at: datetime | None = None
        is_completed = False
        for column, raw in (("completed_at", completed), ("end", end)):
            if not raw or (ended_at is not None):
                continue
            is_long = len(raw) > LONGEST_TIME
            read = problems.take(column, raw, self._moment if is_long else self._calendar.moment_on(starts_at), None)
            if read is None:
                continue
            at, has_time = read
            is_completed = is_completed or column == "completed_at"
            if has_time and _NOTHING <= at - starts_at <= _DAY:
                ended_at = at
            elif has_time:
                problems.append((column, _NO_END, False))
        return ended_at, is_completed

    def _read_place(self, values: tuple[str, ...]) -> tuple[tuple[str, ...], _Problems]:
        problems = _Problems()
        columns = VISIT_COLUMNS[_PLACE]
        return tuple(
            problems.take(column, raw, cells.text, "") for column, raw in zip(columns, values, strict=True)
        ), problems

    def _at(self, raw: str) -> datetime | None:
        return self._moment(raw)[0]

    def _stable_id(self, starts_at: datetime, client: ClientReported, service: ServiceReported) -> str:
        who = client.external_id or client.phone or client.email or f"{client.first_name} {client.last_name}"
        what = service.name or service.code
        parts = (self._source, starts_at.astimezone(UTC).isoformat(), who.casefold(), what.casefold())
        return "row-" + hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:32]

    def _read_service(self, values: tuple[str, ...]) -> tuple[ServiceReported, _Problems]:
        name, code, quantity, unit, amount, currency, series_session, series_total = values
        problems = _Problems()
        take = problems.take
        session, total = take("series_session", series_session, cells.session, (None, None))
        last, _ = take("series_total", series_total, cells.session, (None, None))
        service = ServiceReported(
            name=take("service", name, cells.text, "", is_needed=True),
            code=take("service_code", code, cells.text, ""),
            quantity=take("quantity", quantity, cells.amount, None),
            unit=take("unit", unit, cells.text, ""),
            amount=take("amount", amount, cells.amount, cells.ZERO),
            currency=take("currency", currency, cells.currency, ""),
            series_session=session,
            series_total=last or total,
        )
        if not service.name and not service.code and not problems:
            problems.append(("service", "The service is empty. Write the name of the treatment as on the menu.", True))
        return service, problems

    def _read_client(self, values: tuple[str, ...]) -> tuple[ClientReported, _Problems]:
        client_id, name, first, last, phone, email, state, zip_code, birth, language, value, proof, *consents = values
        problems = _Problems()
        take = problems.take
        first_name, last_name = take("first_name", first, cells.text, ""), take("last_name", last, cells.text, "")
        if not first_name and not last_name:
            first_name, last_name = take("client_name", name, cells.full_name, ("", ""))
        client = ClientReported(
            external_id=take("client_id", client_id, cells.text, "", is_needed=True),
            first_name=first_name,
            last_name=last_name,
            phone=take("phone", phone, cells.phone, ""),
            email=take("email", email, cells.email, ""),
            state=take("state", state, cells.state, ""),
            zip=take("zip", zip_code, cells.zip_code, ""),
            birth_on=take("birth_date", birth, self._calendar.day, None),
            language=take("language", language, cells.language, ""),
            lifetime_value=take("lifetime_value", value, cells.amount, None),
            consents=self._consents(consents, proof, problems),
        )
        if not client.phone and not client.email:
            problems.append(("phone", _UNREACHABLE, False))
        return client, problems

    def _consents(self, given: list[str], evidence: str, problems: _Problems) -> tuple[ConsentReported, ...]:
        moments = [
            (column, problems.take(column, raw, self._consent_given_at, None))
            for column, raw in zip(CONSENTS, given, strict=True)
            if raw
        ]
        granted = [(column, at) for column, at in moments if at is not None]
        if not granted:
            return ()
        if not evidence.strip() and not self._evidence:
            problems.append(("consent_evidence", _UNPROVEN, False))
            return ()
        proof = problems.take("consent_evidence", evidence, cells.evidence, "") if evidence.strip() else self._evidence
        if not proof:
            return ()
        return tuple(
            ConsentReported(channel=CONSENTS[column][0], purpose=CONSENTS[column][1], granted_at=at, evidence=proof)
            for column, at in granted
        )

    def _read_consent(self, raw: str) -> datetime | None:
        word = raw.casefold()
        if word in cells.NO:
            return None
        if word in cells.YES:
            raise Unusable(
                "A consent needs the date it was given, like 2026-01-15; a yes alone is not taken. "
                "Say in consent_evidence what proves it."
            )
        return self._at(raw)


_NO_END = "This is before the start, or more than a day after it, so it was not used as the end. Correct it."
_UNREACHABLE = (
    "There is no usable phone and no e-mail. The visit is recorded and listed as not covered; add one to write to them."
)
_UNPROVEN = (
    "A consent is given without saying what proves it, so it was not taken. "
    "Name the form and its version, or the document, in consent_evidence."
)


def _an_hour_after(at: datetime) -> datetime:
    return (at.astimezone(UTC) + _HOUR).astimezone(at.tzinfo)
