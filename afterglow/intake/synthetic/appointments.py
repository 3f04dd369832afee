"""A client's course of treatments laid into the opening hours: when booked, when it began, what became of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from afterglow.intake.synthetic.treatments import Occasion, Offer, course

DAYS_BACK, DAYS_AHEAD = 365, 56
_ZONE = ZoneInfo("America/New_York")
_CLOSED_WEEKDAYS = (6, 0)  # Sunday and Monday
_OPENS, _QUARTERS = time(9), 34  # the last visit begins at 17:15


def appointments(chance: random.Random, *, count: int, until: date) -> Iterator[list[dict[str, str]]]:
    """`count` appointments of one client in order, each as its rows: one for each service."""
    occasions = course(chance, count)
    room = DAYS_BACK + DAYS_AHEAD - 3
    length = occasions[-1].day
    squeeze = min(1.0, room / max(length, 1))
    first = until - timedelta(days=DAYS_BACK) + timedelta(days=chance.randint(0, max(0, room - length)))
    before: datetime | None = None
    for occasion in occasions:
        starts_at = _opening(chance, first + timedelta(days=round(occasion.day * squeeze)))
        visit, before = _visit(chance, occasion, starts_at=starts_at, until=until, before=before)
        yield [visit | _service(chance, *item, is_paid=visit["status"] == "completed") for item in occasion.ticket]


def _opening(chance: random.Random, on: date) -> datetime:
    while on.weekday() in _CLOSED_WEEKDAYS:
        on += timedelta(days=1)
    return datetime.combine(on, _OPENS, _ZONE) + timedelta(minutes=15 * chance.randrange(_QUARTERS))


def _visit(
    chance: random.Random, occasion: Occasion, *, starts_at: datetime, until: date, before: datetime | None
) -> tuple[dict[str, str], datetime]:
    ends_at = starts_at + timedelta(minutes=sum(offer.minutes for offer, _, _ in occasion.ticket))
    status = _status(chance, is_ahead=starts_at.date() > until)
    booked_at = _booked_at(chance, starts_at=starts_at, until=until, before=before)
    completed_at = ends_at + timedelta(minutes=chance.randrange(0, 20)) if status == "completed" else None
    changed_at = completed_at or (ends_at if status == "no_show" else booked_at)
    if status == "cancelled":
        changed_at += (_latest(starts_at, until) - booked_at) * chance.random()
    visit = {
        "status": status,
        "start": _written(starts_at),
        "end": _written(ends_at),
        "completed_at": _written(completed_at) if completed_at else "",
        "booked_at": _written(booked_at),
        "updated_at": _written(changed_at),
        "provider": occasion.provider,
        "location": "Alder Street",
    }
    return visit, completed_at or ends_at


def _status(chance: random.Random, *, is_ahead: bool) -> str:
    luck = chance.random()
    if is_ahead:
        return "booked" if luck < 0.96 else "cancelled"
    if luck < 0.9:
        return "completed"
    return "cancelled" if luck < 0.965 else "no_show"


def _booked_at(chance: random.Random, *, starts_at: datetime, until: date, before: datetime | None) -> datetime:
    """At the last checkout, some weeks ahead, or on short notice; never after the day of the export."""
    latest = _latest(starts_at, until)
    luck = chance.random()
    if before is not None and before < latest and luck < 0.3:
        return before + timedelta(minutes=4) if before + timedelta(minutes=4) < latest else latest
    days = chance.randint(3, 40) if luck < 0.52 else chance.randint(0, 2)
    return latest - timedelta(days=days, minutes=chance.randrange(0, 240))


def _latest(starts_at: datetime, until: date) -> datetime:
    """The last moment anything can be booked or cancelled: two hours before, and before the export."""
    return min(starts_at - timedelta(hours=2), datetime.combine(until, time(18), _ZONE))


def _service(chance: random.Random, offer: Offer, session: int, total: int, *, is_paid: bool) -> dict[str, str]:
    quantity = chance.randint(*offer.quantity)
    is_series = 0 < session <= total
    return {
        "service": offer.service.format(k=session, n=total) if "{" in offer.service else offer.service,
        "service_code": offer.code,
        "quantity": str(quantity) if offer.unit else "",
        "unit": offer.unit,
        "amount": f"{offer.price * quantity:.2f}" if is_paid else "",
        "currency": "USD" if is_paid else "",
        "series_session": str(session) if is_series else "",
        "series_total": str(total) if is_series else "",
    }


def _written(at: datetime) -> str:
    return f"{at.year}-{at.month:02}-{at.day:02}T{at.hour:02}:{at.minute:02}:00{_offset(at.date())}"


@lru_cache(maxsize=2048)
def _offset(on: date) -> str:
    """The practice is closed when clocks change, so one offset holds for the whole of a working day."""
    hours = int(datetime.combine(on, _OPENS, _ZONE).strftime("%z")[:3])
    return f"{hours:+03}:00"
