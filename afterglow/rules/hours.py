"""The next lawful moment for a message: the practice's hours, and the law wherever the client may be.

Care messages keep the same hours as marketing: no waiver ever widens a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from afterglow.rules.bans import Bans, ban_at, bans_towards, next_ban_after, spoken_ban
from afterglow.rules.facts import Blackout, Channel, PracticeFacts, Purpose, Recipient, SendWindow
from afterglow.rules.open_calendar import CLOSES_EARLY, Calendar, calendar, calendar_towards
from afterglow.rules.state_rules import FEDERAL, StateRule, holiday_name, rules_in_force
from afterglow.rules.zones import is_placeable, state_names

ARRIVES_EARLY = timedelta(minutes=1)  # carriers count validity in rough seconds, from when they got the message

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORDS = {Channel.VOICE: "automated calls"}


@dataclass(frozen=True, slots=True)
class Open:
    """A moment at which the message may go. `reason` is empty when it is the one asked for, else why it moved."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Shut:
    """No such moment in time. `reason` says what stands in the way; `is_banned`: somebody may lift it before."""

    reason: str
    is_banned: bool = False


def next_open(
    *,
    at: datetime,
    until: datetime,
    practice: PracticeFacts,
    recipient: Recipient,
    channel: Channel,
    purpose: Purpose = Purpose.MARKETING,
) -> Open | Shut:
    """The first moment in [at, until] at which a message may go, in the zone of `at`.

    Texts and calls keep the practice's hours and the federal and state hours of every place the client may be in;
    everything else keeps the practice's hours and closed days. Doors close fifteen minutes early. A ban by decree holds
    for every channel. Sources: 47 CFR 64.1200(c)(1) and the table of state rules.
    """
    if at > until:
        return Shut("its last moment has passed")
    towards = _calendar(practice, recipient, channel)
    bans = bans_towards(practice, recipient, purpose)
    if bans:
        return _next_beside(bans, at, until, towards, recipient)
    moment = (at - _EPOCH).total_seconds()
    if towards.is_open(moment):
        return Open(at, "")
    return _later(moment, towards.first_open(moment), at, until, towards, recipient)


def first_open(
    *, at: datetime, until: datetime, practice: PracticeFacts, recipient: Recipient, channel: Channel
) -> datetime | None:
    """The moment `next_open` would name without any ban; None when there is none in time.

    For plans, which are made long before: bans come and go, and are looked at when a message is due.
    """
    found = _calendar(practice, recipient, channel).first_open((at - _EPOCH).total_seconds())
    if found is None or found > (until - _EPOCH).total_seconds():
        return None
    return datetime.fromtimestamp(found, at.tzinfo)


def closes_after(
    *,
    at: datetime,
    practice: PracticeFacts,
    recipient: Recipient,
    channel: Channel,
    purpose: Purpose = Purpose.MARKETING,
) -> datetime | None:
    """The last moment at which a message that goes out at `at` may still arrive; None when the doors are shut at `at`.

    Doors close early for what leaves, so that there is time left for what is under way. It ends a minute before the
    practice's and the lawful hours do, and before a ban begins.
    """
    shut = _calendar(practice, recipient, channel).open_until((at - _EPOCH).total_seconds())
    bans = bans_towards(practice, recipient, purpose)
    if shut is None or ban_at(at, bans) is not None:
        return None
    closes_at = datetime.fromtimestamp(shut, at.tzinfo)
    if begins_at := next_ban_after(at, bans):
        closes_at = min(closes_at, begins_at.astimezone(at.tzinfo))
    return closes_at + CLOSES_EARLY - ARRIVES_EARLY


def _calendar(practice: PracticeFacts, recipient: Recipient, channel: Channel) -> Calendar:
    return calendar_towards(
        practice.timezone,
        practice.state,
        practice.window,
        practice.closed_on,
        recipient.area_code,
        recipient.state,
        channel,
    )


def _next_beside(bans: Bans, at: datetime, until: datetime, towards: Calendar, recipient: Recipient) -> Open | Shut:
    """The same where bans are known: past every ban that lies over an open door."""
    moment = (at - _EPOCH).total_seconds()
    opens, ban = moment, None
    while True:
        found = towards.first_open(opens)
        if found is None:
            break
        over = ban_at(datetime.fromtimestamp(found, UTC), bans)
        if over is None:
            break
        ban = over
        if over.until_at is None:
            return _banned(over, towards)
        opens = over.until_at.timestamp()
    if ban is None:
        return Open(at, "") if found == moment else _later(moment, found, at, until, towards, recipient)
    if found is None or found > (until - _EPOCH).total_seconds():
        return _banned(ban, towards)
    return Open(datetime.fromtimestamp(found, at.tzinfo), spoken_ban(ban, timezone=towards.timezone))


def _banned(ban: Blackout, towards: Calendar) -> Shut:
    return Shut(spoken_ban(ban, timezone=towards.timezone), is_banned=True)


def _later(
    moment: float, found: float | None, at: datetime, until: datetime, towards: Calendar, recipient: Recipient
) -> Open | Shut:
    reason = _why_not(moment, found, towards, is_unplaced=not is_placeable(recipient.area_code))
    if found is None or found > (until - _EPOCH).total_seconds():
        return Shut(reason)
    return Open(datetime.fromtimestamp(found, at.tzinfo), reason)


def _why_not(moment: float, found: float | None, towards: Calendar, *, is_unplaced: bool) -> str:
    """What moved the message: the law if the practice would have sent earlier, else a closed day, else its hours."""
    by_hours = calendar(towards.timezone, towards.window, frozenset(), (), Channel.EMAIL).first_open(moment)
    by_days = calendar(towards.timezone, towards.window, towards.closed_on, (), Channel.EMAIL).first_open(moment)
    if by_days is not None and by_days != found:
        return _why_unlawful(by_days, towards, is_unplaced=is_unplaced)
    if by_hours is not None and by_hours != by_days:
        return f"the practice is closed on {_day(datetime.fromtimestamp(by_hours, ZoneInfo(towards.timezone)))}"
    return _outside_own_hours(datetime.fromtimestamp(moment, ZoneInfo(towards.timezone)), towards.window)


def _outside_own_hours(here: datetime, window: SendWindow) -> str:
    closes = datetime.combine(here, window.closes_at, tzinfo=here.tzinfo)
    if here.weekday() in window.weekdays and closes - CLOSES_EARLY <= here < closes:
        return f"too late for today: the practice's hours end at {_clock(closes)}"
    return "outside the practice's hours"


class _Edge(NamedTuple):
    """An hour of the law that the moment lies on the wrong side of."""

    moment: datetime
    rule: StateRule
    zone: str


def _why_unlawful(moment: float, towards: Calendar, *, is_unplaced: bool) -> str:
    here = datetime.fromtimestamp(moment, ZoneInfo(towards.timezone))
    words = _WORDS.get(towards.channel, "texts")
    return ("the client's number cannot be placed: " if is_unplaced else "") + (
        _shut_day(here, towards, words) or _shut_hour(here, towards, words, is_unplaced=is_unplaced)
    )


def _shut_day(here: datetime, towards: Calendar, words: str) -> str:
    for there, rule, _ in _judged(here, towards):
        if rule.hours[there.weekday()] is None:
            return f"{_who(rule)} allows no {words} on {there:%A}s"
        holiday = "" if rule.is_open_on_holidays else holiday_name(state=rule.state, on=there.date())
        if holiday:
            return f"{_who(rule)} allows no {words} on {holiday}"
    return ""


def _shut_hour(here: datetime, towards: Calendar, words: str, *, is_unplaced: bool) -> str:
    early, late = _edges_missed(here, towards)
    if early:
        edge = max(early, key=_moment_of)
        said = f"{_who(edge.rule)} allows no {words} before {_clock(edge.moment)}"
    elif late:
        edge = min(late, key=_moment_of)
        said = f"too late for today: {_who(edge.rule)} allows no {words} after {_clock(edge.moment)}"
    else:
        return "outside the lawful hours"
    return said + _said_here(edge, here, is_unplaced=is_unplaced)


def _edges_missed(here: datetime, towards: Calendar) -> tuple[list[_Edge], list[_Edge]]:
    early, late = [], []
    for there, rule, zone in _judged(here, towards):
        opens_at, closes_at = rule.hours[there.weekday()] or (time.min, time.max)
        if there.time() < opens_at:
            early.append(_Edge(datetime.combine(there, opens_at, tzinfo=there.tzinfo), rule, zone))
        elif there + CLOSES_EARLY >= (closes := datetime.combine(there, closes_at, tzinfo=there.tzinfo)):
            late.append(_Edge(closes, rule, zone))
    return early, late


def _judged(here: datetime, towards: Calendar) -> list[tuple[datetime, StateRule, str]]:
    return [
        (there, rule, zone)
        for zone, states in towards.law
        for there in (here.astimezone(ZoneInfo(zone)),)
        for state in states
        for rule in rules_in_force(state=state, channel=towards.channel, on=there.date())
    ]


def _moment_of(edge: _Edge) -> datetime:
    return edge.moment


def _said_here(edge: _Edge, here: datetime, *, is_unplaced: bool) -> str:
    edge_here = edge.moment.astimezone(here.tzinfo)
    if edge_here.time() == edge.moment.time():
        return ""
    place = f"in {edge.zone.rsplit('/', 1)[-1].replace('_', ' ')}" if is_unplaced else "at the client's place"
    return f"; {_clock(edge.moment)} {place} is {_clock(edge_here)} here"


def _who(rule: StateRule) -> str:
    return "federal law" if rule.state == FEDERAL else state_names()[rule.state]


def _clock(at: datetime) -> str:
    return f"{at.hour}:{at.minute:02}"


def _day(on: date) -> str:
    return f"{on.day} {on:%B}"
