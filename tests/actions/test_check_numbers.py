"""Numbers are compared with lists: the newest answer is kept, and whoever lost their number is asked for a new one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from afterglow.actions.check_numbers import Checked, check_numbers
from afterglow.intake.numbers.contract import Answer, BrokenLine, Kind, NumberAnswer
from afterglow.models import Client, Consent, NumberCheck, Practice
from afterglow.models.number_checks import number_checks
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, NumberChecks, Purpose
from tests.actions.providers import NOON, practice_with_check_ins, tasks

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
MARKETING = (Channel.SMS, Purpose.MARKETING)


@dataclass(frozen=True)
class Told:
    """A source that answers as the test tells it."""

    said: tuple[NumberAnswer | BrokenLine, ...]
    kind: Kind = Kind.DO_NOT_CALL
    source: str = "test"

    def look_up(self, phones: Collection[str], *, as_of: date) -> Iterator[NumberAnswer | BrokenLine]:
        return (one for one in self.said if isinstance(one, BrokenLine) or one.phone in phones)


def phones(practice_id: int) -> list[str]:
    with practice_scope(practice_id):
        return list(Client.objects.filter(practice=practice_id).order_by("pk").values_list("phone", flat=True))


def told(practice_id: int, answer: Answer, on: date = TODAY, *, kind: Kind = Kind.DO_NOT_CALL) -> Checked:
    said = tuple(NumberAnswer(phone=phone, answer=answer, as_of_on=on) for phone in phones(practice_id))
    return check_numbers(practice_id=practice_id, lookup=Told(said, kind), as_of=on, now=NOON)


def on_file(practice_id: int) -> list[tuple[str, date]]:
    with practice_scope(practice_id):
        checks = NumberCheck.objects.filter(practice=practice_id).order_by("phone")
        return list(checks.values_list("answer", "as_of_on"))


def known(practice_id: int) -> list[NumberChecks]:
    with practice_scope(practice_id):
        clients = list(Client.objects.filter(practice=practice_id).order_by("pk"))
        checks = number_checks(Practice.objects.get(pk=practice_id), clients)
        return [checks[client.pk] for client in clients if client.pk in checks]


def consent(practice_id: int, *, at: datetime = NOON, status: str = "granted", **more: Any) -> None:
    with practice_scope(practice_id):
        client = Client.objects.filter(practice=practice_id).order_by("pk")[0]
        usual = {"client": client, "evidence": "", "source": "csv", "purpose": "marketing"}
        Consent.objects.create(
            practice_id=practice_id, address=client.phone, channel="sms", status=status, at=at, **{**usual, **more}
        )


def test_the_newest_answer_about_each_number_is_kept() -> None:
    practice_id = practice_with_check_ins()
    assert told(practice_id, Answer.NO, TODAY - timedelta(days=9)).answers == {"no": 2}
    assert told(practice_id, Answer.YES, TODAY).answers == {"yes": 2}
    older = told(practice_id, Answer.NO, TODAY - timedelta(days=5))
    assert (older.outdated, older.answers.total()) == (2, 0)
    assert on_file(practice_id) == [("yes", TODAY)] * 2


def test_broken_lines_stop_nothing() -> None:
    practice_id = practice_with_check_ins()
    [first, _] = phones(practice_id)
    said = (BrokenLine(line=1, message="?"), NumberAnswer(phone=first, answer=Answer.YES, as_of_on=TODAY))
    checked = check_numbers(practice_id=practice_id, lookup=Told(said), as_of=TODAY, now=NOON)
    assert (checked.numbers, checked.broken_count, checked.answers["yes"]) == (2, 1, 1)


def test_whoever_lost_their_number_is_asked_about_once() -> None:
    practice_id = practice_with_check_ins()
    tomorrow = TODAY + timedelta(days=1)
    assert told(practice_id, Answer.YES, tomorrow, kind=Kind.REASSIGNED).tasks == 2
    assert told(practice_id, Answer.YES, tomorrow, kind=Kind.REASSIGNED).tasks == 0
    assert {kind for kind, _ in tasks(practice_id)} == {"review"}
    assert "Please ask for the new number." in tasks(practice_id)[0][1]


def test_nobody_is_asked_about_a_number_that_its_client_has_used_since() -> None:
    practice_id = practice_with_check_ins()
    assert told(practice_id, Answer.YES, TODAY - timedelta(days=30), kind=Kind.REASSIGNED).tasks == 0
    assert tasks(practice_id) == []


def test_without_any_list_nothing_is_known_and_nothing_asked() -> None:
    assert known(practice_with_check_ins()) == []


def test_one_list_is_known_for_all_numbers_also_those_it_says_nothing_about() -> None:
    practice_id = practice_with_check_ins()
    told(practice_id, Answer.NO_DATA)
    assert {(checks.has_lists, checks.compared_on) for checks in known(practice_id)} == {(True, None)}


@pytest.mark.parametrize(
    ("more", "is_written"),
    [
        ({}, False),  # a booking system says so
        ({"recorded_by": "Kit"}, True),
        ({"text_digest": "d1"}, True),  # on a form: the wording is on record
    ],
)
def test_a_consent_counts_as_written_when_we_can_prove_it(more: dict[str, Any], is_written: bool) -> None:
    practice_id = practice_with_check_ins()
    told(practice_id, Answer.YES)
    consent(practice_id, **more)
    [rosa, other] = known(practice_id)
    assert (MARKETING in rosa.written) is is_written
    assert other.written.isdisjoint({MARKETING})


def test_a_revocation_ends_a_written_consent_whoever_said_it() -> None:
    practice_id = practice_with_check_ins()
    told(practice_id, Answer.YES)
    consent(practice_id, recorded_by="Kit")
    consent(practice_id, status="revoked", client=None, at=NOON + timedelta(hours=1))
    assert known(practice_id)[0].written.isdisjoint({MARKETING})


def test_another_practice_knows_nothing_of_our_lists() -> None:
    ours, theirs = practice_with_check_ins(), practice_with_check_ins()
    told(ours, Answer.YES)
    assert known(theirs) == []
