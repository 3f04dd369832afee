"""When a practice may reach a place: its own hours cut by the law, kept as edges in time and searched by halves.

Moments here are seconds since 1970. One calendar serves every client of the same place.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from afterglow.rules.facts import Channel, Recipient, SendWindow
from afterglow.rules.state_rules import FEDERAL, Hours, holiday_name, rules_by_state, rules_in_force
from afterglow.rules.zones import may_be_anywhere, states_of, zones_by_state, zones_of

CLOSES_EARLY = timedelta(minutes=15)  # carriers queue messages: one that leaves on the edge arrives after it

Span = tuple[int, int]
Law = tuple[tuple[str, tuple[str, ...]], ...]  # each zone to judge, with the states whose rules count in it

_MARGIN = int(CLOSES_EARLY.total_seconds())
_MONTH = 32 * 86_400
_MONTHS_AHEAD = 13  # nothing open for over a year is never
_DAY = timedelta(days=1)


@lru_cache(maxsize=2**16)
def calendar_towards(
    timezone: str,
    practice_state: str,
    window: SendWindow,
    closed_on: frozenset[date],
    area_code: str | None,
    address_state: str | None,
    channel: Channel,
) -> Calendar:
    """The calendar of one practice towards one kind of recipient. Plain arguments: this is asked for every message."""
    recipient = Recipient(area_code=area_code, state=address_state)
    law = _law_at(recipient, timezone, practice_state) if channel in (Channel.SMS, Channel.VOICE) else ()
    return calendar(timezone, window, closed_on, law, channel)


@lru_cache(maxsize=2**12)
def calendar(timezone: str, window: SendWindow, closed_on: frozenset[date], law: Law, channel: Channel) -> Calendar:
    """The one shared calendar of these hours and this law."""
    return Calendar(timezone, window, closed_on, law, channel)


class Calendar:
    """The open moments of one practice towards one place, worked out a month at a time when first asked."""

    __slots__ = ("_edges", "channel", "closed_on", "law", "timezone", "window")

    def __init__(
        self, timezone: str, window: SendWindow, closed_on: frozenset[date], law: Law, channel: Channel
    ) -> None:
        self.timezone = timezone
        self.window = window
        self.closed_on = closed_on
        self.law = law
        self.channel = channel
        self._edges: dict[int, list[int]] = {}  # month → opens, closes, opens, closes …

    def is_open(self, moment: float) -> bool:
        edges = self._edges.get(int(moment // _MONTH)) or self._edges_of(int(moment // _MONTH))
        return bisect_right(edges, moment) % 2 == 1

    def first_open(self, moment: float) -> float | None:
        """The first open moment, `moment` itself included. None when there is none within a year."""
        if self.is_open(moment):
            return moment
        month = int(moment // _MONTH)
        for later in range(month, month + _MONTHS_AHEAD):
            edges = self._edges_of(later)
            if (index := bisect_right(edges, moment)) < len(edges):
                return edges[index]
        return None

    def open_until(self, moment: float) -> float | None:
        """The moment at which the doors that are open at `moment` close. None when they are shut."""
        month = int(moment // _MONTH)
        for later in range(month, month + _MONTHS_AHEAD):
            edges = self._edges_of(later)
            index = bisect_right(edges, moment)
            if index % 2 == 0:
                return moment if later > month else None
            moment = edges[index]
            if moment < (later + 1) * _MONTH:
                return moment
        return moment

    def _edges_of(self, month: int) -> list[int]:
        if month not in self._edges:
            self._edges[month] = self._worked_out(month * _MONTH, (month + 1) * _MONTH)
        return self._edges[month]

    def _worked_out(self, first: int, last: int) -> list[int]:
        on, until_on = _local_date(first, self.timezone) - _DAY, _local_date(last, self.timezone) + _DAY
        spans: list[Span] = []
        while on <= until_on:
            spans += self._spans_on(on)
            on += _DAY
        clipped = ((max(opens, first), min(closes - _MARGIN, last)) for opens, closes in _joined(spans))
        return [edge for opens, closes in clipped if opens < closes for edge in (opens, closes)]

    def _spans_on(self, on: date) -> list[Span]:
        if on in self.closed_on or on.weekday() not in self.window.weekdays:
            return []
        day = _span(on, (self.window.opens_at, self.window.closes_at), self.timezone)
        spans = [day] if day else []
        for zone, states in self.law:
            spans = [cut for span in spans for cut in _lawful_parts(span, zone, states, self.channel)]
        return spans


def _law_at(recipient: Recipient, timezone: str, practice_state: str) -> Law:
    zones = zones_of(recipient, practice_zone=timezone)
    states = sorted(states_of(recipient, practice_state=practice_state) & rules_by_state().keys())
    if may_be_anywhere(recipient):
        # Whoever may be in any state is in that state's own zones when its rule counts.
        return tuple((zone, (FEDERAL, *(s for s in states if zone in zones_by_state()[s]))) for zone in zones)
    return tuple((zone, (FEDERAL, *states)) for zone in zones)


def _lawful_parts(span: Span, zone: str, states: tuple[str, ...], channel: Channel) -> list[Span]:
    opens, closes = span
    on, until_on = _local_date(opens, zone), _local_date(closes, zone)
    parts: list[Span] = []
    while on <= until_on:
        lawful = _lawful_span(on, zone, states, channel)
        if lawful and max(opens, lawful[0]) < min(closes, lawful[1]):
            parts.append((max(opens, lawful[0]), min(closes, lawful[1])))
        on += _DAY
    return parts


@lru_cache(maxsize=2**15)
def _lawful_span(on: date, zone: str, states: tuple[str, ...], channel: Channel) -> Span | None:
    hours = _lawful_hours(on, states, channel)
    return _span(on, hours, zone) if hours else None


@lru_cache(maxsize=2**15)
def _lawful_hours(on: date, states: tuple[str, ...], channel: Channel) -> Hours | None:
    opens_at, closes_at = time.min, time.max
    for rule in (rule for state in states for rule in rules_in_force(state=state, channel=channel, on=on)):
        hours = rule.hours[on.weekday()]
        if hours is None or (not rule.is_open_on_holidays and holiday_name(state=rule.state, on=on)):
            return None
        opens_at, closes_at = max(opens_at, hours[0]), min(closes_at, hours[1])
    return (opens_at, closes_at) if opens_at < closes_at else None


@lru_cache(maxsize=2**15)
def _span(on: date, hours: Hours, zone: str) -> Span | None:
    opens_at, closes_at = hours
    last_on = on if closes_at > time.min else on + _DAY  # closing at 0:00 is the end of the day
    # An hour that the clocks skip or repeat is read the strict way: open late, close early.
    opens, closes = max(_readings(on, opens_at, zone)), min(_readings(last_on, closes_at, zone))
    return (opens, closes) if opens < closes else None


def _readings(on: date, at: time, zone: str) -> tuple[int, int]:
    moment = datetime.combine(on, at, tzinfo=ZoneInfo(zone))
    return int(moment.timestamp()), int(moment.replace(fold=1).timestamp())


def _local_date(moment: int, zone: str) -> date:
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).date()


def _joined(spans: list[Span]) -> list[Span]:
    """Spans that touch made one, so that midnight is no closing edge for those open around it."""
    joined: list[Span] = []
    for opens, closes in spans:
        if joined and joined[-1][1] == opens:
            joined[-1] = (joined[-1][0], closes)
        else:
            joined.append((opens, closes))
    return joined
