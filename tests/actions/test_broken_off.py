"""When the work breaks off, what has left is written down as sent, and what has not left never does."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from typing import Any, Self

import pytest
from django.db import DataError, InterfaceError, OperationalError

from afterglow.actions import recorder, send_touches
from afterglow.actions.claim_touches import claim_touches
from afterglow.actions.record_outcomes import record_outcomes
from tests.actions.providers import MAIL, Provider, practice_with_check_ins, rows, send, states
from tests.databases import LiveDatabase

BLIP = OperationalError("the connection is lost")
CLIENTS = send_touches.SMALLEST + 10  # more than the first batch


class Stumbling:
    """An action that raises at some of its calls, or at every one."""

    def __init__(self, action: Callable[..., Any], *, at: Collection[int] = (), error: Exception = BLIP) -> None:
        self.action, self.at, self.error, self.calls = action, at, error, 0

    def __call__(self, **given: Any) -> Any:
        self.calls += 1
        if not self.at or self.calls in self.at:
            raise self.error
        return self.action(**given)


@pytest.fixture
def practice_id(live_database: LiveDatabase) -> int:
    return practice_with_check_ins(CLIENTS)


@pytest.fixture
def stumble(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second batch cannot be decided while the first one is under way."""
    monkeypatch.setattr(send_touches, "claim_touches", Stumbling(claim_touches, at={2}))


@pytest.mark.usefixtures("stumble")
def test_what_has_left_when_the_next_batch_cannot_be_decided_counts_as_sent(practice_id: int) -> None:
    provider = Provider(capabilities=MAIL)  # nobody could be asked about it later
    with pytest.raises(OperationalError, match="the connection is lost"):
        send(practice_id, sms=provider)

    left = len(provider.sent)
    assert 0 < left < CLIENTS
    assert sorted(states(practice_id)) == ["planned"] * (CLIENTS - left) + ["sent"] * left


@pytest.mark.usefixtures("stumble")
def test_what_then_still_waits_for_a_free_hand_never_leaves_and_is_decided_again(
    practice_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("afterglow.actions.lane.CONCURRENCY", 3)
    provider = Provider(capabilities=replace(MAIL, per_second=20.0))
    with pytest.raises(OperationalError):
        send(practice_id, sms=provider)

    left = len(provider.sent)
    assert 3 <= left < 50
    assert sorted(states(practice_id)) == ["planned"] * (CLIENTS - left) + ["sent"] * left
    assert rows(practice_id) == (left, left)


@pytest.mark.usefixtures("stumble")
def test_when_nothing_can_be_written_either_it_is_the_first_fault_that_is_told(
    practice_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "PAUSES", (0.0, 0.01))
    silent = Stumbling(record_outcomes, error=InterfaceError("no database at all"))
    monkeypatch.setattr(recorder, "record_outcomes", silent)

    with pytest.raises(OperationalError, match="the connection is lost"):
        send(practice_id, sms=Provider())
    assert "sent" not in states(practice_id)


def test_outcomes_that_cannot_be_written_down_at_once_are_written_at_the_end(
    practice_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "record_outcomes", Stumbling(record_outcomes, at={1}))
    provider = Provider(capabilities=MAIL)
    with suppress(OperationalError):  # the work may be done by then
        send(practice_id, sms=provider)

    assert states(practice_id).count("sent") == len(provider.sent) > 0
    send(practice_id, sms=provider)
    assert set(provider.count_per_number().values()) == {1}


def test_while_the_database_is_away_for_some_seconds_no_answer_is_forgotten(
    practice_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "PAUSES", (0.0, 0.01, 0.01, 0.01))
    monkeypatch.setattr(recorder, "record_outcomes", Stumbling(record_outcomes, at=range(1, 5)))
    provider = Provider(capabilities=MAIL)
    with suppress(OperationalError):
        send(practice_id, sms=provider)

    assert states(practice_id).count("sent") == len(provider.sent) > 0
    assert "sending" not in states(practice_id)


def test_what_can_never_be_written_is_not_tried_for_ever(practice_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Stumbling(record_outcomes, error=DataError("not a row"))
    monkeypatch.setattr(recorder, "record_outcomes", broken)
    with pytest.raises(DataError):
        send(practice_id, sms=Provider())
    assert broken.calls <= 3  # once in its turn and twice at the end


class Shut(Provider):
    """Its account cannot be opened."""

    async def __aenter__(self) -> Self:
        raise ConnectionError("no such host")


class Closing(Provider):
    """Remembers whether it was closed again."""

    is_closed = False

    async def __aexit__(self, *exc: object) -> None:
        self.is_closed = True


def test_when_one_account_cannot_be_opened_nothing_is_claimed_and_the_others_are_closed(practice_id: int) -> None:
    texts = Closing()
    with pytest.raises(ConnectionError, match="no such host"):
        send(practice_id, sms=texts, email=Shut(capabilities=MAIL))

    assert set(states(practice_id)) == {"planned"}
    assert texts.sent == []
    assert texts.is_closed
