"""Every provider that messages can leave through. To add one: its file, its tests and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import afterglow.channels.email.simulated as simulated_email
import afterglow.channels.sms.simulated as simulated_sms
import afterglow.channels.voice.simulated as simulated_voice
import afterglow.channels.voice.twilio as twilio_voice
import afterglow.channels.voice.twilio_webhooks as twilio_voice_webhooks
from afterglow.channels import activecampaign_settings
from afterglow.channels.config_check import ConfigFault, Key
from afterglow.channels.contract import Sender
from afterglow.channels.email import activecampaign, activecampaign_webhooks, smtp
from afterglow.channels.email.anymail.sending import from_config as anymail_account
from afterglow.channels.email.anymail.services import SERVICES
from afterglow.channels.email.anymail.webhooks import hooks_for
from afterglow.channels.receipts import Hook, Prompt
from afterglow.channels.sms import telnyx, telnyx_webhooks, twilio, twilio_webhooks
from afterglow.channels.voice import drop_cowboy, drop_cowboy_webhooks, slybroadcast, slybroadcast_webhooks
from afterglow.rules.facts import Channel

Factory = Callable[[Mapping[str, str], str], Sender]


@dataclass(frozen=True, slots=True)
class Provider:
    """`from_config` gets the settings and `callbacks`: the account's own web address with us, ending in a slash, under
    which the provider reaches each of `hooks` by its name; empty while we have no public address."""

    keys: tuple[Key, ...]
    from_config: Factory
    hooks: Mapping[str, Hook | Prompt] = field(default_factory=dict)


# The names are those of the files in the channel's folder; e-mail services share one folder, and a table in it.
PROVIDERS: Mapping[Channel, Mapping[str, Provider]] = {
    Channel.SMS: {
        "simulated": Provider(simulated_sms.KEYS, simulated_sms.from_config),
        "telnyx": Provider(telnyx.KEYS, telnyx.from_config, telnyx_webhooks.HOOKS),
        "twilio": Provider(twilio.KEYS, twilio.from_config, twilio_webhooks.HOOKS),
    },
    Channel.EMAIL: {
        "simulated": Provider(simulated_email.KEYS, simulated_email.from_config),
        "activecampaign": Provider(
            activecampaign_settings.KEYS, activecampaign.from_config, activecampaign_webhooks.HOOKS
        ),
        "smtp": Provider(smtp.KEYS, smtp.from_config),
        **{
            name: Provider(service.all_keys, partial(anymail_account, name), hooks_for(name))
            for name, service in SERVICES.items()
        },
    },
    Channel.VOICE: {
        "simulated": Provider(simulated_voice.KEYS, simulated_voice.from_config),
        "drop_cowboy": Provider(drop_cowboy.KEYS, drop_cowboy.from_config, drop_cowboy_webhooks.HOOKS),
        "slybroadcast": Provider(slybroadcast.KEYS, slybroadcast.from_config, slybroadcast_webhooks.HOOKS),
        "twilio": Provider(twilio_voice.KEYS, twilio_voice.from_config, twilio_voice_webhooks.HOOKS),
    },
}

# What a provider calls us for at the hook of this name, in words for whoever sets up the account.
HOOK_MEANINGS: Mapping[str, str] = {
    "text": "texts that clients write",
    "status": "what became of messages",
    "result": "what became of one voicemail",
    "answer": "what a call says once somebody answers",
}


def sender_for(*, channel: Channel, provider: str, config: Mapping[str, str], callbacks: str = "") -> Sender:
    """The configured account, ready for `async with`; raises ConfigFault saying all that is missing or wrong."""
    known = PROVIDERS.get(channel, {})
    if provider not in known:
        raise ConfigFault([f"There is no provider {provider} for {channel}; there are: {', '.join(known) or 'none'}."])
    return known[provider].from_config(config, callbacks)
