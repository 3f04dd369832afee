"""The demo's phone: accepts everything plausible, and nothing leaves."""

from __future__ import annotations

from collections.abc import Mapping

from afterglow.channels.config_check import Key, checked
from afterglow.channels.contract import Capabilities
from afterglow.channels.simulation import PHONE_NUMBER, SimulatedSender
from afterglow.rules.facts import Channel

KEYS: tuple[Key, ...] = ()


def from_config(config: Mapping[str, str], callbacks: str = "") -> SimulatedSender:
    """A sender that needs no settings; raises ConfigFault when it is given some."""
    checked(config, keys=KEYS)
    return SimulatedSender(
        capabilities=Capabilities(channel=Channel.SMS, has_look_up=True, has_expiry=True, has_callbacks=False),
        plausible=PHONE_NUMBER,
    )
