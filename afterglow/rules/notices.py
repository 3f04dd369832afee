"""Whether a message outside every plan may go out now: the answer to a STOP, help, a request to confirm.

A notice answers what somebody has just done, so it has no quiet hours; in its place it has little time and a low cap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from afterglow.rules.decisions import End, Send, Skip, Wait
from afterglow.rules.facts import Channel, Hold

NOTICES_A_DAY = 5  # to one number, so that two machines that answer each other fall silent
A_DAY = timedelta(hours=24)


class NoticeKind(StrEnum):
    STOP_CONFIRMATION = "stop_confirmation"
    HELP = "help"
    DOUBLE_OPT_IN = "double_opt_in"  # “reply YES to get texts”
    OPT_IN_CONFIRMATION = "opt_in_confirmation"  # “you now get texts”


LASTS = {
    NoticeKind.STOP_CONFIRMATION: timedelta(minutes=5),  # 47 CFR 64.1200(a)(12)
    NoticeKind.HELP: timedelta(hours=1),
    NoticeKind.DOUBLE_OPT_IN: timedelta(hours=1),
    NoticeKind.OPT_IN_CONFIRMATION: timedelta(hours=1),
}
TOO_LATE = {
    NoticeKind.STOP_CONFIRMATION: "a stop may be confirmed within five minutes only",
    NoticeKind.HELP: "help is no answer any more after an hour",
    NoticeKind.DOUBLE_OPT_IN: "a request to confirm is sent within an hour of the form, or not at all",
    NoticeKind.OPT_IN_CONFIRMATION: "a consent is confirmed within an hour, or not at all",
}
# To a stopped number goes nothing but the answer to what it has just said.
TO_A_STOPPED_NUMBER = frozenset({NoticeKind.STOP_CONFIRMATION, NoticeKind.HELP})


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierNotice:
    """Another notice to the same number or mailbox that has left, may have, or is about to."""

    id: int
    kind: NoticeKind
    at: datetime
    cause: int | None = None  # the message that it answers


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFacts:
    """What the decision may look at about one number or mailbox, as of now."""

    is_stopped: bool = False  # its owner has ended automated texts
    dead: str = ""  # why no text reaches it, by its provider's word
    earlier: Sequence[EarlierNotice] = ()  # of the last 24 hours


def may_send_notice(
    kind: NoticeKind,
    *,
    channel: Channel = Channel.SMS,
    cause: int | None,
    valid_until: datetime,
    address: AddressFacts,
    hold: Hold | None = None,
    now: datetime,
) -> Send | Wait | Skip:
    """Send now, wait for an account that is out of order, or never, with the reason.

    One confirmation for one stop, within five minutes of it: 47 CFR 64.1200(a)(12). One request to confirm in 24 hours.
    """
    if now > valid_until:
        return Skip(TOO_LATE[kind], end=End.EXPIRED)
    if address.dead:
        return Skip(address.dead)
    if address.is_stopped and kind not in TO_A_STOPPED_NUMBER:
        return Skip("the owner of this number asked us to stop")
    if refusal := _said_before(kind, cause, address.earlier, now):
        return Skip(refusal)
    if hold is not None and hold.retry_at > now:
        if hold.retry_at > valid_until:
            return Skip(f"{hold.reason}; {TOO_LATE[kind]}", end=End.EXPIRED)
        return Wait(hold.retry_at, hold.reason)
    return Send((channel,), "")


def _said_before(kind: NoticeKind, cause: int | None, earlier: Sequence[EarlierNotice], now: datetime) -> str:
    recent = [notice for notice in earlier if now - notice.at < A_DAY]
    same = [notice for notice in recent if notice.kind is kind]
    if any(notice.cause == cause for notice in same if cause is not None):
        return "this text was answered already"
    if same and kind is NoticeKind.DOUBLE_OPT_IN:
        return "this number was asked to confirm within the last 24 hours"
    if len(recent) >= NOTICES_A_DAY:
        return f"at most {NOTICES_A_DAY} answers to one number in 24 hours"
    return ""
