"""A scenario file, read: a practice, its clients, what happens to them, and what is expected of the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from afterglow.rules.expectations import Expectations, read_expectations
from afterglow.rules.facts import (
    BookingFacts,
    Channel,
    ClientFacts,
    Function,
    Offset,
    Override,
    PracticeFacts,
    Purpose,
    Recipient,
    SeasonalRule,
    SendWindow,
    Series,
    TreatmentFacts,
    VisitFacts,
)
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
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class BrokenScenario(Exception):
    """The scenario cannot be read; the text says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    id: str
    title: str
    practice: PracticeFacts
    clients: tuple[tuple[ClientFacts, str], ...]
    happenings: tuple[Happening, ...]
    outages: tuple[Outage, ...]
    until: date
    expectations: Expectations


def read_scenario(data: Mapping[str, Any]) -> Scenario:
    """The scenario a JSON object describes. BrokenScenario names the key that is missing or makes no sense."""
    name = str(data.get("id", "?"))
    try:
        return _read(data)
    except KeyError as missing:
        raise BrokenScenario(f"scenario {name}: the key {missing} is missing") from missing
    except (ValueError, TypeError, AttributeError) as error:
        raise BrokenScenario(f"scenario {name}: {error}") from error


def _read(data: Mapping[str, Any]) -> Scenario:
    practice = _practice(data["practice"])
    zone = ZoneInfo(practice.timezone)
    main = str(data["client"]["id"])
    happenings: list[Happening] = []
    outages: list[Outage] = []
    for index, event in enumerate(data["events"], 1):
        kind = event["type"]
        if kind == "outage":
            outages.append(Outage(at=_moment(event["at"], zone), end=_moment(event["end"], zone)))
        elif kind in _READERS:
            happenings.extend(_READERS[kind](event, str(event.get("client", main)), zone, index))
        else:
            raise ValueError(f"event {index}: the type “{kind}” is unknown; known are {', '.join(sorted((*_READERS, 'outage')))}")
    return Scenario(
        id=str(data["id"]),
        title=str(data.get("title", "")),
        practice=practice,
        clients=tuple(_client(c) for c in (data["client"], *data.get("other_clients", ()))),
        happenings=tuple(happenings),
        outages=tuple(outages),
        until=date.fromisoformat(data["until"]),
        expectations=read_expectations(data, main=main),
    )


def _practice(data: Mapping[str, Any]) -> PracticeFacts:
    window, caps = data.get("send_window", {}), data.get("caps", {})
    return PracticeFacts(
        name=str(data.get("name", "Juniper Skin Studio")),
        phone=str(data.get("phone", "(555) 010-0134")),
        urgent_phone=str(data.get("urgent_phone", "(555) 010-0199")),
        address=str(data.get("address", "12 Alder St, Portland, ME 04101")),
        booking_link="https://book.example.test/b/7kq2",
        timezone=data["timezone"],
        state=data["state"],
        window=SendWindow(
            opens_at=time.fromisoformat(window.get("start", "09:00")),
            closes_at=time.fromisoformat(window.get("end", "20:00")),
            weekdays=frozenset(WEEKDAYS.index(day) for day in window.get("days", WEEKDAYS)),
        ),
        closed_on=frozenset(date.fromisoformat(day) for day in data.get("closed_dates", ())),
        high_value_threshold=Decimal(str(data.get("high_value_threshold", 2500))),
        is_voice_enabled=bool(data.get("voice_enabled", False)),
        messages_per_day=int(caps.get("messages_per_day", 1)),
        marketing_per_week=int(caps.get("marketing_per_week", 2)),
        is_merging_same_day=bool(data.get("merge_same_day", True)),
        overrides=tuple(_override(o) for o in data.get("overrides", ())),
        seasonal_rules=tuple(_season(r) for r in data.get("seasonal_rules", ())),
    )


def _override(data: Mapping[str, Any]) -> Override:
    return Override(
        family=data["family"],
        area=data.get("area", "") or "",
        function=Function(data["function"]),
        at=_offset(data["at"]),
        valid_until=_offset(data["valid_until"]),
    )


def _offset(text: str) -> Offset:
    amount, unit = text.split()
    return Offset(amount=int(amount), unit=unit if unit.endswith("s") else f"{unit}s")


def _season(data: Mapping[str, Any]) -> SeasonalRule:
    month, day = (int(part) for part in data["send_on"].split("-"))
    return SeasonalRule(
        id=str(data["id"]),
        family=data["family"],
        month=month,
        day=day,
        lookback_years=int(data["lookback_years"]),
        window_days=int(data["window_days"]),
        channel=Channel(data["channel"]),
    )


def _client(data: Mapping[str, Any]) -> tuple[ClientFacts, str]:
    phone = str(data.get("phone") or "")
    consents = data.get("consents", {})
    facts = ClientFacts(
        id=str(data["id"]),
        first_name=str(data.get("first_name") or ""),
        has_phone=bool(phone),
        has_email=bool(data.get("has_email")),
        recipient=Recipient(area_code=data.get("area_code"), state=data.get("state")),
        granted=frozenset(CONSENTS[name] for name, given in consents.items() if given and name in CONSENTS),
        lifetime_value=Decimal(str(data.get("ltv") or 0)),
        is_held_out=bool(data.get("holdout")),
    )
    return facts, phone


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
    series = data.get("series")
    for family in families:
        yield TreatmentFacts(
            family=family,
            brand="+".join(b for b in str(data.get("brand") or "").split("+") if b and _may_be_of(b, family, families)),
            area="+".join(a for a in str(data.get("area") or "").split("+") if a and _may_be_at(a, family, families)),
            service=str(data.get("service") or ""),
            amount=Decimal(str(data.get("amount") or 0)),
            series=Series(session=int(series["k"]), total=int(series["n"]) if series.get("n") else None) if series else None,
            decision="ask" if family == "none" else "enrol",
        )


def _may_be_of(brand: str, family: str, families: list[str]) -> bool:
    """In a visit with two families, whether a brand can belong to this one."""
    if len(families) == 1:
        return True
    return not (brand in TOXINS and family != "neuromodulator") and not (brand in FILLERS and family != "ha_filler")


def _may_be_at(area: str, family: str, families: list[str]) -> bool:
    """In a visit of toxin and filler, whether an area belongs to this one: crow's feet are never filled."""
    if not {"neuromodulator", "ha_filler"} <= set(families):
        return True
    return not (area in TOXIN_AREAS and family == "ha_filler") and not (area in FILLER_AREAS and family == "neuromodulator")


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


_READERS = {
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
