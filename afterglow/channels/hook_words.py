"""What each address at which providers call us is for, in words for whoever sets up the account."""

from __future__ import annotations

from afterglow.rules.facts import Channel

MEANINGS = {
    "text": "texts that clients write",
    "status": "what became of messages",
    "result": "what became of one voicemail",
    "answer": "what a call says once somebody answers",
}
# The provider hears these with every message; the others are entered in its own settings.
_TOLD_ALONG = frozenset(
    {
        (Channel.SMS, "telnyx", "status"),
        (Channel.SMS, "twilio", "status"),
        (Channel.VOICE, "drop_cowboy", "result"),
        (Channel.VOICE, "slybroadcast", "status"),
        (Channel.VOICE, "twilio", "answer"),
        (Channel.VOICE, "twilio", "status"),
    }
)


def is_entered(channel: Channel, provider: str, hook: str) -> bool:
    """Whether a person has to enter this address at the provider."""
    return (channel, provider, hook) not in _TOLD_ALONG
