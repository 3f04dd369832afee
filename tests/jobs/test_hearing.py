"""What clients write is read at once, in the middle of a batch too."""

from __future__ import annotations

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from afterglow import jobs
from afterglow.actions.keep_event import keep_event
from afterglow.config.queues import HEARING, PRACTICES
from afterglow.models import RawEvent
from afterglow.models.scope import practice_scope
from tests.actions.providers import NOON, practice_with_check_ins

pytestmark = pytest.mark.django_db


def queued() -> list[tuple[str, str]]:
    return list(ProcrastinateJob.objects.order_by("pk").values_list("queue_name", "task_name"))


def test_however_many_texts_arrive_they_are_one_piece_of_work() -> None:
    practice_id = practice_with_check_ins(1)
    for _ in range(3):
        jobs.listen(practice_id)

    assert queued() == [(HEARING, "afterglow.jobs.hear")]


def test_hearing_reads_texts_leaves_all_else_and_wakes_who_answers() -> None:
    practice_id = practice_with_check_ins(1)
    kinds = ("sms.nobody.text", "generic.visits")
    with practice_scope(practice_id):
        for kind in kinds:
            keep_event(practice_id=practice_id, kind=kind, event_id=kind, body=b"", now=NOON)
    jobs.hear(practice_id)

    with practice_scope(practice_id):
        read = RawEvent.objects.filter(practice=practice_id).exclude(processed_at=None)
        assert list(read.values_list("kind", flat=True)) == ["sms.nobody.text"]
    assert queued() == [(PRACTICES, "afterglow.jobs.serve")]
