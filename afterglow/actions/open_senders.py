"""The accounts a practice sends from, ready to use."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings

from afterglow.actions.outages import end_outage
from afterglow.channels.config_check import LOOPBACK, ConfigFault
from afterglow.channels.contract import Sender
from afterglow.channels.registry import PROVIDERS, sender_for
from afterglow.config.logs import log
from afterglow.config.secrets import SealBroken, seal, unseal
from afterglow.models import SenderAccount
from afterglow.models.practice import new_token
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel

CHANGE_OVER = timedelta(minutes=1)  # so long a worker may go on with the account that it has opened


def open_senders(*, practice_id: int) -> dict[Channel, Sender]:
    """One sender per channel that the practice has set up. An account that does not work any more stops no other."""
    with practice_scope(practice_id):
        accounts = list(SenderAccount.objects.filter(practice=practice_id))
    found: dict[Channel, Sender] = {}
    for account in accounts:
        channel = Channel(account.channel)
        try:
            found[channel] = _opened(channel, account.provider, unseal(account.config_encrypted), account.token)
        except ConfigFault as fault:
            log("sender.broken", level=logging.ERROR, error=fault, practice=practice_id, channel=channel)
    return found


def set_sender(*, practice_id: int, channel: Channel, provider: str, config: dict[str, str], now: datetime) -> None:
    """This practice sends this channel through that account. ConfigFault lists all that is wrong with it.

    The addresses at which providers call us stay the same, whatever account or provider follows. An outage of the
    former account is over, and what waited for it is decided at once. What left by another account counts as made
    before this one, which therefore is never asked about it (`resolve_unknown`).
    """
    with practice_scope(practice_id):
        former = SenderAccount.objects.filter(practice=practice_id, channel=channel.value).first()
        token = former.token if former else new_token()
        _opened(channel, provider, config, token)
        # Nothing really leaves by a simulated account.
        since = now if former is None or former.provider == "simulated" else now + CHANGE_OVER
        if former is not None and _is_same_account(former, channel, provider, config):
            since = former.created_at
        SenderAccount.objects.update_or_create(
            practice_id=practice_id,
            channel=channel.value,
            defaults={"provider": provider, "config_encrypted": seal(config), "token": token, "created_at": since},
        )
        end_outage(practice_id=practice_id, channel=channel, now=now)


def hook_addresses(*, practice_id: int, channel: Channel) -> dict[str, str]:
    """The web address of each hook of the channel's account, by the hook's name."""
    with practice_scope(practice_id):
        account = SenderAccount.objects.get(practice=practice_id, channel=channel.value)
    hooks = PROVIDERS[channel][account.provider].hooks
    return {name: f"{_base(account.token)}{name}/" for name in hooks}


def is_public_site() -> bool:
    """Whether others can reach this site, as far as its address tells."""
    return urlsplit(settings.SITE_URL).hostname not in LOOPBACK


def _opened(channel: Channel, provider: str, config: Mapping[str, str], token: str) -> Sender:
    callbacks = _base(token) if is_public_site() or _is_next_door(config) else ""
    return sender_for(channel=channel, provider=provider, config=config, callbacks=callbacks)


def _is_same_account(former: SenderAccount, channel: Channel, provider: str, config: Mapping[str, str]) -> bool:
    """Whether only secrets differ: a new password opens the same account."""
    if former.provider != provider:
        return False
    try:
        before = unseal(former.config_encrypted)
    except SealBroken:
        return False
    keys = [key for key in PROVIDERS[channel][provider].keys if not key.is_secret]
    return all((before.get(k.name) or k.default) == (config.get(k.name) or k.default) for k in keys)


def _is_next_door(config: Mapping[str, str]) -> bool:
    """Whether the provider is a stand-in on this machine: it may call a site that nobody else reaches."""
    return urlsplit(config.get("address", "")).hostname in LOOPBACK


def _base(token: str) -> str:
    return f"{settings.SITE_URL}/hooks/messages/{token}/"
