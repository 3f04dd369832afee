"""The accounts a practice sends from, ready to use."""

from __future__ import annotations

from datetime import datetime

from afterglow.channels.contract import Sender
from afterglow.channels.registry import sender_for
from afterglow.config.secrets import seal, unseal
from afterglow.models import SenderAccount
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel


def open_senders(*, practice_id: int) -> dict[Channel, Sender]:
    """One sender per channel that the practice has set up."""
    with practice_scope(practice_id):
        accounts = list(SenderAccount.objects.filter(practice=practice_id))
    return {
        Channel(a.channel): sender_for(
            channel=Channel(a.channel), provider=a.provider, config=unseal(a.config_encrypted)
        )
        for a in accounts
    }


def set_sender(*, practice_id: int, channel: Channel, provider: str, config: dict[str, str], now: datetime) -> None:
    """This practice sends this channel through that account. ConfigFault lists all that is wrong with it."""
    sender_for(channel=channel, provider=provider, config=config)
    with practice_scope(practice_id):
        SenderAccount.objects.update_or_create(
            practice_id=practice_id,
            channel=channel.value,
            defaults={"provider": provider, "config_encrypted": seal(config), "created_at": now},
        )
