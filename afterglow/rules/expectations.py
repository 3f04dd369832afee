"""What a scenario expects of the engine, and whether a run met it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")
CLIENT_FACING = frozenset({"sms", "email", "voice"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A touch as results show it: `at` is local wall-clock time, "2027-03-04T10:00"."""

    client: str
    at: str
    function: str
    channel: str
    outcome: str
    reason: str
    text: str = ""

    @property
    def is_sent_message(self) -> bool:
        return self.outcome == "sent" and self.channel in CLIENT_FACING


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    first_on: str
    last_on: str
    times: tuple[str, str]
    functions: frozenset[str]
    channels: frozenset[str]
    outcomes: frozenset[str]
    client: str
    reasons: tuple[str, ...] = ()
    is_optional: bool = False
    is_core: bool = True

    def __str__(self) -> str:
        days = self.first_on if self.first_on == self.last_on else f"{self.first_on} to {self.last_on}"
        what = f"{'/'.join(sorted(self.functions))} by {'/'.join(sorted(self.channels))}"
        because = f" because of {' or '.join(self.reasons)}" if self.reasons else ""
        return f"{days}: {what} {'/'.join(sorted(self.outcomes))}{because}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    main: str
    check_from: str
    until: str
    expected: tuple[Expectation, ...]
    forbidden: tuple[Expectation, ...]
    texts_per_24h: int | None
    texts_per_day: int | None
    is_complete: bool  # every message sent must be expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    failures: tuple[str, ...]
    unexplained: tuple[str, ...]
    explain_count: int

    @property
    def has_passed(self) -> bool:
        return not self.failures


def read_expectations(data: Mapping[str, Any], *, main: str) -> Expectations:
    limits = data.get("limits", {})
    return Expectations(
        main=main,
        check_from=data["check_from"],
        until=data["until"],
        expected=tuple(_expectation(e, main=main) for e in data.get("expect", ())),
        forbidden=tuple(_expectation({"outcome": "sent", **f}, main="*") for f in data.get("forbid", ())),
        texts_per_24h=limits.get("sms_per_24h"),
        texts_per_day=limits.get("sms_per_local_day"),
        is_complete=bool(data.get("expect_none_other", False)),
    )


def _expectation(data: Mapping[str, Any], *, main: str) -> Expectation:
    first, last = (data["on"], data["on"]) if "on" in data else data["between"]
    earliest, latest = data.get("time_between", ("00:00", "23:59"))
    return Expectation(
        first_on=first,
        last_on=last,
        times=(earliest, latest),
        functions=_words(data["function"]),
        channels=_words(data["channel"]),
        outcomes=_words(data["outcome"]),
        client=str(data.get("client", main)),
        reasons=tuple(_listed(data.get("reason_contains", ()))),
        is_optional=bool(data.get("optional", False)),
        is_core=data.get("level", "core") == "core",
    )


def check(expectations: Expectations, touches: Sequence[Reported]) -> Verdict:
    """What the run missed, sent too much, sent at a forbidden time, or did not explain."""
    seen = [t for t in touches if expectations.check_from <= t.at[:10] <= expectations.until]
    required = [e for e in expectations.expected if e.is_core and not e.is_optional]
    failures = [f"missing: {e}" for e in _unmatched(required, seen, _fits)]
    if expectations.is_complete:
        messages = [t for t in seen if t.is_sent_message]
        spare = _unmatched(messages, list(expectations.expected), lambda touch, e: _fits(e, touch))
        failures += [f"unexpected: {_shown(t)}" for t in spare]
    for ban in expectations.forbidden:
        failures += [f"forbidden: {_shown(t)}" for t in seen if t.is_sent_message and _fits(ban, t)]
    failures += _over_limits(expectations, seen)
    explain = [e for e in expectations.expected if not e.is_core]
    unexplained = [f"no explanation: {e}" for e in explain if not any(_fits(e, t) for t in seen)]
    return Verdict(failures=tuple(failures), unexplained=tuple(unexplained), explain_count=len(explain))


def _unmatched(left: Sequence[A], right: Sequence[B], fits: Callable[[A, B], bool]) -> list[A]:
    """The items of `left` that find no partner of their own in `right` (maximum bipartite matching)."""
    partners = [[j for j, b in enumerate(right) if fits(a, b)] for a in left]
    taken_by: dict[int, int] = {}

    def place(i: int, tried: set[int]) -> bool:
        for j in partners[i]:
            if j in tried:
                continue
            tried.add(j)
            if j not in taken_by or place(taken_by[j], tried):
                taken_by[j] = i
                return True
        return False

    return [a for i, a in enumerate(left) if not place(i, set())]


def _fits(wanted: Expectation, touch: Reported) -> bool:
    if wanted.client not in ("*", touch.client):
        return False
    if not wanted.first_on <= touch.at[:10] <= wanted.last_on:
        return False
    if not wanted.times[0] <= touch.at[11:16] <= wanted.times[1]:
        return False
    if not _allows(wanted.channels, touch.channel) or touch.outcome not in wanted.outcomes:
        return False
    if touch.channel != "staff_task" and not _allows(wanted.functions, touch.function):
        return False
    return not wanted.reasons or any(_plain(r) in _plain(touch.reason) for r in wanted.reasons)


def _over_limits(expectations: Expectations, seen: Sequence[Reported]) -> list[str]:
    sent_at = sorted(datetime.fromisoformat(t.at[:16]) for t in seen if t.channel == "sms" and t.outcome == "sent")
    found: list[str] = []
    if expectations.texts_per_24h is not None:
        for first in sent_at:
            if sum(first <= at < first + timedelta(hours=24) for at in sent_at) > expectations.texts_per_24h:
                found.append(f"more than {expectations.texts_per_24h} texts in 24 hours from {first:%Y-%m-%d %H:%M}")
                break
    if expectations.texts_per_day is not None:
        for day in sorted({at.date() for at in sent_at}):
            if sum(at.date() == day for at in sent_at) > expectations.texts_per_day:
                found.append(f"more than {expectations.texts_per_day} texts on {day}")
    return found


def _allows(words: frozenset[str], word: str) -> bool:
    return "any" in words or word in words


def _plain(text: str) -> str:
    return text.lower().replace("_", " ").replace("-", " ")


def _shown(touch: Reported) -> str:
    return f"{touch.at.replace('T', ' ')} {touch.function} by {touch.channel} to {touch.client}"


def _words(value: str | Sequence[str]) -> frozenset[str]:
    return frozenset(_listed(value))


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else list(value)
