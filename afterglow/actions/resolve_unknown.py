"""Ask the provider about every message whose outcome a crash or a broken connection left open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.channels.contract import Absent, CannotTell, Found, LookUp, OutgoingMessage, Sender
from afterglow.models import Attempt, Message, Touch
from afterglow.models.bulk import Row, update_rows
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Function

GRACE = timedelta(
    seconds=40
)  # an intent is handed over within 15 s and a request ends within 15 s: then nobody works on it
GIVE_UP = timedelta(hours=1)
BATCH = 200


def resolve_unknown(
    *, practice_id: int, senders: Mapping[Channel, Sender], clock: Callable[[], datetime], grace: timedelta = GRACE
) -> int:
    """How many open attempts were settled: found at the provider, or surely absent and planned again.

    Called by the one worker that serves the practice, so an intent older than `grace` has nobody left who works on it.
    When the provider cannot tell for an hour, care becomes a phone call and marketing is let go. Never a blind resend.
    """
    now = clock()
    with practice_scope(practice_id):
        attempts = list(
            Attempt.objects.filter(
                practice=practice_id,
                state__in=[Attempt.State.INTENT, Attempt.State.UNKNOWN],
                started_at__lte=now - grace,
            )
            .select_related("message", "touch")
            .order_by("started_at")[:BATCH]
        )
    known = [a for a in attempts if Channel(a.channel) in senders]
    if not known:
        return 0
    answers = asyncio.run(_look_up(known, senders))
    with practice_scope(practice_id):
        return _settle(practice_id, list(zip(known, answers, strict=True)), clock())


async def _look_up(attempts: Sequence[Attempt], senders: Mapping[Channel, Sender]) -> list[LookUp]:
    in_use = [senders[channel] for channel in {Channel(a.channel) for a in attempts}]

    async def ask(attempt: Attempt) -> LookUp:
        try:
            return await senders[Channel(attempt.channel)].look_up(_as_sent(attempt))
        except Exception as error:
            return CannotTell(f"{type(error).__name__} in the adapter")

    for sender in in_use:
        await sender.__aenter__()
    try:
        return [await ask(a) for a in attempts]
    finally:
        for sender in in_use:
            await sender.__aexit__(None, None, None)


def _as_sent(attempt: Attempt) -> OutgoingMessage:
    return OutgoingMessage(
        token=attempt.token,
        to=attempt.message.address,
        text=attempt.message.body,
        subject=attempt.message.subject,
        created_at=attempt.started_at,
        expires_at=attempt.expires_at,
    )


def _settle(practice_id: int, answered: Sequence[tuple[Attempt, LookUp]], now: datetime) -> int:
    attempts: list[Row] = []
    messages: list[Row] = []
    touches: list[Row] = []
    tasks: list[NewTask] = []
    for attempt, answer in answered:
        is_primary = attempt.is_primary and attempt.touch.state == Touch.State.SENDING
        match answer:
            case Found(provider_id=provider_id):
                attempts.append((attempt.pk, Attempt.State.ACCEPTED.value, now, provider_id))
                messages.append((attempt.message_id, Message.Status.ACCEPTED.value, provider_id))
                if is_primary:
                    touches.append((attempt.touch_id, Touch.State.SENT.value, attempt.touch.reason, now, now))
            case Absent():
                attempts.append((attempt.pk, Attempt.State.ABSENT.value, now, ""))
                messages.append((attempt.message_id, Message.Status.FAILED.value, ""))
                if is_primary:
                    reason = "a crash came between; the provider is sure that nothing was sent"
                    touches.append((attempt.touch_id, Touch.State.PLANNED.value, reason, now, None))
            case CannotTell() if now - attempt.started_at > GIVE_UP and is_primary:
                attempts.append((attempt.pk, Attempt.State.UNKNOWN.value, now, ""))
                reason = "nobody can tell whether it arrived; it is not sent a second time"
                touches.append((attempt.touch_id, Touch.State.FAILED.value, reason, now, now))
                if attempt.touch.function in (Function.CHECK_IN, Function.RESULTS):
                    tasks.append(_call(attempt))
            case CannotTell():
                pass
    update_rows(Attempt, ("id", "state", "finished_at", "provider_id"), attempts)
    update_rows(Message, ("id", "status", "provider_id"), messages)
    update_rows(Touch, ("id", "state", "reason", "due_at", "ended_at"), touches)
    open_tasks(practice_id=practice_id, tasks=tasks, now=now)
    return len(attempts)


def _call(attempt: Attempt) -> NewTask:
    return NewTask(
        kind="call",
        reason="Please call: nobody can tell whether the last message arrived.",
        client_id=attempt.touch.client_id,
        touch_id=attempt.touch_id,
        message_id=attempt.message_id,
    )
