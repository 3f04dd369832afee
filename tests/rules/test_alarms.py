"""When the owner is woken, and when not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.alarms import (
    REMEDIES,
    ChannelHour,
    HealthFacts,
    MachineFacts,
    OutageFacts,
    SourceFacts,
    StandingAlarm,
    spoken_span,
    standing_alarms,
)
from afterglow.rules.alerts import alert_text, relief_text

NOW = datetime(2027, 3, 10, 15, tzinfo=UTC)
AFTER = timedelta(minutes=15)
ALIVE = MachineFacts(scheduler_at=NOW - timedelta(seconds=4), worker_at=NOW - timedelta(seconds=2))
CALM = HealthFacts(
    machine=ALIVE,
    due=0,
    oldest_due_at=None,
    last_out_at=NOW - timedelta(hours=3),
    last_visit_at=None,
    unknown=0,
    oldest_unknown_at=None,
    unread=0,
    oldest_unread_at=None,
    unreadable=0,
    outages=(),
    sources=(),
    last_hour=(),
)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def outage(channel: str, began_at: datetime) -> OutageFacts:
    return OutageFacts(
        channel=channel, provider="twilio", reason="it does not answer", tries=3, began_at=began_at, retry_at=NOW
    )


def source(last_event_at: datetime | None, created_at: datetime) -> SourceFacts:
    return SourceFacts(id=7, name="Signed webhook", created_at=created_at, last_event_at=last_event_at)


def kinds(**facts: Any) -> list[str]:
    return [alarm.kind for alarm in standing_alarms(replace(CALM, **facts), after=AFTER, now=NOW)]


def machine(scheduler_at: datetime | None, worker_at: datetime | None = ALIVE.worker_at) -> MachineFacts:
    return MachineFacts(scheduler_at=scheduler_at, worker_at=worker_at)


DUE_LONG = {"due": 3, "oldest_due_at": ago(minutes=16)}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"machine": machine(ago(minutes=15))}, []),
        ({"machine": machine(ago(minutes=15, seconds=1))}, ["scheduler"]),
        ({"machine": machine(None, None)}, []),  # just installed: nothing has been missed
        ({"machine": machine(None, None), **DUE_LONG}, ["queue"]),
        ({"machine": machine(ago(hours=9), ago(hours=9)), **DUE_LONG}, ["scheduler"]),  # not its consequences too
        ({"machine": machine(ago(seconds=4), ago(hours=1))}, []),  # nobody is needed
        ({"machine": machine(ago(seconds=4), ago(hours=1)), **DUE_LONG}, ["worker"]),
        ({"due": 3, "oldest_due_at": ago(minutes=14)}, []),
        (DUE_LONG, ["queue"]),
        ({**DUE_LONG, "last_out_at": ago(minutes=1)}, []),  # slow, and moving
        ({"due": 900, "oldest_due_at": ago(minutes=61), "last_out_at": ago(minutes=1)}, ["queue"]),
        ({"outages": (outage("sms", ago(minutes=4)),)}, []),
        ({"outages": (outage("sms", ago(minutes=6)), outage("email", ago(hours=1)))}, ["outage", "outage"]),
        ({"unknown": 2, "oldest_unknown_at": ago(minutes=14)}, []),
        ({"unknown": 2, "oldest_unknown_at": ago(minutes=16)}, ["unknown"]),
        ({"unread": 1, "oldest_unread_at": ago(minutes=16)}, ["unread"]),
        ({"unreadable": 4}, []),
        ({"unreadable": 5}, ["unreadable"]),
        ({"last_hour": (ChannelHour(channel="sms", settled=9, failed=9),)}, []),  # too few to tell
        ({"last_hour": (ChannelHour(channel="sms", settled=10, failed=3),)}, []),
        ({"last_hour": (ChannelHour(channel="sms", settled=10, failed=4),)}, ["failing"]),
        ({"sources": (source(None, ago(days=90)),)}, []),  # never used
        ({"sources": (source(ago(hours=71), ago(days=90)),)}, []),  # a weekend
        ({"sources": (source(ago(hours=73), ago(days=90)),)}, ["source"]),
        ({"sources": (source(ago(days=20), ago(days=20, hours=1)),)}, []),  # one test on the first day
    ],
)
def test_an_alarm_stands_when_something_keeps_messages_from_going_out(
    facts: dict[str, Any], expected: list[str]
) -> None:
    assert kinds(**facts) == expected


def test_two_accounts_that_are_out_are_two_alarms() -> None:
    facts = replace(CALM, outages=(outage("sms", ago(minutes=6)), outage("email", ago(hours=1))))

    found = standing_alarms(facts, after=AFTER, now=NOW)

    assert [(a.kind, a.subject) for a in found] == [("outage", "sms"), ("outage", "email")]
    assert found[1].reason == "The account for e-mail (twilio) has taken nothing for 60 minutes: it does not answer."


def test_the_owners_own_patience_counts() -> None:
    facts = replace(CALM, machine=machine(ago(minutes=20)))

    assert standing_alarms(facts, after=timedelta(minutes=30), now=NOW) == ()


MOMENTS = st.none() | st.integers(-3600, 10**6).map(lambda seconds: NOW - timedelta(seconds=seconds))


@given(
    scheduler_at=MOMENTS,
    worker_at=MOMENTS,
    oldest_due_at=MOMENTS,
    oldest_unknown_at=MOMENTS,
    oldest_unread_at=MOMENTS,
    last_out_at=MOMENTS,
    count=st.integers(1, 5000),
)
def test_whatever_stands_has_a_sentence_a_remedy_and_a_key_of_its_own(
    scheduler_at: datetime | None, worker_at: datetime | None, count: int, **moments: datetime | None
) -> None:
    facts = replace(CALM, machine=machine(scheduler_at, worker_at), due=count, unknown=count, unread=count, **moments)  # type: ignore[arg-type]

    found = standing_alarms(facts, after=AFTER, now=NOW)

    assert len({(a.kind, a.subject) for a in found}) == len(found)
    assert all(a.reason.endswith(".") and a.kind in REMEDIES for a in found)
    assert ("scheduler" in {a.kind for a in found}) == (scheduler_at is not None and NOW - scheduler_at > AFTER)


def test_the_alert_names_the_practice_the_trouble_and_where_to_look() -> None:
    stopped = StandingAlarm("scheduler", "", "Afterglow has not run for 16 minutes. No message goes out.")

    text = alert_text("Juniper Skin Studio", [stopped.reason], where="https://glow.example.test/health/")

    assert text == (
        "Afterglow at Juniper Skin Studio: Afterglow has not run for 16 minutes. No message goes out. "
        "See https://glow.example.test/health/"
    )


def test_the_end_of_several_alarms_is_one_sentence() -> None:
    text = relief_text("Juniper", ["scheduler", "outage", "outage"], where="https://x.example.test/")

    assert "all right again, Afterglow runs and the provider answers." in text


@pytest.mark.parametrize(
    ("span", "spoken"),
    [
        (timedelta(seconds=-3), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=48), "2 days"),
    ],
)
def test_a_length_of_time_is_said_in_one_unit(span: timedelta, spoken: str) -> None:
    assert spoken_span(span) == spoken
