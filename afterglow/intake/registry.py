"""Every booking system we can listen to, by its kind: how its calls are trusted and read, and what it can tell us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from afterglow.intake.contract import RowFault, VisitReported
from afterglow.intake.systems import generic


class Verify(Protocol):
    """The sender's event id, or `ForgedSignature` when the call cannot be trusted."""

    def __call__(self, *, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str: ...


class ReadCall(Protocol):
    """The visits of one stored call. It never raises for what the sender wrote."""

    def __call__(self, body: bytes, *, timezone: str, source: str) -> Iterator[VisitReported | RowFault]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    verify: Verify
    reports: ReadCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a system reports. A feature that needs what is missing here is refused, with this as the reason."""

    has_line_items: bool
    has_future_bookings: bool
    has_cancellations: bool
    has_contacts: bool
    has_consents: bool
    has_prices: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    label: str
    capabilities: Capabilities
    webhook: Webhook | None = None  # None: its visits arrive as files


_EVERYTHING = Capabilities(
    has_line_items=True,
    has_future_bookings=True,
    has_cancellations=True,
    has_contacts=True,
    has_consents=True,
    has_prices=True,
)

SYSTEMS: dict[str, System] = {
    "csv": System(label="CSV or Excel file", capabilities=_EVERYTHING),
    "generic": System(
        label="Signed webhook (Zapier, Make, own code)",
        capabilities=_EVERYTHING,
        webhook=Webhook(verify=generic.verify, reports=generic.reports),
    ),
}
