"""The things on a client's line of time, each told in a sentence that staff can read out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from afterglow.models import Message, Notice, Practice, Touch, Visit
from afterglow.queries.forecasts import Forecast
from afterglow.queries.words import (
    CHANNELS,
    FUNCTIONS,
    by_channels,
    joined,
    notice_label,
    treatment_label,
    treatments_label,
    why_planned,
)
from afterglow.rules.facts import Channel, TreatmentFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words that really went out or came in."""

    message_id: int
    is_ours: bool
    channel: str
    subject: str
    text: str
    at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class Fate:
    """What a provider told about a message: the kinds of its events, and why it did not arrive."""

    kinds: frozenset[str]
    reason: str


UNTOLD = Fate(frozenset(), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing on the line: `kind` picks its picture, `tone` its colour; the words say all of it."""

    kind: str  # visit | booking | message | reply | planned | quiet | remark | task | concern | consent
    at: datetime
    title: str
    sentence: str = ""
    details: tuple[str, ...] = ()
    tone: str = ""
    said: tuple[Said, ...] = ()
    forecast: Forecast | None = None
    touch_id: int | None = None  # set while the message can still be stopped


TRIED_AGAIN = "It did not go out at first and was tried again."
STATUSES = {
    Message.Status.SENDING: "on its way",
    Message.Status.ACCEPTED: "sent",
    Message.Status.DELIVERED: "delivered",
    Message.Status.FAILED: "not delivered",
    Message.Status.UNKNOWN: "being checked with the provider",
    Message.Status.RECEIVED: "",
}
_REACTIONS = {"clicked": "link opened", "unsubscribed": "unsubscribed", "complained": "marked as spam"}
_COVERAGE = {
    Visit.Coverage.HISTORY: "Imported history: silent until somebody approves it.",
    Visit.Coverage.NOT_COVERED: "Not covered: {}.",
    Visit.Coverage.NO_FOLLOW_UP: "No follow-up: {}.",
}
_BOOKINGS = {
    Visit.Status.BOOKED: "Booked",
    Visit.Status.CANCELLED: "Cancelled",
    Visit.Status.NO_SHOW: "Did not come",
}
_VERDICTS = {"goes": "", "waits": "waiting", "stays": ""}
_ENDED = {
    Touch.State.SKIPPED: "Not sent",
    Touch.State.EXPIRED: "Too late",
    Touch.State.CANCELLED: "Stopped",
    Touch.State.FAILED: "Not delivered",
}


def visit_entries(visits: Iterable[Visit], treatments: Mapping[int, Sequence[TreatmentFacts]]) -> Iterator[Entry]:
    """Visits with what was done and what the catalog made of it, and bookings with what became of them."""
    for visit in visits:
        performed = treatments.get(visit.pk, ())
        is_visit = visit.status == Visit.Status.COMPLETED
        yield _visit(visit, performed) if is_visit else _booking(visit, performed)


def _visit(visit: Visit, treatments: Sequence[TreatmentFacts]) -> Entry:
    coverage = _COVERAGE.get(Visit.Coverage(visit.coverage), "").format(visit.coverage_reason.rstrip("."))
    return Entry(
        kind="visit",
        at=visit.ended_at,
        title=treatments_label(treatments),
        sentence=joined(f"Visit with {visit.provider}" if visit.provider else "Visit", coverage),
        details=tuple(_decided(t) for t in treatments if t.service),
        tone="waiting" if visit.coverage == Visit.Coverage.NOT_COVERED else "",
    )


def _booking(visit: Visit, treatments: Sequence[TreatmentFacts]) -> Entry:
    return Entry(
        kind="booking",
        at=visit.starts_at,
        title=f"{_BOOKINGS[Visit.Status(visit.status)]}: {treatments_label(treatments)}",
        sentence=f"With {visit.provider}." if visit.provider else "",
        tone="info" if visit.status == Visit.Status.BOOKED else "",
    )


def _decided(treatment: TreatmentFacts) -> str:
    outcome = {"ask": "somebody has to say what it was", "no_follow_up": "no follow-up"}.get(
        treatment.decision, treatment_label(treatment)
    )
    reason = f" ({treatment.reason})" if treatment.reason else ""
    return f"“{treatment.service}”: {outcome}{reason}."


def touch_entries(
    touches: Iterable[Touch],
    told: Mapping[int, Forecast],
    messages: Iterable[Message],
    fates: Mapping[int, Fate],
    practice: Practice,
) -> Iterator[Entry]:
    """Every planned contact, past and future, with the reason why or why not; and messages that belong to none."""
    by_touch: dict[int | None, list[Message]] = defaultdict(list)
    for message in messages:
        by_touch[message.touch_id].append(message)
    for touch in touches:
        whole = by_touch.pop(touch.pk, [])
        if touch.pk in told:
            yield _planned(touch, told[touch.pk])
        else:
            yield _happened(touch, _without_tries(whole), len(whole), fates, practice)
    for rest in by_touch.values():
        for message in rest:
            yield _message(message, fates.get(message.pk, UNTOLD))


def _planned(touch: Touch, forecast: Forecast) -> Entry:
    return Entry(
        kind="planned",
        at=forecast.at if forecast.verdict == "goes" else touch.due_at,
        title=f"{FUNCTIONS[touch.function]} · {treatment_of(touch)}",
        tone=_VERDICTS[forecast.verdict],
        forecast=forecast,
        touch_id=touch.pk,
    )


def _without_tries(messages: Sequence[Message]) -> list[Message]:
    """These messages of one touch, oldest first, without those that failed and were tried again on their channel."""
    last = {message.channel: message for message in messages}
    return [m for m in messages if m.status != Message.Status.FAILED or m is last[m.channel]]


def _happened(
    touch: Touch, messages: Sequence[Message], made: int, fates: Mapping[int, Fate], practice: Practice
) -> Entry:
    said = tuple(_said(m, fates.get(m.pk, UNTOLD)) for m in messages)
    details = (TRIED_AGAIN,) if len(said) < made else ()
    title = f"{FUNCTIONS[touch.function]} · {treatment_of(touch)}"
    if touch.state in _ENDED:
        kind, tone = ("message", "urgent") if touch.state == Touch.State.FAILED else ("quiet", "")
        at = touch.ended_at if touch.state == Touch.State.FAILED and touch.ended_at else touch.planned_at
        sentence = f"{_ENDED[Touch.State(touch.state)]}: {touch.reason}."
        return Entry(kind=kind, at=at, title=title, sentence=sentence, details=details, tone=tone, said=said)
    because = touch.reason or why_planned(touch, practice)
    verb = "Sent" if touch.state == Touch.State.SENT else "Being sent"
    at = said[0].at if said else touch.ended_at or touch.due_at
    sentence = _instead(messages, fates, why_planned(touch, practice)) or f"{verb}: {because}."
    return Entry(kind="message", at=at, title=title, sentence=sentence, details=details, said=said)


def _instead(messages: Sequence[Message], fates: Mapping[int, Fate], because: str) -> str:
    """How a message went another way after its first did not arrive; empty when it did not have to."""
    lost = [m for m in messages if m.status == Message.Status.FAILED]
    later = [m for m in messages if m.status != Message.Status.FAILED and lost and m.at > lost[0].at]
    if not later:
        return ""
    failed = [f"{CHANNELS[m.channel]} not delivered{_because(fates.get(m.pk, UNTOLD))}." for m in lost]
    return f"{' '.join(failed)} Sent {by_channels(Channel(m.channel) for m in later)} instead: {because}."


def _because(fate: Fate) -> str:
    return f": {fate.reason}" if fate.reason else ""


def treatment_of(touch: Touch) -> str:
    """What the message is about, for staff."""
    plan = touch.plan
    return treatment_label(TreatmentFacts(family=plan.family, brand=plan.brand, area=plan.area))


def _message(message: Message, fate: Fate) -> Entry:
    is_ours = message.direction == Message.Direction.OUT
    title = f"{CHANNELS[message.channel]} {'sent' if is_ours else 'from the client'}"
    if message.notice is not None:
        title = notice_label(message.notice.kind)
    return Entry(kind="message" if is_ours else "reply", at=message.at, title=title, said=(_said(message, fate),))


def _said(message: Message, fate: Fate) -> Said:
    return Said(
        message_id=message.pk,
        is_ours=message.direction == Message.Direction.OUT,
        channel=CHANNELS[message.channel],
        subject=message.subject,
        text=message.body,
        at=message.at,
        status=_status(message, fate),
    )


def _status(message: Message, fate: Fate) -> str:
    """What became of it: "delivered, link opened", "not delivered (the phone network did not deliver it)"."""
    status = STATUSES[Message.Status(message.status)]
    if message.status == Message.Status.FAILED and fate.reason:
        status = f"{status} ({fate.reason})"
    return ", ".join([status, *(word for kind, word in _REACTIONS.items() if kind in fate.kinds)])


def notice_entries(notices: Iterable[Notice]) -> Iterator[Entry]:
    """Answers that never went out, and why. Those that did are on the line as messages."""
    for notice in notices:
        if notice.state in _NOT_SENT and notice.ended_at is not None:
            word = "Not delivered" if notice.state == Notice.State.FAILED else "Not sent"
            yield Entry(
                kind="quiet",
                at=notice.ended_at,
                title=notice_label(notice.kind, is_sent=False),
                sentence=f"{word}: {notice.reason}.",
            )


_NOT_SENT = frozenset({Notice.State.SKIPPED, Notice.State.EXPIRED, Notice.State.FAILED})
