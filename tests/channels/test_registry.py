"""Every provider can be found, says what it needs, and complains about all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

import afterglow.channels
from afterglow.channels.config_check import ConfigFault
from afterglow.channels.registry import PROVIDERS, sender_for
from afterglow.rules.facts import Channel
from tests.channels.samples import twilio_account

FOLDER = Path(afterglow.channels.__file__).parent
SMTP = {"host": "mail.example.test", "from": "Glow <hello@example.test>"}
PLAIN = {
    (Channel.SMS, "twilio"): twilio_account(),
    (Channel.EMAIL, "smtp"): SMTP,
}
ALL = [(channel, name) for channel, providers in PROVIDERS.items() for name in providers]


def faults(channel: Channel, provider: str, config: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigFault) as caught:
        sender_for(channel=channel, provider=provider, config=config)
    return caught.value.sentences


@pytest.mark.parametrize("channel", PROVIDERS)
def test_each_file_of_a_channel_is_a_registered_provider_and_each_provider_a_file(channel: Channel) -> None:
    files = {path.stem for path in (FOLDER / channel).glob("[!_]*.py") if not path.stem.endswith("_webhooks")}

    assert PROVIDERS[channel].keys() == files


@pytest.mark.parametrize(("channel", "provider"), ALL)
def test_a_plain_configuration_makes_a_sender_of_that_channel(channel: Channel, provider: str) -> None:
    sender = sender_for(channel=channel, provider=provider, config=PLAIN.get((channel, provider), {}))

    assert sender.capabilities.channel == channel


@pytest.mark.parametrize(("channel", "provider"), ALL)
def test_an_empty_configuration_names_every_missing_setting(channel: Channel, provider: str) -> None:
    missing = [key.name for key in PROVIDERS[channel][provider].keys if key.is_required and not key.default]
    if not missing:
        assert sender_for(channel=channel, provider=provider, config={}) is not None
        return

    said = faults(channel, provider, {})

    for name in missing:
        assert any(f"The setting {name} is missing" in sentence for sentence in said)


@pytest.mark.parametrize(("channel", "provider"), ALL)
def test_a_misspelt_setting_is_noticed(channel: Channel, provider: str) -> None:
    [sentence] = faults(channel, provider, {**PLAIN.get((channel, provider), {}), "fron": "x"})

    assert sentence.startswith("There is no setting called fron;")


def test_an_unknown_provider_is_answered_with_the_known_ones() -> None:
    assert faults(Channel.SMS, "pigeon", {}) == ("There is no provider pigeon for sms; there are: simulated, twilio.",)
    assert faults(Channel.STAFF_TASK, "twilio", {}) == ("There is no provider twilio for staff_task; there are: none.",)


def test_everything_wrong_is_said_at_once_and_no_secret_is_repeated() -> None:
    said = faults(
        Channel.SMS,
        "twilio",
        {
            "account_sid": "hush-hush",
            "api_key_secret": "hush-hush",
            "messaging_service_sid": "hush-hush",
            "address": "http://texts.example.test",
            "status_callback_url": "https://my_host.example.test/x",
        },
    )

    assert [sentence.split(":")[0] for sentence in said] == [
        "The setting account_sid does not look right",
        "The setting auth_token is missing",
        "The setting messaging_service_sid does not look right",
        "The setting status_callback_url does not look right",
        "An API key has two halves",
        "The setting address must begin with https",
    ]
    assert "hush" not in " ".join(said)


def test_a_text_needs_a_number_or_a_service() -> None:
    assert faults(Channel.SMS, "twilio", twilio_account(from_number=" ")) == (
        "A text needs a sender: give messaging_service_sid or from_number.",
    )


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"from": "hello"}, "from"),
        ({"from": "Glow\r\nBcc: x@example.test"}, "from"),
        ({"port": "http"}, "port"),
        ({"port": "65536"}, "port"),
        ({"use_tls": "perhaps"}, "use_tls"),
        ({"user": "glow"}, "password"),
        ({"user": "glow", "password": "x", "use_tls": "false"}, "use_tls"),
    ],
)
def test_a_mail_account_is_checked_before_it_is_used(changes: dict[str, str], setting: str) -> None:
    [sentence] = faults(Channel.EMAIL, "smtp", {**SMTP, **changes})

    assert setting in sentence
