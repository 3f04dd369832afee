"""Health and the doctor: the same facts, said so that somebody knows what to do."""

from __future__ import annotations

from datetime import timedelta

from afterglow.actions.beat import beat
from afterglow.models import AddressFault, Outage, Practice, RawEvent, Touch
from afterglow.queries.findings import State, parts_findings, practice_findings, spoken_size
from afterglow.queries.health import Share, database_health, practice_health
from tests.messages import sent_message
from tests.world import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def sent(practice: Practice, status: str, *, ago: timedelta, code: str = "", channel: str = "sms") -> None:
    """One message with its attempt, as the sending path leaves them."""
    touch = Touch.objects.filter(practice=practice).latest("pk")
    sent_message(
        touch,
        channel=channel,
        status=status,
        at=NOW - ago,
        state="refused" if status == "failed" else "absent",
        finished_at=NOW - ago,
        code=code,
        detail="the address cannot receive this kind of message" if code else "",
    )


def findings(practice: Practice) -> dict[str, tuple[State, str]]:
    health = practice_health(practice, now=NOW)
    return {
        f.what: (f.state, f.says)
        for f in (*parts_findings(health.facts.machine, now=NOW), *practice_findings(practice, health))
    }


def test_an_account_is_judged_by_what_became_of_its_messages(practice: Practice) -> None:
    for status, ago in [("delivered", HOUR), ("delivered", 2 * DAY), ("accepted", HOUR), ("unknown", 3 * DAY)]:
        sent(practice, status, ago=ago)
    for _ in range(2):
        sent(practice, "failed", ago=5 * HOUR, code="invalid_address:30006")
    sent(practice, "failed", ago=5 * HOUR, code="content:30007")
    sent(practice, "delivered", ago=8 * DAY)  # too long ago
    sent(practice, "sending", ago=timedelta(seconds=3))  # just on its way

    mail, text = practice_health(practice, now=NOW).accounts

    assert (text.channel, text.provider) == ("sms", "simulated")
    assert text.day == Share(delivered=1, accepted=1, unknown=0, failed=3)
    assert text.week == Share(delivered=2, accepted=1, unknown=1, failed=3)
    assert (text.day.percent, text.week.percent) == (40, 43)
    assert [(r.words, r.code, r.count) for r in text.reasons] == [
        ("the number is a landline", "30006", 2),
        ("the phone network does not let this text through", "30007", 1),
    ]
    assert text.last_success_at == NOW - HOUR
    assert (mail.week.total, mail.week.percent, mail.last_success_at) == (0, None, None)


def test_the_week_is_counted_by_the_practices_own_days(practice: Practice) -> None:
    sent(practice, "delivered", ago=12 * HOUR)  # 3 am in UTC, still yesterday evening in Portland
    sent(practice, "failed", ago=HOUR)

    days = practice_health(practice, now=NOW).days

    assert len(days) == 7
    assert [(day.on.day, day.share.total) for day in days[-2:]] == [(9, 1), (10, 1)]


def test_an_open_outage_says_since_when_why_and_when_it_is_tried_again(practice: Practice) -> None:
    Outage.objects.create(
        practice=practice,
        channel="sms",
        provider="simulated",
        reason="the provider was not reached",
        tries=4,
        began_at=NOW - 3 * timedelta(minutes=1),
        retry_at=NOW + timedelta(minutes=2),
    )
    state, says = findings(practice)["Texts through simulated"]

    assert state == State.LOOK
    assert says == "It has taken nothing for 3 minutes: the provider was not reached. Next try in 2 minutes."


def test_parts_that_are_silent_are_faults_and_say_what_stops(practice: Practice) -> None:
    beat(part="watcher", now=NOW - timedelta(seconds=20))
    said = findings(practice)

    assert said["Scheduler"] == (State.FAULT, "It has never run. Nothing is sent.")
    assert said["Worker"][0] == State.FAULT
    assert said["Watcher"] == (State.GOOD, "Alive 20 seconds ago; it tells the owner when something stops.")
    beat(part="scheduler", now=NOW - timedelta(minutes=6))
    assert findings(practice)["Scheduler"] == (State.FAULT, "Silent for 6 minutes. Nothing is sent.")


def test_what_waits_is_good_then_late_then_a_fault(practice: Practice) -> None:
    beat(part="scheduler", now=NOW)
    touches = Touch.objects.filter(practice=practice, state=Touch.State.PLANNED)
    touches.update(due_at=NOW + DAY)
    assert findings(practice)["Waiting messages"] == (State.GOOD, "No message is due and waiting.")
    touches.filter(pk=touches.latest("pk").pk).update(due_at=NOW - timedelta(minutes=3))
    assert findings(practice)["Waiting messages"] == (State.LOOK, "1 message due, the oldest for 3 minutes.")
    touches.update(due_at=NOW - timedelta(minutes=16))
    assert findings(practice)["Waiting messages"][0] == State.FAULT


def test_dead_addresses_unread_reports_and_a_missing_contact_are_told(practice: Practice) -> None:
    AddressFault.objects.create(
        practice=practice, channel="sms", address="+12075550101", kind="invalid_address", reason="a landline", at=NOW
    )
    RawEvent.objects.create(practice=practice, kind="generic.visits", event_id="1", body=b"{}", received_at=NOW - HOUR)
    said = findings(practice)

    assert said["Dead addresses"][1] == "1 address cannot receive texts."
    assert said["Alerts"] == (State.LOOK, "Nobody is told when Afterglow stops.")
    assert said["Reports from outside"][0] == State.FAULT


def test_the_database_says_its_version_and_size(practice: Practice) -> None:
    database = database_health()

    assert database.version[0].isdigit()
    assert database.bytes > 1_000_000
    assert (spoken_size(84_000_000), spoken_size(3_200_000_000)) == ("84 MB", "3.2 GB")
