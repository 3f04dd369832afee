"""What Telnyx's error codes mean to us.

From https://support.telnyx.com/en/articles/6505121-telnyx-messaging-error-codes and
https://developers.telnyx.com/docs/messaging/messages/error-codes. The 40001–40018 come later, with a report. A code
that says nothing about the cause (40004, 40008) has no kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TELNYX_KINDS: Mapping[int, str] = {
    10001: "invalid_address",  # inactive number
    10002: "invalid_address",
    10009: "configuration",  # authentication
    10010: "configuration",
    10011: "rate",
    10016: "invalid_address",  # not in international form
    10039: "configuration",  # trial account
    20002: "configuration",  # key revoked
    20012: "configuration",  # account inactive
    20013: "configuration",
    20014: "configuration",
    20100: "configuration",  # no funds
    40001: "invalid_address",  # landline
    40002: "content",  # filtered as spam
    40003: "configuration",  # the sender is blocked for good
    40005: "expired",
    40006: "unavailable",  # the recipient's carrier is down
    40009: "content",
    40010: "configuration",  # unregistered 10DLC
    40011: "rate",
    40012: "invalid_address",
    40013: "configuration",
    40014: "expired",
    40015: "content",
    40016: "rate",  # T-Mobile's daily cap
    40017: "content",
    40018: "rate",
    40100: "configuration",
    40150: "configuration",
    40151: "configuration",
    40300: "opted_out",
    40301: "invalid_address",  # it cannot take this type of message
    40302: "content",  # too large
    40304: "content",
    40305: "configuration",
    40306: "configuration",
    40308: "configuration",
    40309: "configuration",  # region not enabled
    40310: "invalid_address",
    40311: "configuration",
    40312: "configuration",  # profile disabled
    40313: "configuration",
    40314: "configuration",
    40315: "configuration",  # the sender's deliverability is too low
    40316: "content",
    40317: "content",  # pictures
    40318: "rate",  # queue full
    40319: "invalid_address",
    40320: "configuration",
    40321: "configuration",
    40322: "content",
    40328: "content",
    40329: "configuration",  # toll-free number not verified
}
# "Unexpected error" and "request timeout": they tell nothing about whether the text was taken.
TELNYX_IN_DOUBT = frozenset({10007, 10008})


def telnyx_code(error: Mapping[str, Any]) -> int:
    """The number of an error, which Telnyx writes as text; 0 when there is none."""
    code = str(error.get("code", ""))
    return int(code) if code.isascii() and code.isdigit() and len(code) <= 9 else 0


def telnyx_kind(error: Mapping[str, Any]) -> str:
    """One of REFUSALS, or empty. An error that points at our own number is never held against the client's."""
    kind = TELNYX_KINDS.get(telnyx_code(error), "")
    source = error.get("source")
    pointer = str(source.get("pointer", "")) if isinstance(source, Mapping) else ""
    return "configuration" if kind == "invalid_address" and pointer.startswith("/from") else kind
