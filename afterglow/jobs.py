"""The work of the worker: five-line tasks that read the clock and call actions."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from afterglow.actions.beat import beat
from afterglow.actions.open_senders import open_senders
from afterglow.actions.process_events import process_events
from afterglow.actions.resolve_unknown import resolve_unknown
from afterglow.actions.send_touches import BATCH, send_touches
from afterglow.models.across import practices_with_due


def clock() -> datetime:
    """Now. The worker's edge is the one place where work in the background reads the wall clock."""
    return datetime.now(UTC)


@app.periodic(cron="* * * * * */5")  # every five seconds: here the seconds stand last
@app.task(queueing_lock="tick")
def tick(timestamp: int) -> None:
    """Wake every practice that has something to do."""
    now = clock()
    beat(part="scheduler", now=now)
    for practice_id in practices_with_due(now=now):
        wake(practice_id)


def wake(practice_id: int) -> None:
    """Queue the work of one practice, unless it is queued already. Safe inside a transaction that goes on."""
    job = serve.configure(lock=f"practice {practice_id}", queueing_lock=f"serve {practice_id}")
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(practice_id=practice_id)


@app.task()
def serve(practice_id: int) -> None:
    """Everything one practice has waiting; its lock lets one worker at a time do it."""
    process_events(practice_id=practice_id, now=clock())
    senders = open_senders(practice_id=practice_id)
    resolve_unknown(practice_id=practice_id, senders=senders, clock=clock)
    while (
        send_touches(practice_id=practice_id, senders=senders, clock=clock, public_url=settings.SITE_URL).claimed
        >= BATCH
    ):
        beat(part="sender", now=clock())
