"""Workers are killed while they confirm stops: nobody gets two confirmations. The judge is the provider's own log."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from pathlib import Path

from afterglow.actions.plan_notices import NewNotice, plan_notices
from afterglow.models import Message, Notice
from afterglow.models.scope import practice_scope
from afterglow.rules.notices import NoticeKind
from bench.at_noon import NOON
from tests.databases import LiveDatabase
from tests.jobs.clinic import Clinic, clinic, wait_until

STOPS, KILLS = 120, 4


def test_kills_in_the_middle_of_confirming_double_nothing_and_lose_nothing(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    chance = random.Random(20261122)
    with clinic(live_database, tmp_path, clients=0, latency_ms=300) as here:
        _plan_confirmations(here)
        for _ in range(KILLS):
            before = len(here.accepted())
            worker = here.start_worker()
            wait_until(here.has_accepted(before + 1))
            time.sleep(chance.uniform(0, 0.4))
            worker.kill()
            worker.wait()
        assert _states(here)["sending"], "no kill came between a message and its outcome: this test shows nothing"
        here.start_worker()
        wait_until(lambda: _states(here).keys() == {"sent"})
        _everybody_was_told_once(here)


def test_a_worker_told_to_stop_leaves_no_notice_in_doubt(live_database: LiveDatabase, tmp_path: Path) -> None:
    with clinic(live_database, tmp_path, clients=0, latency_ms=300) as here:
        _plan_confirmations(here)
        worker = here.start_worker()
        wait_until(here.has_accepted(1))
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(20) == 0
        assert set(_states(here)) == {"sent", "planned"}
        assert _states(here)["sent"] == len(here.accepted())


def _plan_confirmations(here: Clinic) -> None:
    notices = [
        NewNotice(kind=NoticeKind.STOP_CONFIRMATION, address=_phone(number), body="Glow Clinic: no more messages.")
        for number in range(STOPS)
    ]
    plan_notices(practice_id=here.practice_id, notices=notices, now=NOON)


def _phone(number: int) -> str:
    return f"+1{207 + number // 100}55501{number % 100:02}"


def _states(here: Clinic) -> Counter[str]:
    with practice_scope(here.practice_id):
        return Counter(Notice.objects.filter(practice=here.practice_id).values_list("state", flat=True))


def _everybody_was_told_once(here: Clinic) -> None:
    texted = Counter(record["to"] for record in here.accepted())
    assert len(texted) == STOPS
    assert set(texted.values()) == {1}
    with practice_scope(here.practice_id):
        ours = Message.objects.filter(practice=here.practice_id, status=Message.Status.ACCEPTED)
        assert dict(ours.values_list("address", "provider_id")) == {m["to"]: m["sid"] for m in here.accepted()}
