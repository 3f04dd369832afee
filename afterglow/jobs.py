"""The work of the worker: five-line tasks that read the clock and call actions."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from afterglow.actions.beat import beat
from afterglow.actions.open_senders import open_senders
from afterglow.actions.patience import Patience
from afterglow.actions.process_events import TEXTS, process_events
from afterglow.actions.purge_records import purge_records
from afterglow.actions.resolve_unknown import resolve_unknown
from afterglow.actions.send_notices import send_notices
from afterglow.actions.send_touches import send_touches
from afterglow.config.queues import CLOCK, HEARING, PRACTICES
from afterglow.config.stopping import is_stopping
from afterglow.models.across import all_practices, practices_with_due
from afterglow.models.turns import own_turn

ROUND = 5_000  # messages between two looks at what arrived
TURN = timedelta(seconds=20)  # then the practices that wait for a worker have theirs
LOOK_AGAIN = 1  # seconds


def clock() -> datetime:
    """Now. The worker's edge is the one place where work in the background reads the wall clock."""
    return datetime.now(UTC)


@app.periodic(cron="* * * * * */5")  # every five seconds: here the seconds stand last
@app.task(queue=CLOCK, queueing_lock="tick")
def tick(timestamp: int) -> None:
    """Wake every practice that has something to do."""
    now = clock()
    beat(part="scheduler", now=now)
    for practice_id in practices_with_due(now=now):
        wake(practice_id)


@app.periodic(cron="35 8 * * *")  # once a day, at night in America
@app.task(queue=PRACTICES, queueing_lock="purge")
def purge(timestamp: int) -> None:
    """Let go of what every practice has kept long enough."""
    for practice_id in all_practices():
        purge_records(practice_id=practice_id, now=clock(), should_stop=is_stopping)


def wake(practice_id: int, *, after: int = 0) -> None:
    """Queue the work of one practice, at once or after so many seconds, unless it is queued already.

    Safe inside a transaction that goes on.
    """
    job = serve.configure(queueing_lock=f"serve {practice_id}", schedule_in={"seconds": after} if after else None)
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(practice_id=practice_id)


def listen(practice_id: int) -> None:
    """Have the texts of clients read at once, whatever else the worker does for this practice, and then wake it.

    A STOP must take effect in the middle of a batch. Safe inside a transaction that goes on.
    """
    with suppress(AlreadyEnqueued), transaction.atomic():
        hear.configure(queueing_lock=f"hear {practice_id}").defer(practice_id=practice_id)


@app.task(queue=HEARING)
def hear(practice_id: int) -> None:
    """Read what clients wrote. Answers to it are sent with the practice's own work."""
    process_events(practice_id=practice_id, now=clock(), only=TEXTS)
    wake(practice_id)


@app.task(queue=PRACTICES)
def serve(practice_id: int) -> None:
    """Everything one practice has waiting, for a while; what is left then is queued again, behind the others.

    Who finds another worker at it looks again soon: that one may have been about to leave.
    """
    ends_at, is_more = clock() + TURN, True
    with own_turn(practice_id) as is_ours:
        while is_ours and is_more and clock() < ends_at and not is_stopping():
            is_more = _serve_once(practice_id)
            beat(part="sender", now=clock())
    if is_more:
        wake(practice_id, after=0 if is_ours else LOOK_AGAIN)


def _serve_once(practice_id: int) -> bool:
    """Whether more is due: what arrived meanwhile, a STOP for one, is heard before the next round of messages."""
    process_events(practice_id=practice_id, now=clock())
    senders = open_senders(practice_id=practice_id)
    patience = Patience.of(grace=settings.RESOLVE_GRACE)
    send_notices(practice_id=practice_id, senders=senders, clock=clock, patience=patience, should_stop=is_stopping)
    resolve_unknown(practice_id=practice_id, senders=senders, clock=clock, patience=patience)
    sent = send_touches(
        practice_id=practice_id,
        senders=senders,
        clock=clock,
        public_url=settings.SITE_URL,
        limit=ROUND,
        patience=patience,
        should_stop=is_stopping,
    )
    return sent.is_more
