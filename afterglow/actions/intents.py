"""What is committed to be sent: each message with what allowed it, and the call that will be made for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from afterglow.channels.contract import OutgoingMessage
from afterglow.models import Attempt, Message
from afterglow.models.bulk import Row, insert_rows, reserve_ids
from afterglow.rules.facts import Channel

MESSAGE_COLUMNS = (
    "id", "practice", "client", "touch", "direction", "channel", "address", "subject", "body", "status", "basis", "at",
)  # fmt: skip
ATTEMPT_COLUMNS = (
    "id", "practice", "message", "touch", "channel", "is_primary", "token", "state", "expires_at", "started_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message that was decided to go out. The primary one decides what becomes of its touch."""

    touch_id: int
    client_id: int
    channel: Channel
    is_primary: bool
    outgoing: OutgoingMessage
    valid_until: datetime
    basis: str = ""  # what allowed it, as `rules.lawful_basis` tells it
    is_probe: bool = False  # it finds out whether an account that was out of order works again


@dataclass(frozen=True, slots=True)
class Intent:
    """A draft that is written down: once this is committed, its call may be made."""

    attempt_id: int
    message_id: int
    touch_id: int
    client_id: int
    channel: Channel
    is_primary: bool
    outgoing: OutgoingMessage
    valid_until: datetime
    is_probe: bool = False


def commit_intents(*, practice_id: int, drafts: Sequence[Draft], now: datetime) -> list[Intent]:
    """Write message and attempt of each draft, in the transaction of the caller."""
    message_ids, attempt_ids = reserve_ids(Message, len(drafts)), reserve_ids(Attempt, len(drafts))
    pairs = list(zip(message_ids, drafts, strict=True))
    insert_rows(Message, MESSAGE_COLUMNS, [_message_row(practice_id, pk, draft, now) for pk, draft in pairs])
    intents = [_intent(pk, message_id, draft) for pk, (message_id, draft) in zip(attempt_ids, pairs, strict=True)]
    insert_rows(Attempt, ATTEMPT_COLUMNS, [_attempt_row(practice_id, intent, now) for intent in intents])
    return intents


def _intent(attempt_id: int, message_id: int, draft: Draft) -> Intent:
    return Intent(
        attempt_id=attempt_id,
        message_id=message_id,
        touch_id=draft.touch_id,
        client_id=draft.client_id,
        channel=draft.channel,
        is_primary=draft.is_primary,
        outgoing=draft.outgoing,
        valid_until=draft.valid_until,
        is_probe=draft.is_probe,
    )


def _message_row(practice_id: int, message_id: int, draft: Draft, now: datetime) -> Row:
    out = draft.outgoing
    return (
        message_id, practice_id, draft.client_id, draft.touch_id, Message.Direction.OUT.value, draft.channel.value,
        out.to, out.subject, out.text, Message.Status.SENDING.value, draft.basis, now,
    )  # fmt: skip


def _attempt_row(practice_id: int, intent: Intent, now: datetime) -> Row:
    return (
        intent.attempt_id, practice_id, intent.message_id, intent.touch_id, intent.channel.value, intent.is_primary,
        intent.outgoing.token, Attempt.State.INTENT.value, intent.outgoing.expires_at, now,
    )  # fmt: skip
