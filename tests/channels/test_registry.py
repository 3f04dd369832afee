"""Every provider can be found, says what it needs, and complains about all of it at once."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

import afterglow.channels
from afterglow.channels.config_check import ConfigFault
from afterglow.channels.contract import Sender
from afterglow.channels.email.anymail.services import SERVICES
from afterglow.channels.registry import PROVIDERS, sender_for
from afterglow.rules.facts import Channel
from tests.channels.samples import CALLBACKS, twilio_account

FOLDER = Path(afterglow.channels.__file__).parent
SMTP = {"host": "mail.example.test", "from": "Glow <hello@example.test>"}
ALL = [(channel, name) for channel, providers in PROVIDERS.items() for name in providers]
needs_boto3 = pytest.mark.skipif(find_spec("boto3") is None, reason="Amazon SES needs the package boto3")
ALL_INSTALLED = [pytest.param(*one, marks=needs_boto3 if one[1] == "amazon_ses" else ()) for one in ALL]


def examples(channel: Channel, provider: str) -> dict[str, str]:
    """A configuration as the documentation shows it."""
    return {key.name: key.example for key in PROVIDERS[channel][provider].keys if key.example}


def opened(channel: Channel, provider: str, config: dict[str, str]) -> Sender:
    return sender_for(channel=channel, provider=provider, config=config, callbacks=CALLBACKS)


def faults(channel: Channel, provider: str, config: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigFault) as caught:
        opened(channel, provider, config)
    return caught.value.sentences


@pytest.mark.parametrize("channel", PROVIDERS)
def test_each_file_of_a_channel_is_a_registered_provider_and_each_provider_a_file(channel: Channel) -> None:
    files = {path.stem for path in (FOLDER / channel).glob("[!_]*.py") if not path.stem.endswith("_webhooks")}

    services = SERVICES.keys() if channel is Channel.EMAIL else set()
    assert PROVIDERS[channel].keys() == files | services


@pytest.mark.parametrize(("channel", "provider"), ALL_INSTALLED)
def test_the_examples_of_its_settings_make_a_sender_of_that_channel(channel: Channel, provider: str) -> None:
    assert opened(channel, provider, examples(channel, provider)).capabilities.channel == channel


@pytest.mark.parametrize(("channel", "provider"), ALL_INSTALLED)
def test_a_provider_that_reports_has_somewhere_to_report_to(channel: Channel, provider: str) -> None:
    sender = opened(channel, provider, examples(channel, provider))

    assert PROVIDERS[channel][provider].hooks or not sender.capabilities.has_callbacks


@pytest.mark.parametrize(("channel", "provider"), ALL)
def test_an_empty_configuration_names_every_missing_setting(channel: Channel, provider: str) -> None:
    missing = [key.name for key in PROVIDERS[channel][provider].keys if key.is_required and not key.default]
    if not missing:
        assert opened(channel, provider, {}) is not None
        return

    said = faults(channel, provider, {})

    for name in missing:
        assert any(f"The setting {name} is missing" in sentence for sentence in said)


@pytest.mark.parametrize(("channel", "provider"), ALL)
def test_a_misspelt_setting_is_noticed(channel: Channel, provider: str) -> None:
    [sentence] = faults(channel, provider, {**examples(channel, provider), "fron": "x"})

    assert sentence.startswith("There is no setting called fron;")


def test_an_unknown_provider_is_answered_with_the_known_ones() -> None:
    known = "simulated, telnyx, twilio"
    assert faults(Channel.SMS, "pigeon", {}) == (f"There is no provider pigeon for sms; there are: {known}.",)
    assert faults(Channel.STAFF_TASK, "twilio", {}) == ("There is no provider twilio for staff_task; there are: none.",)


def test_everything_wrong_is_said_at_once_and_no_secret_is_repeated() -> None:
    said = faults(
        Channel.SMS,
        "twilio",
        {
            "account_sid": "hush-hush",
            "api_key_secret": "hush-hush",
            "messaging_service_sid": "hush-hush",
            "segments_per_second": "hush-hush",
            "address": "http://texts.example.test",
            "status_callback_url": "https://care.example.test/hush-hush",
        },
    )

    assert [re.split("[:;]", sentence)[0] for sentence in said] == [
        "There is no setting called status_callback_url",
        "The setting account_sid does not look right",
        "The setting auth_token is missing",
        "The setting messaging_service_sid does not look right",
        "The setting segments_per_second does not look right",
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
