"""Ask the provider about every message whose outcome a crash or a broken connection left open."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from afterglow.actions.ask_providers import Answer, Doubt, ask_providers
from afterglow.actions.outages import prolong_outages
from afterglow.actions.patience import DEFAULT, Patience
from afterglow.actions.settle_doubts import DoubtSheet
from afterglow.channels.contract import CannotTell, OutgoingMessage, Sender
from afterglow.models import Attempt, Consent, Message, SenderAccount, Touch
from afterglow.models.holds import open_holds
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel, Function

BATCH = 500
OPEN = (Attempt.State.INTENT, Attempt.State.UNKNOWN)
Answered = Sequence[tuple[Attempt, Answer]]
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
        attempts = _unsettled(practice_id, until=now - patience.grace)
        if not attempts:
            return 0
        holds = open_holds(practice_id)
        resting = {channel for channel, hold in holds.items() if hold.retry_at > now}
        able = _of_these_accounts(practice_id, attempts)
        asked = [a for a in able if Channel(a.channel) in senders.keys() - resting]
        doubts = _doubts(practice_id, asked)
    answers = asyncio.run(ask_providers(doubts, senders, now=now)) if doubts else []
    answered = list(zip(asked, answers, strict=True))
    with practice_scope(practice_id):
        prolong_outages(practice_id=practice_id, channels=_asked_in_vain(answered), now=clock())
        sheet = DoubtSheet(practice_id, senders, holds, asked_at=now, now=clock(), grace=patience.grace)
        return _settle(sheet, attempts, answered)


def _unsettled(practice_id: int, *, until: datetime) -> list[Attempt]:
    """By chance, so that some which nobody can tell about do not hide the others."""
    attempts = Attempt.objects.filter(
        practice=practice_id, state__in=OPEN, finished_at=None, started_at__lte=until
    ).select_related("message__client", "touch")
    return list(attempts.order_by("?")[:BATCH])


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


def _asked_in_vain(answered: Answered) -> frozenset[Channel]:
    """The channels whose account could tell nothing about any message."""
    told = {Channel(attempt.channel) for attempt, answer in answered if not isinstance(answer, CannotTell)}
    return frozenset(Channel(attempt.channel) for attempt, _ in answered) - told


def _settle(sheet: DoubtSheet, attempts: Sequence[Attempt], answered: Answered) -> int:
    by_id = {attempt.pk: answer for attempt, answer in answered}
    still_open = _locked(sheet.practice_id, [attempt.pk for attempt in attempts])
    for attempt in attempts:
        if attempt.pk in still_open:
            sheet.enter(attempt, by_id.get(attempt.pk, NOT_ASKED))
    return sheet.write()


def _locked(practice_id: int, ids: Sequence[int]) -> set[int]:
    """Those that nobody has settled in the meantime, held until this transaction ends."""
    unsettled = Attempt.objects.filter(practice=practice_id, pk__among=ids, state__in=OPEN, finished_at=None)
    return set(unsettled.select_for_update().values_list("pk", flat=True))
