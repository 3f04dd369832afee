"""Why a message did not reach a client, in words that the front desk can read out."""

from __future__ import annotations

from collections.abc import Mapping

from afterglow.channels.contract import REFUSALS
from afterglow.rules.facts import Channel

_LANDLINE = "the number is a landline"
_NO_MOBILE = "the number is no mobile number"
_NO_NUMBER = "the phone network does not know the number"
# The vendors' own pages: https://www.twilio.com/docs/api/errors, https://developers.telnyx.com/docs/messaging
_BY_CODE: Mapping[tuple[str, str], str] = {
    ("invalid_address", "21211"): "the number is not a complete phone number",
    ("invalid_address", "21614"): _NO_MOBILE,
    ("invalid_address", "21635"): _LANDLINE,
    ("invalid_address", "30004"): "the phone network does not let our messages through to this number",
    ("invalid_address", "30005"): _NO_NUMBER,
    ("invalid_address", "30006"): _LANDLINE,
    ("invalid_address", "40001"): _LANDLINE,
    ("invalid_address", "10001"): "the number is not in use any more",
    ("content", "no_automation"): "ActiveCampaign has no automation for this step",
    ("content", "no_tag"): "ActiveCampaign does not know the tag for this step",
    ("unavailable", "30008"): "the phone network gave no reason",
    ("unavailable", "30003"): "the phone was switched off or out of reach",
}
_BY_CHANNEL: Mapping[tuple[str, Channel], str] = {
    ("invalid_address", Channel.SMS): "texts cannot reach this number",
    ("invalid_address", Channel.EMAIL): "the mailbox does not exist or takes no mail",
    ("invalid_address", Channel.VOICE): "calls cannot reach this number",
    ("opted_out", Channel.SMS): "this number has asked our text provider to stop",
    ("opted_out", Channel.EMAIL): "the owner of this mailbox has asked our e-mail provider to stop",
    ("opted_out", Channel.VOICE): "this number has asked our voicemail provider to stop",
    ("content", Channel.SMS): "the phone network does not let this text through",
    ("content", Channel.EMAIL): "the mail service does not let this e-mail through",
    ("content", Channel.VOICE): "the provider does not take this message",
    ("configuration", Channel.SMS): "our account for texts is not set up for this",
    ("configuration", Channel.EMAIL): "our account for e-mail is not set up for this",
    ("configuration", Channel.VOICE): "our account for voicemail is not set up for this",
}
_BY_KIND: Mapping[str, str] = {
    "rate": "too many messages at once",
    "unavailable": "the provider could not be reached",
    "expired": "its time ran out on the way",
    "outage": "our account was out of order",
    "stopped": "it was no longer allowed when its turn came",
}
_LEFT: Mapping[str, str] = {"unavailable": "the phone or mailbox could not be reached", "rate": "the network was busy"}
_UNSAID: Mapping[Channel, str] = {
    Channel.SMS: "the phone network did not deliver it",
    Channel.EMAIL: "the mailbox did not take it",
    Channel.VOICE: "the call did not get through",
}


def why_refused(kind: str, code: str, channel: Channel) -> str:
    """Why a provider did not take a message. `kind` is one of REFUSALS, or "outage"."""
    return _known(kind, code, channel) or _BY_KIND.get(kind) or REFUSALS.get(kind, "the provider gave no reason")


def why_lost(kind: str, code: str, channel: Channel) -> str:
    """Why a message that a provider took did not arrive. `kind` is empty when nobody knows."""
    return _known(kind, code, channel) or _LEFT.get(kind) or _BY_KIND.get(kind) or _UNSAID[channel]


def _known(kind: str, code: str, channel: Channel) -> str | None:
    return _BY_CODE.get((kind, code)) or _BY_CHANNEL.get((kind, channel))
