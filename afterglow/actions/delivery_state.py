"""What everything reported about a message adds up to, in whatever order it came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from afterglow.channels.receipts import Delivery, StatusReport
from afterglow.channels.refusal_words import why_lost
from afterglow.rules.facts import Channel

# A message that was called lost and then arrives did arrive.
RANKS = {
    Delivery.ACCEPTED: 0,
    Delivery.SENT: 1,
    Delivery.UNDELIVERED: 2,
    Delivery.FAILED: 2,
    Delivery.DELIVERED: 3,
}
LOST = frozenset({Delivery.UNDELIVERED, Delivery.FAILED})
GRAVITY = ("unavailable", "rate", "", "expired", "content", "configuration", "invalid_address", "opted_out")
LONGEST_CODE = 80


@dataclass(frozen=True, slots=True, order=True)
class Failure:
    """Why a message did not arrive: one of the kinds of refusal, empty when unknown, and the provider's code."""

    kind: str
    code: str

    def reason(self, channel: Channel) -> str:
        """Why, in words for the front desk."""
        return why_lost(self.kind, self.code, channel)


@dataclass(frozen=True, slots=True)
class Known:
    """All that was reported about a message: kinds of event, each with its failures. Only ever grows."""

    events: Mapping[str, frozenset[Failure]]

    @classmethod
    def stored(cls, details: Mapping[str, str]) -> Known:
        """As it was written down: a detail is `kind:code` of every failure."""
        return cls({kind: frozenset(_failure(word) for word in detail.split()) for kind, detail in details.items()})

    def told(self, reports: Iterable[StatusReport]) -> Known:
        """With these reports too."""
        events = dict(self.events)
        for report in reports:
            kind = report.status.value
            said = {_failure_of(report)} if report.status in LOST else set()
            events[kind] = events.get(kind, frozenset()) | said
        return Known(events)

    def detail(self, kind: str) -> str:
        """The failures of this kind, as they are written down."""
        return " ".join(f"{failure.kind}:{failure.code}" for failure in sorted(self.events[kind]))

    @property
    def furthest(self) -> Delivery | None:
        """How far the message got; none while nothing was reported."""
        reached = [Delivery(kind) for kind in self.events if kind in _DELIVERIES]
        return max(reached, key=lambda delivery: RANKS[delivery], default=None)

    @property
    def is_lost(self) -> bool:
        return self.furthest in LOST

    @property
    def failures(self) -> frozenset[Failure]:
        return frozenset().union(*self.events.values())

    @property
    def failure(self) -> Failure:
        """The gravest of them: what another try would fail at."""
        return max(self.failures, key=lambda failure: (_gravity(failure.kind), failure.code), default=Failure("", ""))

    def failures_of(self, kind: str) -> frozenset[Failure]:
        return frozenset(failure for failure in self.failures if failure.kind == kind)


_DELIVERIES = frozenset(Delivery)


def _gravity(kind: str) -> int:
    return GRAVITY.index(kind) if kind in GRAVITY else GRAVITY.index("")


def _failure_of(report: StatusReport) -> Failure:
    """With a code that is one printable word."""
    code = "-".join("".join(c if c.isprintable() else " " for c in report.error_code).split())
    return Failure(report.kind, code[:LONGEST_CODE])


def _failure(word: str) -> Failure:
    kind, _, code = word.partition(":")
    return Failure(kind, code)
