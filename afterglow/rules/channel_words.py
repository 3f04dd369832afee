"""What the messages of a channel are called."""

from __future__ import annotations

from afterglow.rules.facts import Channel

NAMES = {Channel.SMS: "text", Channel.EMAIL: "e-mail", Channel.VOICE: "voicemail", Channel.STAFF_TASK: "task"}
_OF_ACCOUNTS = {"sms": "texts", "email": "e-mail", "voice": "voice messages"}


def of_account(channel: str) -> str:
    """What an account is for: "texts", "e-mail", "voice messages"."""
    return _OF_ACCOUNTS.get(channel, channel)
