"""What the outcomes of ringless voicemail mean to us."""

from __future__ import annotations

import re
from collections.abc import Mapping

# https://github.com/Drop-Cowboy/dropcowboy: docs/concepts/send-results.md and idempotency.md. All of the 3xxx come
# with the report: its API answers 202 before it has looked at anything.
DROP_COWBOY_KINDS: Mapping[int, str] = {
    3000: "configuration",  # no funds
    3001: "configuration",  # the recording cannot be used
    3007: "configuration",  # wrong key or secret
    3014: "configuration",  # audio_url is not enabled for this account
    3021: "content",  # more than 1,200 characters
    3028: "configuration",  # our key for repeats is not acceptable
    3040: "configuration",  # testing mode
    4001: "invalid_address",  # no voicemail set up
    4010: "configuration",  # no phone line
    6011: "configuration",  # the account wants consents recorded over there, too
}
DROP_COWBOY_LEFT = 0
# The same key was used before with another body. Nothing was sent for this request, but the first one counts.
DROP_COWBOY_REPEATED = 3027
# The carrier's voicemail answered, and did not take the message: not set up, full.
DROP_COWBOY_UNDELIVERED = frozenset({4001, 4002})

# Slybroadcast has no codes, only words. What they leave open has no kind.
_SLYBROADCAST_REFUSALS = (
    (re.compile(r"caller", re.I), "configuration"),
    (re.compile(r"c_phone|phone number", re.I), "invalid_address"),
)
_SLYBROADCAST_FAILURES = (
    (re.compile(r"opt(ed)?[ -]?out|do[ -]not[ -]call|\bdnc\b", re.I), "opted_out"),
    (re.compile(r"land ?line|disconnected|invalid|(not|non)[ -]?(a )?(mobile|wireless|cell)", re.I), "invalid_address"),
)


def slybroadcast_refusal(words: str) -> str:
    """One of REFUSALS for a campaign that was not taken; what is not about the client's number is about the account."""
    return next((kind for pattern, kind in _SLYBROADCAST_REFUSALS if pattern.search(words)), "configuration")


def slybroadcast_failure(words: str) -> str:
    """One of REFUSALS for a voicemail that was not left, or empty."""
    return next((kind for pattern, kind in _SLYBROADCAST_FAILURES if pattern.search(words)), "")
