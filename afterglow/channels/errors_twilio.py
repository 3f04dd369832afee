"""What Twilio's error codes mean to us.

From https://www.twilio.com/docs/api/errors. The 3xxxx come later, with a delivery report.
"""

from __future__ import annotations

from collections.abc import Mapping

TWILIO_KINDS: Mapping[int, str] = {
    10002: "configuration",  # trial account
    10004: "rate",  # too many calls at once
    11200: "configuration",  # our own address did not answer Twilio
    11205: "configuration",
    12300: "content",  # a picture of a kind that cannot be sent
    13223: "invalid_address",
    13224: "invalid_address",  # no such number to call
    20003: "configuration",  # authentication
    20404: "configuration",  # no such account
    20429: "rate",
    20503: "unavailable",
    21205: "configuration",  # an address of ours in the request
    21210: "configuration",  # the calling number is not verified
    21211: "invalid_address",
    21212: "configuration",  # no such calling number
    21213: "configuration",
    21214: "invalid_address",  # cannot be called
    21215: "configuration",  # region not enabled for calls
    21216: "configuration",  # calls there are blocked for this account
    21217: "invalid_address",
    21219: "configuration",  # trial account
    21265: "invalid_address",  # a short code
    21408: "configuration",  # region not enabled
    21602: "content",  # no text
    21603: "configuration",  # no sender
    21604: "invalid_address",  # no recipient
    21606: "configuration",  # the sender is not ours or cannot text
    21608: "configuration",  # trial account
    21609: "configuration",  # the callback's address
    21610: "opted_out",
    21611: "rate",  # the sender's queue is full
    21612: "invalid_address",  # no route
    21614: "invalid_address",  # not a mobile
    21617: "content",  # too long
    21620: "content",  # a picture's address
    21623: "content",  # too many pictures
    21624: "configuration",  # validity period
    21635: "invalid_address",  # landline
    21661: "configuration",  # the sender cannot text
    21703: "configuration",
    21704: "configuration",
    21705: "configuration",
    21730: "unavailable",  # maintenance
    30001: "rate",
    30002: "configuration",  # account suspended
    30003: "unavailable",  # handset off or out of reach
    30004: "invalid_address",  # blocked by recipient or carrier
    30005: "invalid_address",
    30006: "invalid_address",  # landline
    30007: "content",  # filtered by the carrier
    30019: "content",  # the pictures are too large
    30022: "rate",
    30023: "rate",
    30024: "configuration",
    30032: "configuration",  # toll-free number not verified
    30033: "configuration",  # campaign suspended
    30034: "configuration",  # number not registered
    30035: "configuration",
    30036: "expired",
    30450: "content",
    57012: "configuration",
    63016: "content",
    90007: "configuration",  # validity period
}
# Codes that tell nothing about whether the message left.
TWILIO_IN_DOUBT = frozenset({30008, 30410})


def twilio_kind(code: str) -> str:
    """What the error code of a delivery report means; empty when it is unknown, or tells nothing.

    30008, no reason given, comes with a report that says undelivered: then it was a passing fault.
    """
    if not (code.isascii() and code.isdigit()):
        return ""
    return "unavailable" if code == "30008" else TWILIO_KINDS.get(int(code), "")
