"""The owner hears once that something stopped and once that it runs again; a failing account does not silence it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

import pytest

from afterglow.actions import tell_owner as telling
from afterglow.actions.beat import beat
from afterglow.actions.set_alerts import set_alerts
from afterglow.actions.tell_owner import tell_owner
from afterglow.actions.update_alarms import ask_for_test, update_alarms
from afterglow.channels.contract import (
    Accepted,
    CannotTell,
    Capabilities,
    LookUp,
    Outcome,
    OutgoingMessage,
    Refused,
    Sender,
    Unknown,
)
from afterglow.models import Alarm, Outage, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from tests.world import NOW, World, build_world

TAKEN = Accepted("SM1")
NO = Refused("configuration", "21606", "the number cannot text")
MINUTE = timedelta(minutes=1)


@dataclass
class Account:
    """Answers as it is told, and remembers what it was given."""

    capabilities: Capabilities
    outcome: Outcome = TAKEN
    sent: list[OutgoingMessage] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def send(self, message: OutgoingMessage) -> Outcome:
        self.sent.append(message)
        return self.outcome

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        return CannotTell("it keeps no list")


@dataclass
class Watch:
    """A watcher of Kit's practice, the accounts it sends through, and the moment it looks at."""

    world: World
    text: Account
    mail: Account
    now: datetime = NOW

    def looks(self, *, after: timedelta = timedelta()) -> int:
        self.now += after
        standing = update_alarms(practice_id=self.world.practice_id, now=self.now)
        tell_owner(practice_id=self.world.practice_id, public_url="https://glow.example.test", now=self.now)
        return standing

    def said(self) -> list[str]:
        return [message.text for message in (*self.text.sent, *self.mail.sent)]


@pytest.fixture
def watch(db: None, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The scheduler has been silent for 20 minutes, and the owner has a phone and a mailbox."""
    text, mail = (Account(Capabilities(channel=channel)) for channel in (Channel.SMS, Channel.EMAIL))
    watch = Watch(build_world(), text, mail)
    accounts: Mapping[Channel, Sender] = {Channel.SMS: watch.text, Channel.EMAIL: watch.mail}
    monkeypatch.setattr(telling, "open_senders", lambda *, practice_id: accounts)
    set_alerts(practice_id=watch.world.practice_id, email="owner@example.test", phone="+12075550190", after_minutes=15)
    with practice_scope(watch.world.practice_id):  # nothing falls due meanwhile
        Touch.objects.update(due_at=NOW + timedelta(days=1))
    beat(part="scheduler", now=NOW - timedelta(minutes=20))
    return watch


def runs_again(watch: Watch) -> None:
    beat(part="scheduler", now=watch.now + timedelta(hours=10))


def alarms(world: World) -> list[Alarm]:
    with practice_scope(world.practice_id):
        return list(Alarm.objects.filter(practice=world.practice_id).order_by("pk"))


def test_the_owner_is_told_once_however_long_it_lasts(watch: Watch) -> None:
    for _ in range(40):
        assert watch.looks(after=MINUTE) == 1

    [message] = watch.text.sent
    assert message.to == "+12075550190"
    assert message.text.startswith("Afterglow at Juniper Skin Studio: Afterglow has not run for 21 minutes.")
    assert "https://glow.example.test/health/" in message.text
    assert watch.mail.sent == []
    assert [a.told_how for a in alarms(watch.world)] == ["text"]


def test_an_alert_names_no_client(watch: Watch) -> None:
    watch.looks()

    assert not any(name in text for text in watch.said() for name in ("Rosa", "Dana", "Mina", "Alvarez"))


def test_the_owner_hears_once_that_it_runs_again_when_it_has_stayed_so(watch: Watch) -> None:
    watch.looks()
    runs_again(watch)

    for _ in range(9):
        watch.looks(after=MINUTE)
    assert len(watch.said()) == 1
    for _ in range(30):
        watch.looks(after=MINUTE)

    assert len(watch.said()) == 2
    assert "all right again, Afterglow runs." in watch.said()[1]


def test_what_comes_and_goes_is_one_alarm(watch: Watch) -> None:
    with practice_scope(watch.world.practice_id):
        outage = Outage(practice_id=watch.world.practice_id, channel="email", provider="smtp", reason="no answer")
        outage.began_at, outage.retry_at = NOW - timedelta(hours=1), NOW
        outage.save()
    beat(part="scheduler", now=NOW + timedelta(hours=10))
    for ended_at in (None, NOW, None, NOW, None):
        with practice_scope(watch.world.practice_id):
            Outage.objects.filter(practice=watch.world.practice_id).update(ended_at=ended_at)
        watch.looks(after=3 * MINUTE)

    assert len(alarms(watch.world)) == 1
    assert len(watch.said()) == 1


def test_when_texts_are_refused_the_mailbox_is_tried(watch: Watch) -> None:
    watch.text.outcome = NO
    watch.looks()

    assert [message.to for message in watch.mail.sent] == ["owner@example.test"]
    assert [a.told_how for a in alarms(watch.world)] == ["e-mail"]


def test_a_channel_that_is_out_is_tried_last(watch: Watch) -> None:
    with practice_scope(watch.world.practice_id):
        Outage.objects.create(
            practice_id=watch.world.practice_id,
            channel="sms",
            provider="twilio",
            reason="it does not answer",
            began_at=NOW,
            retry_at=NOW,
        )
    watch.looks()

    assert (len(watch.text.sent), len(watch.mail.sent)) == (0, 1)


def test_what_nobody_took_is_tried_again_after_ten_minutes(watch: Watch) -> None:
    watch.text.outcome = watch.mail.outcome = NO
    for _ in range(10):
        watch.looks(after=MINUTE)
    assert len(watch.text.sent) == 1
    watch.text.outcome = Accepted("SM2")
    watch.looks(after=MINUTE)

    assert len(watch.text.sent) == 2
    assert [a.told_how for a in alarms(watch.world)] == ["text"]


def test_after_a_doubtful_answer_the_other_way_is_used_and_nothing_is_repeated(watch: Watch) -> None:
    watch.text.outcome = Unknown("TimeoutError")
    for _ in range(30):
        watch.looks(after=MINUTE)

    assert (len(watch.text.sent), len(watch.mail.sent)) == (1, 1)


def test_a_doubtful_answer_on_the_only_way_counts_as_told(watch: Watch) -> None:
    set_alerts(practice_id=watch.world.practice_id, email="", phone="+12075550190", after_minutes=15)
    watch.text.outcome = Unknown("TimeoutError")
    for _ in range(30):
        watch.looks(after=MINUTE)

    assert len(watch.text.sent) == 1
    assert [a.told_how for a in alarms(watch.world)] == ["text, perhaps"]


def test_without_a_contact_the_alarm_waits_and_is_told_to_the_first_one(watch: Watch) -> None:
    set_alerts(practice_id=watch.world.practice_id, email="", phone="", after_minutes=15)
    watch.looks()
    assert watch.said() == []
    set_alerts(practice_id=watch.world.practice_id, email="owner@example.test", phone="", after_minutes=15)
    watch.looks(after=MINUTE)

    assert len(watch.mail.sent) == 1


def test_another_practice_hears_of_its_own_alarms_only(watch: Watch) -> None:
    update_alarms(practice_id=watch.world.other_practice_id, now=NOW)
    watch.looks()

    assert [a.practice_id for a in alarms(watch.world)] == [watch.world.practice_id]
    assert len(watch.said()) == 1


def test_a_test_alert_goes_the_same_way_and_has_no_end(watch: Watch) -> None:
    beat(part="scheduler", now=NOW + timedelta(hours=10))
    with practice_scope(watch.world.practice_id):
        ask_for_test(practice_id=watch.world.practice_id, now=NOW)
        ask_for_test(practice_id=watch.world.practice_id, now=NOW)
    for _ in range(30):
        assert watch.looks(after=MINUTE) == 0

    [message] = watch.text.sent
    assert "This is a test." in message.text
    assert [a.closed_at is None for a in alarms(watch.world)] == [False]
