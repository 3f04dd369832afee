"""A scenario file, read: a practice, its clients, what happens to them, and what is expected of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from afterglow.rules.expectations import Expectations, read_expectations
from afterglow.rules.facts import (
    Channel,
    ClientFacts,
    Function,
    Offset,
    Override,
    PracticeFacts,
    Recipient,
    SeasonalRule,
    SendWindow,
)
from afterglow.rules.happenings import Happening, Outage
from afterglow.rules.scenario_events import CONSENTS, read_amount, read_event

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
    read = [
        item
        for index, event in enumerate(data["events"], 1)
        for item in read_event(event, main=main, zone=zone, index=index)
    ]
    happenings = tuple(item for item in read if isinstance(item, Happening))
    clients = tuple(_client(c) for c in (data["client"], *data.get("other_clients", ())))
    if strangers := {h.client_id for h in happenings} - {facts.id for facts, _ in clients}:
        raise ValueError(f"no client is called {', '.join(sorted(strangers))}")
    return Scenario(
        id=str(data["id"]),
        title=str(data.get("title", "")),
        practice=practice,
        clients=clients,
        happenings=happenings,
        outages=tuple(item for item in read if isinstance(item, Outage)),
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
        high_value_threshold=read_amount(data.get("high_value_threshold", 2500)),
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
        lifetime_value=read_amount(data.get("ltv")),
        is_held_out=bool(data.get("holdout")),
    )
    return facts, phone
