"""Every provider that messages can leave through. To add one: its file, its tests and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import afterglow.channels.email.simulated as simulated_email
import afterglow.channels.sms.simulated as simulated_sms
import afterglow.channels.voice.simulated as simulated_voice
from afterglow.channels.config_check import ConfigFault, Key
from afterglow.channels.contract import Sender
from afterglow.channels.email import smtp
from afterglow.channels.receipts import Hook, Prompt
from afterglow.channels.sms import twilio, twilio_webhooks
from afterglow.rules.facts import Channel

Factory = Callable[[Mapping[str, str], str], Sender]


@dataclass(frozen=True, slots=True)
class Provider:
    """`from_config` gets the settings and `callbacks`: the account's own web address with us, ending in a slash, under
    which the provider reaches each of `hooks` by its name; empty while we have no public address."""

    keys: tuple[Key, ...]
    from_config: Factory
    hooks: Mapping[str, Hook | Prompt] = field(default_factory=dict)


# The names are those of the files in the channel's folder.
PROVIDERS: Mapping[Channel, Mapping[str, Provider]] = {
    Channel.SMS: {
        "simulated": Provider(simulated_sms.KEYS, simulated_sms.from_config),
        "twilio": Provider(twilio.KEYS, twilio.from_config, twilio_webhooks.HOOKS),
    },
    Channel.EMAIL: {
        "simulated": Provider(simulated_email.KEYS, simulated_email.from_config),
        "smtp": Provider(smtp.KEYS, smtp.from_config),
    },
    Channel.VOICE: {
        "simulated": Provider(simulated_voice.KEYS, simulated_voice.from_config),
    },
}


def sender_for(*, channel: Channel, provider: str, config: Mapping[str, str], callbacks: str = "") -> Sender:
    """The configured account, ready for `async with`; raises ConfigFault saying all that is missing or wrong."""
    known = PROVIDERS.get(channel, {})
    if provider not in known:
        raise ConfigFault([f"There is no provider {provider} for {channel}; there are: {', '.join(known) or 'none'}."])
    return known[provider].from_config(config, callbacks)
