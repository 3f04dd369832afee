"""Tell the owner about alarms, through the practice's own accounts and past the worker, which may be what is broken.

Write, call, write: that they are being told is committed before the call. Each alarm is told once, and its end once.
What nobody took is tried again later; so is what a crash interrupted, because hearing it twice is better than never.
An alert goes to staff, so consent, quiet hours and caps do not apply to it: it goes out at night too.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from afterglow.actions.open_senders import open_senders
from afterglow.actions.update_alarms import CALM, TEST
from afterglow.channels.config_check import ConfigFault
from afterglow.channels.contract import Accepted, Outcome, OutgoingMessage, Refused, Sender, Unknown
from afterglow.config.logs import log
from afterglow.config.secrets import SealBroken
from afterglow.models import Alarm, Outage, Practice
from afterglow.models.scope import practice_scope
from afterglow.rules.alerts import alert_text, relief_text
from afterglow.rules.channel_words import NAMES
from afterglow.rules.facts import Channel

TRY_AGAIN_AFTER = timedelta(minutes=10)
STALE = timedelta(days=1)  # nobody needs to hear of an end that long ago
LASTS = timedelta(hours=4)  # an alert that a carrier still holds then is not worth a night's sleep
ANSWER_WITHIN = 20.0  # seconds
UNSURE = ", perhaps"


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What one alert says, and the alarms it is about."""

    alarm_ids: Sequence[int]
    subject: str
    text: str


def tell_owner(*, practice_id: int, public_url: str, now: datetime) -> int:
    """How many alerts were taken by a provider. Nothing is done for a practice without a contact for alerts."""
    with practice_scope(practice_id):
        practice = Practice.objects.get(pk=practice_id)
        ways = _ways(practice)
        news = list(_news(practice, f"{public_url}/health/", now)) if ways else []
    if not news:
        return 0
    senders = _senders(practice_id)
    taken = 0
    for one in news:
        if how := _told(one, ways, senders, now):
            with practice_scope(practice_id):
                Alarm.objects.filter(practice=practice_id, pk__in=one.alarm_ids).update(told_how=how)
            taken += 1
        else:
            log("alert.not_taken", practice=practice_id, alarms=len(one.alarm_ids))
    return taken


def _ways(practice: Practice) -> Sequence[tuple[Channel, str]]:
    """The owner's addresses; a channel whose account is out comes last."""
    ways = [(Channel.SMS, practice.alert_phone), (Channel.EMAIL, practice.alert_email)]
    out = set(Outage.objects.filter(practice=practice, ended_at=None).values_list("channel", flat=True))
    return sorted(((c, address) for c, address in ways if address), key=lambda way: way[0].value in out)


def _news(practice: Practice, where: str, now: datetime) -> Iterator[_News]:
    """What the owner has not heard yet, marked as being told. Rows that another watcher holds are left to it."""
    interrupted = Q(told_how="", told_at__lte=now - TRY_AGAIN_AFTER)
    alarms = Alarm.objects.filter(practice=practice).order_by("opened_at", "pk").select_for_update(skip_locked=True)
    begun = list(alarms.filter(Q(told_at=None) | interrupted, closed_at=None))
    has_heard = Q(told_at__lt=F("closed_at")) & ~Q(told_how="")
    ended = alarms.filter(has_heard | interrupted & Q(told_at__gte=F("closed_at"))).exclude(kind=TEST)
    over = list(ended.filter(closed_at__lte=now - CALM, closed_at__gt=now - STALE))
    for rows in (begun, over):
        Alarm.objects.filter(practice=practice, pk__in=[a.pk for a in rows]).update(told_at=now, told_how="")
    if begun:
        text = alert_text(practice.name, [a.reason for a in begun], where=where)
        yield _News(alarm_ids=[a.pk for a in begun], subject="Afterglow needs you", text=text)
    if over:
        text = relief_text(practice.name, [a.kind for a in over], where=where)
        yield _News(alarm_ids=[a.pk for a in over], subject="Afterglow is all right again", text=text)


def _senders(practice_id: int) -> Mapping[Channel, Sender]:
    try:
        return open_senders(practice_id=practice_id)
    except (ConfigFault, SealBroken) as error:
        log("alert.no_account", practice=practice_id, error=error)
        return {}


def _told(news: _News, ways: Sequence[tuple[Channel, str]], senders: Mapping[Channel, Sender], now: datetime) -> str:
    """How the owner was reached; empty when no way took it. After a doubtful answer the next way is tried as well."""
    unsure = ""
    for channel, address in ways:
        if channel not in senders:
            continue
        match asyncio.run(_call(senders[channel], _message(news, address, now))):
            case Accepted():
                return NAMES[channel]
            case Unknown():
                unsure = unsure or f"{NAMES[channel]}{UNSURE}"
            case Refused(kind=kind, code=code):
                log("alert.refused", channel=channel.value, kind=kind, code=code)
    return unsure


async def _call(sender: Sender, message: OutgoingMessage) -> Outcome:
    try:
        async with asyncio.timeout(ANSWER_WITHIN), sender:
            return await sender.send(message)
    except TimeoutError:
        return Unknown("TimeoutError")
    except Exception as error:  # a bug in one adapter must not silence the other way
        log("alert.failed", error=error)
        return Unknown(f"{type(error).__name__} in the adapter")


def _message(news: _News, address: str, now: datetime) -> OutgoingMessage:
    return OutgoingMessage(
        token=secrets.token_urlsafe(24),
        to=address,
        text=news.text,
        subject=news.subject,
        created_at=now,
        expires_at=now + LASTS,
    )
