"""The events of a scenario file, read as happenings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from afterglow.rules.facts import BookingFacts, Channel, Purpose, Series, TreatmentFacts, VisitFacts
from afterglow.rules.happenings import (
    ClientComplained,
    ClientFlagged,
    ClientOptedOut,
    ClientReplied,
    ConcernClosed,
    ConsentGiven,
    Happening,
    Outage,
    StaffAnswered,
    VisitBooked,
    VisitNotHappening,
    VisitPerformed,
)

CONSENTS = {
    "care_sms": (Channel.SMS, Purpose.CARE),
    "marketing_sms": (Channel.SMS, Purpose.MARKETING),
    "marketing_email": (Channel.EMAIL, Purpose.MARKETING),
    "voice": (Channel.VOICE, Purpose.VOICE),
}
TOXINS = frozenset({"botox", "dysport", "xeomin", "jeuveau", "daxxify", "letybo"})
FILLERS = frozenset({"juvederm", "restylane", "rha", "belotero", "revanesse"})
TOXIN_AREAS = frozenset({"forehead", "glabella", "crows_feet", "lip_flip", "masseter", "underarms"})
FILLER_AREAS = frozenset({"lips", "under_eye", "cheeks", "jawline", "chin", "nose"})


def read_event(event: Mapping[str, Any], *, main: str, zone: ZoneInfo, index: int) -> list[Happening | Outage]:
    """What one event means; `main` is the client when it names none. ValueError for a type nobody knows."""
    kind = event["type"]
    if kind == "outage":
        return [Outage(at=_moment(event["at"], zone), end=_moment(event["end"], zone))]
    if kind not in _READERS:
        known = ", ".join(sorted((*_READERS, "outage")))
        raise ValueError(f"event {index}: the type “{kind}” is unknown; known are {known}")
    return list(_READERS[kind](event, str(event.get("client", main)), zone, index))


def read_amount(value: object) -> Decimal:
    """An amount of money; nothing counts as zero."""
    try:
        return Decimal(str(value or 0))
    except InvalidOperation:
        raise ValueError(f"“{value}” is no amount") from None


def _visit(data: Mapping[str, Any], zone: ZoneInfo, reported_at: datetime, key: str) -> VisitFacts:
    ended_at = _moment(data["at"], zone)
    return VisitFacts(
        id=key,
        ended_at=ended_at,
        visit_on=ended_at.astimezone(zone).date(),
        reported_at=reported_at,
        treatments=tuple(_treatments(data)),
    )


def _treatments(data: Mapping[str, Any]) -> Iterator[TreatmentFacts]:
    families = [f for f in str(data.get("family") or "none").split("+") if f]
    series = _series(data.get("series"))
    for family in families:
        yield TreatmentFacts(
            family=family,
            brand="+".join(b for b in str(data.get("brand") or "").split("+") if b and _may_be_of(b, family, families)),
            area="+".join(a for a in str(data.get("area") or "").split("+") if a and _may_be_at(a, family, families)),
            service=str(data.get("service") or ""),
            amount=read_amount(data.get("amount")),
            series=series,
            decision="ask" if family == "none" else "enrol",
        )


def _series(data: Mapping[str, Any] | None) -> Series | None:
    return Series(session=int(data["k"]), total=int(data["n"]) if data.get("n") else None) if data else None


def _may_be_of(brand: str, family: str, families: list[str]) -> bool:
    """In a visit with two families, whether a brand can belong to this one."""
    if len(families) == 1:
        return True
    if brand in TOXINS:
        return family == "neuromodulator"
    return brand not in FILLERS or family == "ha_filler"


def _may_be_at(area: str, family: str, families: list[str]) -> bool:
    """In a visit of toxin and filler, whether an area belongs to this one: crow's feet are never filled."""
    if not {"neuromodulator", "ha_filler"} <= set(families):
        return True
    foreign = {"ha_filler": TOXIN_AREAS, "neuromodulator": FILLER_AREAS}
    return area not in foreign.get(family, ())


def _performed(event: Mapping[str, Any], client: str, zone: ZoneInfo, index: int) -> Iterator[Happening]:
    at = _moment(event.get("reported_at", event["at"]), zone)
    visit = _visit(event, zone, at, f"{client}.{index}")
    yield VisitPerformed(at=at, client_id=client, visit=visit, booking_id=str(event.get("booking_id") or ""))


def _imported(event: Mapping[str, Any], client: str, zone: ZoneInfo, index: int) -> Iterator[Happening]:
    at = _moment(event["at"], zone)
    for number, row in enumerate(event["visits"]):
        visit = _visit(row, zone, at, f"{client}.{index}.{number}")
        yield VisitPerformed(at=at, client_id=str(row.get("client", client)), visit=visit, is_from_file=True)


def _booked(event: Mapping[str, Any], client: str, zone: ZoneInfo, index: int) -> Iterator[Happening]:
    booking = BookingFacts(
        id=str(event["booking_id"]),
        starts_at=_moment(event["for"], zone),
        family=str(event.get("family") or "none"),
        area=str(event.get("area") or ""),
        brand=str(event.get("brand") or ""),
    )
    yield VisitBooked(at=_moment(event["at"], zone), client_id=client, booking=booking)


def _not_happening(event: Mapping[str, Any], client: str, zone: ZoneInfo, index: int) -> Iterator[Happening]:
    yield VisitNotHappening(at=_moment(event["at"], zone), client_id=client, booking_id=str(event["booking_id"]))


def _replied(event: Mapping[str, Any], client: str, zone: ZoneInfo, index: int) -> Iterator[Happening]:
    urgency = str(event.get("triage") or "unread")
    yield ClientReplied(at=_moment(event["at"], zone), client_id=client, text=str(event["text"]), urgency=urgency)


def _complained(event: Mapping[str, Any], client: str, zone: ZoneInfo, index: int) -> Iterator[Happening]:
    yield ClientComplained(at=_moment(event["at"], zone), client_id=client, text=str(event.get("text", "")))


def _closed(event: Mapping[str, Any], client: str, zone: ZoneInfo, index: int) -> Iterator[Happening]:
    yield ConcernClosed(at=_moment(event["at"], zone), client_id=client, by=str(event.get("by", "")))


def _opted_out(event: Mapping[str, Any], client: str, zone: ZoneInfo, index: int) -> Iterator[Happening]:
    channel = Channel(event.get("channel", "sms"))
    yield ClientOptedOut(at=_moment(event["at"], zone), client_id=client, channel=channel)


def _consented(event: Mapping[str, Any], client: str, zone: ZoneInfo, index: int) -> Iterator[Happening]:
    granted = frozenset(CONSENTS[name] for name in event["consents"])
    yield ConsentGiven(at=_moment(event["at"], zone), client_id=client, granted=granted)


def _flagged(event: Mapping[str, Any], client: str, zone: ZoneInfo, index: int) -> Iterator[Happening]:
    yield ClientFlagged(at=_moment(event["at"], zone), client_id=client, flag=str(event["flag"]))


def _answered(event: Mapping[str, Any], client: str, zone: ZoneInfo, index: int) -> Iterator[Happening]:
    yield StaffAnswered(
        at=_moment(event["at"], zone),
        client_id=client,
        visited_at=_moment(event["visit_at"], zone),
        family=str(event.get("family") or ""),
        area=str(event.get("area") or ""),
    )


def _moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


_READERS: dict[str, Callable[[Mapping[str, Any], str, ZoneInfo, int], Iterator[Happening]]] = {
    "visit_completed": _performed,
    "history_import": _imported,
    "visit_booked": _booked,
    "visit_cancelled": _not_happening,
    "no_show": _not_happening,
    "reply": _replied,
    "complaint": _complained,
    "concern_closed": _closed,
    "opt_out": _opted_out,
    "consent_given": _consented,
    "client_flag": _flagged,
    "staff_answer": _answered,
}
