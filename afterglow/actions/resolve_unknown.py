"""Ask the provider about every message whose outcome a crash or a broken connection left open."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from afterglow.actions.ask_providers import Answer, Doubt, ask_providers
from afterglow.actions.earlier_tries import code_of
from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.actions.outages import prolong_outages
from afterglow.actions.patience import DEFAULT, Patience
from afterglow.channels.contract import Absent, CannotTell, Found, OutgoingMessage, Refused, Sender
from afterglow.channels.refusal_words import why_refused
from afterglow.models import Attempt, Consent, Message, SenderAccount, Touch
from afterglow.models.bulk import Row, update_rows
from afterglow.models.holds import open_holds
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Function, Hold, Purpose
from afterglow.rules.permission import STAFF_NEED

GIVE_UP = timedelta(hours=1)
BATCH = 500
OPEN = (Attempt.State.INTENT, Attempt.State.UNKNOWN)
NOT_LISTED = "not_listed"  # the code of an attempt that its provider's list did not show once
SECOND_LOOK = 1.25  # graces after the intent: until then a list may lag behind what its provider took
NOT_ASKED = CannotTell("the account is out of order, or not the one that was used")


def resolve_unknown(
    *,
    practice_id: int,
    senders: Mapping[Channel, Sender],
    clock: Callable[[], datetime],
    patience: Patience = DEFAULT,
) -> int:
    """How many open attempts were settled: found at the provider, or surely absent and planned again.

    Called by the one worker that serves the practice, so an intent older than the grace has nobody left who works on
    it. Absent is believed at the second look. When the provider cannot tell for an hour, or never will, care becomes a
    phone call and marketing is let go. Never a blind resend.
    """
    now = clock()
    with practice_scope(practice_id):
        attempts = list(
            Attempt.objects.filter(
                practice=practice_id, state__in=OPEN, finished_at=None, started_at__lte=now - patience.grace
            )
            .select_related("message__client", "touch")
            .order_by("?")[:BATCH]  # by chance, so that some which nobody can tell about do not hide the others
        )
        if not attempts:
            return 0
        holds = open_holds(practice_id)
        resting = {channel for channel, hold in holds.items() if hold.retry_at > now}
        able = _of_these_accounts(practice_id, attempts)
        asked = [a for a in able if Channel(a.channel) in senders.keys() - resting]
        doubts = _doubts(practice_id, asked)
    answers = asyncio.run(ask_providers(doubts, senders, now=now)) if doubts else []
    by_id: dict[int, Answer] = {a.pk: answer for a, answer in zip(asked, answers, strict=True)}
    with practice_scope(practice_id):
        told = {Channel(a.channel) for a in asked if not isinstance(by_id[a.pk], CannotTell)}
        in_vain = frozenset(Channel(a.channel) for a in asked) - told
        prolong_outages(practice_id=practice_id, channels=in_vain, now=clock())
        sheet = _Sheet(practice_id, senders, holds, asked_at=now, now=clock(), grace=patience.grace)
        still_open = _locked(practice_id, [a.pk for a in attempts])
        for attempt in attempts:
            if attempt.pk in still_open:
                sheet.enter(attempt, by_id.get(attempt.pk, NOT_ASKED))
        return sheet.write()


def _of_these_accounts(practice_id: int, attempts: Sequence[Attempt]) -> list[Attempt]:
    """Those that left by the accounts of today: any other would swear that they are absent."""
    accounts = SenderAccount.objects.filter(practice=practice_id)
    since = dict(accounts.values_list("channel", "created_at"))
    return [a for a in attempts if a.channel not in since or a.started_at >= since[a.channel]]


def _doubts(practice_id: int, attempts: Sequence[Attempt]) -> list[Doubt]:
    """What each is asked by. Two queries."""
    addresses = {a.message.address for a in attempts}
    oldest = min((a.started_at for a in attempts), default=None)
    if oldest is None:
        return []
    sent = Message.objects.filter(
        practice=practice_id,
        address__among=addresses,
        direction=Message.Direction.OUT,
        at__gt=oldest - timedelta(days=1),
    ).exclude(provider_id="")
    ids: dict[str, set[str]] = defaultdict(set)
    for address, provider_id in sent.values_list("address", "provider_id"):
        ids[address].add(provider_id)
    said = Consent.objects.filter(practice=practice_id, address__among=addresses, at__gte=oldest)
    stopped = set(said.filter(status=Consent.Status.REVOKED).values_list("address", flat=True))
    return [
        Doubt(
            channel=Channel(a.channel),
            message=_as_sent(a),
            but_not=frozenset(ids[a.message.address]),
            may_repeat=_may_repeat(a) and a.message.address not in stopped,
        )
        for a in attempts
    ]


def _may_repeat(attempt: Attempt) -> bool:
    """An e-mail's page is not kept, so it could not be told in the same words again."""
    return attempt.channel != Channel.EMAIL and attempt.touch.state == Touch.State.SENDING


def _as_sent(attempt: Attempt) -> OutgoingMessage:
    client = attempt.message.client
    return OutgoingMessage(
        token=attempt.token,
        to=attempt.message.address,
        text=attempt.message.body,
        subject=attempt.message.subject,
        function=Function(attempt.touch.function),
        first_name=client.first_name if client else "",
        created_at=attempt.started_at,
        expires_at=attempt.expires_at,
    )


def _locked(practice_id: int, ids: Sequence[int]) -> set[int]:
    """Those that nobody has settled in the meantime, held until this transaction ends."""
    unsettled = Attempt.objects.filter(practice=practice_id, pk__among=ids, state__in=OPEN, finished_at=None)
    return set(unsettled.select_for_update().values_list("pk", flat=True))


@dataclass(slots=True)
class _Sheet:
    """What the answers do to attempts, messages and touches."""

    practice_id: int
    senders: Mapping[Channel, Sender]
    holds: Mapping[Channel, Hold]
    asked_at: datetime
    now: datetime
    grace: timedelta
    attempts: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    touches: list[Row] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    not_listed: list[int] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)

    def enter(self, attempt: Attempt, answer: Answer) -> None:
        match answer:
            case Found(provider_id=provider_id):
                if (attempt.channel, provider_id) not in self.taken:  # one of two that are alike; the other asks again
                    self.taken.add((attempt.channel, provider_id))
                    self._found(attempt, provider_id)
            case Absent() if self._is_first_look(attempt):
                self.not_listed.append(attempt.pk)
            case Absent():
                self._settle(attempt, Attempt.State.ABSENT, Message.Status.FAILED)
                self._again(attempt, "an interruption came between; the provider says that nothing went out")
            case Refused(kind=kind, code=code):
                self._settle(attempt, Attempt.State.REFUSED, Message.Status.FAILED, code=code_of(kind, code))
                self._again(attempt, why_refused(kind, code, Channel(attempt.channel)))
            case CannotTell() if self._is_over(attempt):
                self._let_go(attempt)

    def _found(self, attempt: Attempt, provider_id: str) -> None:
        self._settle(attempt, Attempt.State.ACCEPTED, Message.Status.ACCEPTED, provider_id=provider_id)
        if _decides(attempt):
            self._end(attempt, Touch.State.SENT, attempt.touch.reason)

    def _is_first_look(self, attempt: Attempt) -> bool:
        is_young = self.asked_at - attempt.started_at < self.grace * SECOND_LOOK
        return is_young or attempt.code != NOT_LISTED

    def _is_over(self, attempt: Attempt) -> bool:
        """Whether asking on is of no use: nobody will ever tell, or for an hour nobody could.

        An account that is out of order is asked as long as its answer would still come in time.
        """
        channel = Channel(attempt.channel)
        sender = self.senders.get(channel)
        able = sender.capabilities if sender is not None else None
        if able is not None and not (able.has_look_up or able.has_callbacks or able.repeats_safely_for):
            return True
        is_in_time = self.now < attempt.touch.valid_until - STAFF_NEED
        return self.now - attempt.started_at > GIVE_UP and not (channel in self.holds and is_in_time)

    def _let_go(self, attempt: Attempt) -> None:
        self._settle(attempt, Attempt.State.UNKNOWN, Message.Status.UNKNOWN)
        if _decides(attempt):
            reason = "nobody can tell whether it arrived; it is not sent a second time"
            self._end(attempt, Touch.State.FAILED, reason)
            if Function(attempt.touch.function).purpose is Purpose.CARE:
                self.tasks.append(_ask_staff(attempt))

    def _again(self, attempt: Attempt, reason: str) -> None:
        if _decides(attempt):
            self.touches.append((attempt.touch_id, Touch.State.PLANNED.value, reason, self.now, None))

    def _end(self, attempt: Attempt, state: Touch.State, reason: str) -> None:
        self.touches.append((attempt.touch_id, state.value, reason, self.now, self.now))

    def _settle(
        self, attempt: Attempt, state: Attempt.State, status: Message.Status, *, provider_id: str = "", code: str = ""
    ) -> None:
        self.attempts.append((attempt.pk, state.value, self.now, provider_id, code))
        self.messages.append((attempt.message_id, status.value, provider_id))

    def write(self) -> int:
        update_rows(Attempt, ("id", "state", "finished_at", "provider_id", "code"), self.attempts)
        update_rows(Message, ("id", "status", "provider_id"), self.messages)
        update_rows(Touch, ("id", "state", "reason", "due_at", "ended_at"), self.touches)
        if self.not_listed:
            Attempt.objects.filter(practice=self.practice_id, pk__in=self.not_listed).update(code=NOT_LISTED)
        open_tasks(practice_id=self.practice_id, tasks=self.tasks, now=self.now)
        return len(self.attempts)


def _decides(attempt: Attempt) -> bool:
    """A companion's doubt does not trouble its touch."""
    return attempt.is_primary and attempt.touch.state == Touch.State.SENDING


def _ask_staff(attempt: Attempt) -> NewTask:
    client = attempt.message.client
    if client is not None and client.phone:
        kind, reason = "call", "Please call: nobody can tell whether the last message arrived."
    else:
        kind, reason = "review", "Nobody can tell whether the last e-mail arrived. Please write to the client."
    return NewTask(
        kind=kind,
        reason=reason,
        client_id=attempt.touch.client_id,
        touch_id=attempt.touch_id,
        message_id=attempt.message_id,
    )
