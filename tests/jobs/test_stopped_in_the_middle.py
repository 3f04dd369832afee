"""A stop that is committed while its batch is being sent keeps back every message not yet handed over."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from afterglow.actions.keep_event import keep_event
from afterglow.actions.revoke_consents import revoke_number
from afterglow.jobs import listen
from afterglow.models import Client, Task, Touch
from afterglow.models.scope import practice_scope
from bench.at_noon import NOON
from tests.databases import LiveDatabase
from tests.jobs.clinic import Clinic, clinic, wait_until

CLIENTS, LATENCY_MS = 300, 50
ON_THE_WAY = 0.25  # seconds: what the provider is taking at that moment cannot be called back


@pytest.mark.parametrize("after", [1, 60])
def test_nothing_leaves_for_a_number_that_stopped_in_the_middle_of_its_batch(
    live_database: LiveDatabase, tmp_path: Path, after: int
) -> None:
    with clinic(live_database, tmp_path, clients=CLIENTS, latency_ms=LATENCY_MS) as here:
        last = _numbers_in_order(here)[-100:]
        here.start_worker()
        wait_until(here.has_accepted(after))
        stopped_at = _all_stop(here, last)
        wait_until(here.is_done)

        texted = {record["to"]: float(record["at"]) for record in here.accepted()}
        late = {number: texted[number] - stopped_at for number in last if number in texted}
        assert max(late.values(), default=0) < ON_THE_WAY
        kept_back = [number for number in last if number not in texted]
        assert kept_back, "everything had been handed over before anybody stopped: this test shows nothing"
        assert here.texted_twice() == []
        _everything_is_explained(here, kept_back)


def test_a_stop_by_text_is_heard_in_the_middle_of_the_batch_and_confirmed_after_it(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    with clinic(live_database, tmp_path, clients=CLIENTS, latency_ms=6 * LATENCY_MS) as here:
        last = _numbers_in_order(here)[-1]
        here.start_worker()
        wait_until(here.has_accepted(1))
        _texts(here, last, "please stop texting me")
        wait_until(here.is_done)
        wait_until(lambda: last in {record["to"] for record in here.accepted()})

        [answer] = [record["body"] for record in here.accepted() if record["to"] == last]
        assert answer == "Glow Clinic: You are unsubscribed and will get no more messages by text."


def _texts(here: Clinic, number: str, words: str) -> None:
    """What the hook does with a client's text."""
    form = {"MessageSid": "SM1", "From": number, "To": "+12075550199", "Body": words}
    with practice_scope(here.practice_id):
        keep_event(
            practice_id=here.practice_id,
            kind="sms.twilio.text",
            event_id="SM1",
            content_type="application/x-www-form-urlencoded",
            body=urlencode(form).encode(),
            now=datetime.fromtimestamp(here.now(), UTC),
        )
    listen(here.practice_id)


def _numbers_in_order(here: Clinic) -> list[str]:
    """As they fall due."""
    with practice_scope(here.practice_id):
        due = Touch.objects.filter(practice=here.practice_id, function="check_in").order_by("due_at", "pk")
        return list(due.values_list("client__phone", flat=True))


def _all_stop(here: Clinic, numbers: list[str]) -> float:
    """When it was committed, by the provider's clock: another process than the one that sends says so."""
    with practice_scope(here.practice_id):
        for number in numbers:
            revoke_number(practice_id=here.practice_id, phone=number, source="reply", evidence="message 1", now=NOON)
    return here.now()


def _everything_is_explained(here: Clinic, kept_back: list[str]) -> None:
    with practice_scope(here.practice_id):
        touches = Touch.objects.filter(practice=here.practice_id, function="check_in")
        ended = Counter(touches.values_list("state", flat=True))
        assert ended == {"sent": CLIENTS - len(kept_back), "skipped": len(kept_back)}
        reasons = touches.filter(state="skipped").values_list("client__phone", "reason")
        assert {phone for phone, _ in reasons} == set(kept_back)
        assert all("the client stopped texts on 18 November 2026" in reason for _, reason in reasons)
        asked = Task.objects.filter(practice=here.practice_id, kind="call").values_list("client_id", flat=True)
        clients = Client.objects.filter(practice=here.practice_id, phone__in=kept_back)
        assert set(asked) == set(clients.values_list("pk", flat=True))
