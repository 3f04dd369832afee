"""What a mail server's refusal means to us: one of the kinds of `contract.REFUSALS`.

The enhanced status codes are those of RFC 3463 and IANA's registry after it, without their first digit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_KINDS: Mapping[str, str] = {
    "1.0": "invalid_address",
    "1.1": "invalid_address",  # no such mailbox
    "1.2": "invalid_address",  # no such domain
    "1.3": "invalid_address",  # not written as an address
    "1.4": "invalid_address",
    "1.6": "invalid_address",  # moved
    "1.7": "configuration",  # our own address is not written as one
    "1.8": "configuration",  # our own domain is not known
    "1.10": "invalid_address",  # the domain takes no mail
    "2.1": "invalid_address",  # closed
    "2.2": "rate",  # full: it may be emptied
    "2.3": "content",  # too long
    "3.4": "content",  # too big
    "4.1": "invalid_address",  # no answer from the host
    "4.4": "invalid_address",  # no way to the host
    "5.3": "rate",  # too many recipients
    "6.0": "content",
    "6.1": "content",
    "7.5": "configuration",
    "7.8": "configuration",  # sign-in
    "7.9": "configuration",
    "7.14": "configuration",
    "7.20": "configuration",  # DKIM, SPF and DMARC, up to 7.27
    "7.21": "configuration",
    "7.22": "configuration",
    "7.23": "configuration",
    "7.24": "configuration",
    "7.25": "configuration",
    "7.26": "configuration",
    "7.27": "configuration",
    "7.28": "rate",  # too much mail at once
}
# 4xx codes that speak of the server itself: it is going down, or its lines are.
_SERVER_IS_AWAY = re.compile(r"4\.(?:3\.[02]|4\.\d+)")
_ENHANCED = re.compile(r"(?<![\d.])([45])\.(\d{1,3}\.\d{1,3})(?![\d.])")


def enhanced_code(words: str) -> str:
    """The first enhanced status code in a server's answer, like 5.1.1; empty when there is none."""
    found = _ENHANCED.search(words)
    return found.group() if found else ""


def kind_of_refusal(code: int, words: str, *, otherwise: str) -> str:
    """What a server's no means. 4xx is "not now" by the protocol's own rule, whatever it is about."""
    enhanced = enhanced_code(words)
    if 400 <= code < 500:
        return "unavailable" if _SERVER_IS_AWAY.fullmatch(enhanced) else "rate"
    return _KINDS.get(enhanced[2:], otherwise) if enhanced.startswith("5") else otherwise


def kind_of_bounce(words: str, *, otherwise: str) -> str:
    """Why a mail was sent back, by the last server's words; empty when that may pass, like a mailbox that is full."""
    enhanced = enhanced_code(words)
    if enhanced.startswith("4"):
        return ""
    by_policy = "content" if enhanced.startswith(("5.6.", "5.7.")) else otherwise
    kind = _KINDS.get(enhanced[2:], by_policy)
    return "" if kind == "rate" else kind
