"""Notice when a provider account is out of order, and when it works again. All of it is rows: any worker can go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from afterglow.actions.lane import SHUT, Handed, sign_of
from afterglow.actions.release_touches import release_waiting
from afterglow.channels.contract import Refused
from afterglow.models import Attempt, Message, Outage, SenderAccount
from afterglow.rules.facts import Channel
from afterglow.rules.outages import (
    OPENS_AFTER,
    PROBED_WITHIN,
    SHORT_PAUSE,
    Sign,
    failures_in_a_row,
    pause_after,
)
from afterglow.rules.retrying import DOUBTFUL, PASSING

RECENT = timedelta(hours=1)
LOOK_BACK = 20  # messages
NO_ANSWER = "the provider does not answer"
_REASONS = {"configuration": "the provider does not accept our account", "rate": "the provider asks us to slow down"}
_DOWN = frozenset({*PASSING, *DOUBTFUL, "outage"})


@dataclass(frozen=True, slots=True)
class AccountsDown:
    """The channels whose account is out of order, and whether that is news."""

    down: frozenset[Channel] = frozenset()
    is_news: bool = False


def watch_accounts(*, practice_id: int, outcomes: Sequence[Handed], now: datetime) -> AccountsDown:
    """What these answers, oldest first, tell about the accounts; an outage is opened, prolonged or ended.

    Asks the database only when something failed or was sent to find out. Inside a practice scope, before the outcomes
    themselves are written.
    """
    by_channel: dict[Channel, list[Handed]] = defaultdict(list)
    for intent, outcome in outcomes:
        by_channel[intent.channel].append((intent, outcome))
    down, is_news = set(), False
    for channel, handed in by_channel.items():
        if any(intent.is_probe or outcome == SHUT or sign_of(outcome) is Sign.DOWN for intent, outcome in handed):
            watch = _Watch(practice_id, channel, handed, now)
            is_news |= watch.look()
            down |= {channel} if watch.is_down else set()
    return AccountsDown(frozenset(down), is_news)


def end_outage(*, practice_id: int, channel: Channel, now: datetime) -> bool:
    """Whether there was one. What waited for it is decided at once. Inside a practice scope."""
    outage = Outage.objects.filter(practice=practice_id, channel=channel.value, ended_at=None).first()
    if outage is None:
        return False
    outage.ended_at = now
    outage.save(update_fields=["ended_at"])
    release_waiting(practice_id=practice_id, until=max(outage.retry_at, now + PROBED_WITHIN), now=now)
    return True


def prolong_outages(*, practice_id: int, channels: frozenset[Channel], now: datetime) -> None:
    """These accounts were asked in vain: they are left alone for longer. Inside a practice scope."""
    values = [channel.value for channel in channels]
    for outage in Outage.objects.filter(practice=practice_id, channel__in=values, ended_at=None, retry_at__lte=now):
        _prolong(outage, pause=timedelta(0), now=now)


def _prolong(outage: Outage, *, pause: timedelta, now: datetime) -> None:
    outage.tries += 1
    outage.retry_at = now + max(pause_after(outage.tries), pause)
    outage.save(update_fields=["tries", "retry_at", "reason"])


class _Watch:
    """One account in the light of its latest answers."""

    def __init__(self, practice_id: int, channel: Channel, handed: Sequence[Handed], now: datetime) -> None:
        self.practice_id, self.channel, self.handed, self.now = practice_id, channel, handed, now
        self.signs = [sign_of(outcome) for _, outcome in handed]
        self.is_down = False

    def look(self) -> bool:
        """Whether an outage was opened, prolonged or ended."""
        outage = Outage.objects.filter(practice=self.practice_id, channel=self.channel.value, ended_at=None).first()
        self.is_down = outage is not None
        if outage is None:
            return self._open() if self._has_failed() else False
        if Sign.UP in self.signs and failures_in_a_row(self.signs) < OPENS_AFTER:
            self.is_down = False
            return end_outage(practice_id=self.practice_id, channel=self.channel, now=self.now)
        if Sign.DOWN in self.signs and outage.retry_at <= self.now:
            outage.reason = self._reason()
            _prolong(outage, pause=self._asked_pause(), now=self.now)
            return True
        return False

    def _open(self) -> bool:
        account = SenderAccount.objects.filter(practice=self.practice_id, channel=self.channel.value).first()
        Outage.objects.create(
            practice_id=self.practice_id,
            channel=self.channel.value,
            provider=account.provider if account else "",
            reason=self._reason(),
            began_at=self.now,
            retry_at=self.now + max(pause_after(1), self._asked_pause()),
        )
        self.is_down = True
        return True

    def _has_failed(self) -> bool:
        if self._asked_pause() > SHORT_PAUSE:
            return True
        is_up = Sign.UP in self.signs
        if not is_up and any(outcome == SHUT for _, outcome in self.handed):
            return True
        failures = failures_in_a_row(self.signs)
        if failures < OPENS_AFTER and failures and not is_up:
            failures = self._failures_across_touches()
        return failures >= OPENS_AFTER

    def _failures_across_touches(self) -> int:
        """For how many messages in a row the account failed, with those before: one that fails often counts once."""
        here = {intent.touch_id for intent, outcome in self.handed if sign_of(outcome) is Sign.DOWN}
        recent = Message.objects.filter(
            practice=self.practice_id,
            channel=self.channel.value,
            direction=Message.Direction.OUT,
            at__gt=self.now - RECENT,
        ).order_by("-at", "-pk")
        made = Attempt.objects.filter(practice=self.practice_id, message__in=recent.values("pk")[:LOOK_BACK])
        before = made.exclude(state__in=[Attempt.State.INTENT, Attempt.State.ABSENT]).order_by("-pk")
        for state, code, touch_id in before.values_list("state", "code", "touch_id"):
            is_refused = state == Attempt.State.REFUSED and code.partition(":")[0] in _DOWN
            if not is_refused and state != Attempt.State.UNKNOWN:
                break
            here.add(touch_id)
        return len(here)

    def _asked_pause(self) -> timedelta:
        """The longest pause that the provider asks for."""
        refusals = (outcome for _, outcome in self.handed if isinstance(outcome, Refused))
        return max((r.retry_after for r in refusals if r.retry_after is not None), default=timedelta(0))

    def _reason(self) -> str:
        failed = [outcome for _, outcome in self.handed if sign_of(outcome) is Sign.DOWN]
        last = failed[-1] if failed else None
        return _REASONS.get(last.kind, NO_ANSWER) if isinstance(last, Refused) else NO_ANSWER
