"""The settings of an ActiveCampaign account: which tag or automation belongs to which step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from afterglow.channels.config_check import Key, has_private_address, private_address
from afterglow.rules.facts import Function

KEYS = (
    Key(
        name="address",
        meaning="the API address under Settings, Developer, like https://glow.api-us1.com",
        pattern=r"https?://[^\s?#/]+/?",
        example="https://glow.api-us1.com",
    ),
    Key(name="api_token", meaning="the API key under Settings, Developer", example="0123456789abcdef", is_secret=True),
    *(
        Key(
            name=f"tag_{function}",
            meaning=f"the name of a contact tag; its being added starts your automation for the step “{function}”",
            pattern=r"[^,]{1,250}",
            example=f"Afterglow: {function}",
            is_required=False,
        )
        for function in Function
    ),
    *(
        Key(
            name=f"automation_{function}",
            meaning=f"the number of your automation for the step “{function}”, if no tag starts it",
            pattern=r"[1-9]\d*",
            is_required=False,
        )
        for function in Function
    ),
    Key(
        name="event_account",
        meaning="the number (actid) of your event tracking, to note each start with our own id; let it start nothing",
        pattern=r"[1-9]\d*",
        is_required=False,
    ),
    Key(name="event_key", meaning="the key of your event tracking", is_required=False, is_secret=True),
    Key(
        name="event_address",
        meaning="the web address of event tracking",
        pattern=r"https?://[^\s?#]+",
        default="https://trackcmp.net/event",
    ),
    Key(
        name="text_field",
        meaning="the number of a contact field that is to hold the message's text for your automation's e-mail",
        pattern=r"[1-9]\d*",
        is_required=False,
    ),
)


def _starts_something(settings: Mapping[str, str]) -> Iterable[str]:
    """A rule for `checked`: some step starts an automation, each step in one way, and event tracking is whole."""
    tags = [function for function in Function if settings[f"tag_{function}"]]
    automations = [function for function in Function if settings[f"automation_{function}"]]
    if not tags and not automations:
        yield "Say what starts your automations: give at least one setting like tag_rebook or automation_rebook."
    if bool(settings["event_account"]) != bool(settings["event_key"]):
        yield "Event tracking needs event_account and event_key, or neither."
    for function in set(tags) & set(automations):
        yield f"Give tag_{function} or automation_{function}, not both: the client would be written to twice."


RULES = (has_private_address, private_address("event_address", what="addresses"), _starts_something)
