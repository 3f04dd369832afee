"""Ask the provider about every message whose outcome a crash or a broken connection left open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.actions.patience import DEFAULT, Patience
from afterglow.channels.contract import Absent, CannotTell, Found, LookUp, OutgoingMessage, Sender
from afterglow.models import Attempt, Message, Touch
from afterglow.models.bulk import Row, update_rows
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Function

GIVE_UP = timedelta(hours=1)
BATCH = 500
CONCURRENCY = 20
ASK_WITHIN = 20.0  # seconds for a batch: a provider that is down must not keep others from being served
OPEN = (Attempt.State.INTENT, Attempt.State.UNKNOWN)


def resolve_unknown(
    *,
    practice_id: int,
    senders: Mapping[Channel, Sender],
    clock: Callable[[], datetime],
    patience: Patience = DEFAULT,
) -> int:
    """How many open attempts were settled: found at the provider, or surely absent and planned again.

    Called by the one worker that serves the practice, so an intent older than the grace has nobody left who works on
    it. When the provider cannot tell for an hour, care becomes a phone call and marketing is let go. Never a blind
    resend.
    """
    now = clock()
    with practice_scope(practice_id):
        attempts = list(
            Attempt.objects.filter(
                practice=practice_id, state__in=OPEN, finished_at=None, started_at__lte=now - patience.grace
            )
            .select_related("message", "touch")
            .order_by("?")[:BATCH]  # by chance, so that some which nobody can tell about do not hide the others
        )
    if not attempts:
        return 0
    answers = asyncio.run(_look_up(attempts, senders))
    with practice_scope(practice_id):
        return _settle(practice_id, list(zip(attempts, answers, strict=True)), clock())


async def _look_up(attempts: Sequence[Attempt], senders: Mapping[Channel, Sender]) -> list[LookUp]:
    turn = asyncio.Semaphore(CONCURRENCY)

    async def ask(attempt: Attempt) -> LookUp:
        sender = senders.get(Channel(attempt.channel))
        if sender is None:
            return CannotTell("the account it was sent from is not set up any more")
        try:
            async with turn, asyncio.timeout_at(ends_at):
                return await sender.look_up(_as_sent(attempt))
        except Exception as error:
            return CannotTell(f"{type(error).__name__} in the adapter")

    async with AsyncExitStack() as opened:
        for channel in {Channel(a.channel) for a in attempts} & senders.keys():
            await opened.enter_async_context(senders[channel])
        ends_at = asyncio.get_running_loop().time() + ASK_WITHIN
        return await asyncio.gather(*(ask(a) for a in attempts))


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
    still_open = _locked(practice_id, [attempt.pk for attempt, _ in answered])
    for attempt, answer in answered:
        if attempt.pk not in still_open:
            continue
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
            case CannotTell() if now - attempt.started_at > GIVE_UP:
                attempts.append((attempt.pk, Attempt.State.UNKNOWN.value, now, ""))
                messages.append((attempt.message_id, Message.Status.UNKNOWN.value, ""))
                if is_primary:
                    reason = "nobody can tell whether it arrived; it is not sent a second time"
                    touches.append((attempt.touch_id, Touch.State.FAILED.value, reason, now, now))
                    if attempt.touch.function in (Function.CHECK_IN, Function.RESULTS):
                        tasks.append(_call(attempt))
    update_rows(Attempt, ("id", "state", "finished_at", "provider_id"), attempts)
    update_rows(Message, ("id", "status", "provider_id"), messages)
    update_rows(Touch, ("id", "state", "reason", "due_at", "ended_at"), touches)
    open_tasks(practice_id=practice_id, tasks=tasks, now=now)
    return len(attempts)


def _locked(practice_id: int, ids: Sequence[int]) -> set[int]:
    """Those that nobody has settled in the meantime, held until this transaction ends."""
    unsettled = Attempt.objects.filter(practice=practice_id, pk__among=ids, state__in=OPEN, finished_at=None)
    return set(unsettled.select_for_update().values_list("pk", flat=True))


def _call(attempt: Attempt) -> NewTask:
    return NewTask(
        kind="call",
        reason="Please call: nobody can tell whether the last message arrived.",
        client_id=attempt.touch.client_id,
        touch_id=attempt.touch_id,
        message_id=attempt.message_id,
    )
