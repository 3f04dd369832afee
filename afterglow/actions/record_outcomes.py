"""Write down what the providers answered, and what that means for each touch."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from afterglow.actions.address_faults import NewFault, mark_addresses
from afterglow.actions.earlier_tries import code_of
from afterglow.actions.intents import Intent
from afterglow.actions.lane import NOT_HANDED_OVER, SHUT, STOPPED, Handed, sign_of
from afterglow.actions.outages import AccountsDown, watch_accounts
from afterglow.actions.revoke_consents import revoke_number
from afterglow.channels.contract import RETRYABLE, Accepted, Outcome, Refused, Unknown
from afterglow.channels.refusal_words import why_refused
from afterglow.config.logs import log
from afterglow.models import Attempt, Message, Touch
from afterglow.models.bulk import Row, settle_rows, update_rows
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from afterglow.rules.outages import Sign
from afterglow.rules.retrying import DOUBTFUL, Retry, jitter_of, retry_at

RETRY_OURS_AFTER = timedelta(seconds=5)  # the delay was ours, and the provider was not even asked
_NEVER_LEFT = {SHUT: "outage", STOPPED: "stopped"}  # decided again at once: something has changed
ATTEMPT_UPDATE = ("id", "state", "finished_at", "provider_id", "code", "detail")
TOUCH_UPDATE = ("id", "state", "reason", "due_at", "ended_at")
TOUCH_SENT = ("id", "state", "ended_at")
MESSAGE_UPDATE = ("id", "status", "provider_id")


def record_outcomes(*, practice_id: int, outcomes: Sequence[Handed], now: datetime) -> bool:
    """Accepted: sent. Refused: decided again, at once by another channel or later by the same. Unknown: asked later.

    An answer that comes after `resolve_unknown` has settled its attempt changes nothing that was settled. Returns
    whether an account went out of order or came back.
    """
    if not outcomes:
        return False
    with practice_scope(practice_id):
        accounts = watch_accounts(practice_id=practice_id, outcomes=outcomes, now=now)
        settled = settle_rows(
            Attempt,
            ATTEMPT_UPDATE,
            [_attempt_row(i, o, accounts, now) for i, o in outcomes],
            former=Attempt.State.INTENT.value,
        )
        sheet = _Sheet(practice_id, accounts, now)
        for intent, outcome in outcomes:
            if intent.attempt_id in settled:
                sheet.enter(intent, outcome)
            elif isinstance(outcome, Accepted):
                _record_late(practice_id, intent, outcome, now)
        sheet.write()
        return accounts.is_news


def _attempt_row(intent: Intent, outcome: Outcome, accounts: AccountsDown, now: datetime) -> Row:
    match outcome:
        case Accepted(provider_id=provider_id):
            return (intent.attempt_id, Attempt.State.ACCEPTED.value, now, provider_id, "", "")
        case Unknown(detail=detail):
            return (intent.attempt_id, Attempt.State.UNKNOWN.value, None, "", "", detail)
        case Refused(kind=kind, code=code, detail=detail):
            if code == NOT_HANDED_OVER:
                kind = _NEVER_LEFT.get(outcome, "expired")
            elif _is_of_outage(intent, outcome, accounts):
                kind = "outage"
            return (intent.attempt_id, Attempt.State.REFUSED.value, now, "", code_of(kind, code), detail)


def _is_of_outage(intent: Intent, refusal: Refused, accounts: AccountsDown) -> bool:
    """A no of an account that is out of order says nothing about the message."""
    return intent.channel in accounts.down and sign_of(refusal) is Sign.DOWN


@dataclass(slots=True)
class _Sheet:
    """What a batch of outcomes does to messages and touches."""

    practice_id: int
    accounts: AccountsDown
    now: datetime
    messages: list[Row] = field(default_factory=list)
    sent: list[Row] = field(default_factory=list)
    planned: list[Row] = field(default_factory=list)  # touches that are decided again
    refused: list[tuple[Intent, Refused]] = field(default_factory=list)  # for now: each touch has its own pause
    never_left: list[Intent] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    faults: list[NewFault] = field(default_factory=list)

    def enter(self, intent: Intent, outcome: Outcome) -> None:
        match outcome:
            case Accepted(provider_id=provider_id):
                self.messages.append((intent.message_id, Message.Status.ACCEPTED.value, provider_id))
                if intent.is_primary:
                    self.sent.append((intent.touch_id, Touch.State.SENT.value, self.now))
            case Unknown():
                self.messages.append((intent.message_id, Message.Status.UNKNOWN.value, ""))
            case Refused(code=code) if code == NOT_HANDED_OVER and intent.is_primary:
                self.never_left.append(intent)
                self._plan(intent, outcome.detail, after=timedelta(0) if outcome in _NEVER_LEFT else RETRY_OURS_AFTER)
            case Refused():
                self.messages.append((intent.message_id, Message.Status.FAILED.value, ""))
                self._refused(intent, outcome)

    def _refused(self, intent: Intent, refusal: Refused) -> None:
        self._note_address(intent, refusal)
        if not intent.is_primary:
            return
        if refusal.kind == "expired":
            self._plan(intent, _why(intent, refusal), after=RETRY_OURS_AFTER)
        elif refusal.kind in RETRYABLE | DOUBTFUL and not _is_of_outage(intent, refusal, self.accounts):
            self.refused.append((intent, refusal))
        else:
            self._plan(intent, _why(intent, refusal), after=timedelta(0))

    def _note_address(self, intent: Intent, refusal: Refused) -> None:
        """What a no tells about the number or mailbox counts for every later message to it."""
        channel, address = intent.channel, intent.outgoing.to
        if refusal.kind == "opted_out" and channel is not Channel.EMAIL:
            self.revoked.append(address)
        elif refusal.kind in ("invalid_address", "opted_out"):
            self.faults.append(NewFault(channel=channel, address=address, kind=refusal.kind, code=refusal.code))

    def _plan(self, intent: Intent, reason: str, *, after: timedelta) -> None:
        if intent.is_primary:
            again_at = self.now + after
            self.planned.append((intent.touch_id, Touch.State.PLANNED.value, reason, again_at, None))

    def write(self) -> None:
        self._plan_retries()
        update_rows(Message, MESSAGE_UPDATE, self.messages)
        settle_rows(Touch, TOUCH_SENT, self.sent, former=Touch.State.SENDING.value)
        settle_rows(Touch, TOUCH_UPDATE, self.planned, former=Touch.State.SENDING.value)
        self._forget_what_never_left()
        mark_addresses(practice_id=self.practice_id, faults=self.faults, now=self.now)
        for phone in dict.fromkeys(self.revoked):
            revoke_number(
                practice_id=self.practice_id,
                phone=phone,
                source="provider",
                evidence="the provider's notice",
                now=self.now,
            )

    def _plan_retries(self) -> None:
        """The same message again after a pause that grows with its failures; the second doubtful no is final."""
        failures = self._failures_before() if self.refused else Counter()
        for intent, refusal in self.refused:
            before = failures[intent.touch_id, intent.channel.value]
            again = retry_at(
                failures=before,
                now=self.now,
                retry_after=refusal.retry_after,
                valid_until=intent.valid_until,
                jitter=jitter_of(intent.touch_id),
            )
            reason, after = _why(intent, refusal), timedelta(0)
            if isinstance(again, Retry) and not (before and refusal.kind in DOUBTFUL):
                after = again.at - self.now
                reason = f"{reason}; next try in {_spoken(after)}"
            self._plan(intent, reason, after=after)

    def _failures_before(self) -> Counter[tuple[int, str]]:
        """How often each of these was refused before, not counting this time."""
        touch_ids = [intent.touch_id for intent, _ in self.refused]
        made = Attempt.objects.filter(practice=self.practice_id, touch_id__among=touch_ids)
        refused = made.filter(state=Attempt.State.REFUSED).exclude(pk__in=[i.attempt_id for i, _ in self.refused])
        kinds = tuple(RETRYABLE | DOUBTFUL)
        rows = refused.values_list("touch_id", "channel", "code")
        return Counter((touch_id, channel) for touch_id, channel, code in rows if code.partition(":")[0] in kinds)

    def _forget_what_never_left(self) -> None:
        """An intent that nobody carried out is no call and no message: it leaves no line in a client's history.

        A companion's does: it is not tried again, and the front desk is told that it never left.
        """
        for model, ids in (
            (Attempt, [intent.attempt_id for intent in self.never_left]),
            (Message, [intent.message_id for intent in self.never_left]),
        ):
            if ids:
                model.objects.filter(practice=self.practice_id, pk__among=ids)._raw_delete("default")


def _why(intent: Intent, refusal: Refused) -> str:
    return why_refused(refusal.kind, refusal.code, intent.channel)


def _record_late(practice_id: int, intent: Intent, outcome: Accepted, now: datetime) -> None:
    """It was called lost, and arrived after all: if it is not yet being sent again, it never will be.

    An attempt that was settled in any other way is left alone: what settled it knew as much, or more.
    """
    made = Attempt.objects.filter(practice=practice_id, touch=intent.touch_id, channel=intent.channel.value)
    lost = made.filter(pk=intent.attempt_id, state=Attempt.State.ABSENT)
    if not lost.select_for_update().exists():
        return
    touch = Touch.objects.filter(practice=practice_id, pk=intent.touch_id)
    is_planned = touch.select_for_update().get().state == Touch.State.PLANNED
    if made.filter(state__in=Attempt.LIVE).exists() or (intent.is_primary and not is_planned):
        log("attempt.late", level=logging.ERROR, attempt=intent.attempt_id, touch=intent.touch_id)
        return
    if intent.is_primary:
        touch.update(state=Touch.State.SENT, reason="it arrived after all", ended_at=now)
    lost.update(state=Attempt.State.ACCEPTED, finished_at=now, provider_id=outcome.provider_id)
    update_rows(Message, MESSAGE_UPDATE, [(intent.message_id, Message.Status.ACCEPTED.value, outcome.provider_id)])


def _spoken(wait: timedelta) -> str:
    minutes = round(wait.total_seconds() / 60)
    return f"{minutes} minutes" if minutes > 1 else "a minute"
