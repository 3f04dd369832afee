"""What Twilio would refuse about a message, as the stand-in gateway answers it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    status: int
    code: int
    message: str


# Numbers that Twilio documents for testing: each is refused in its own way, everywhere.
TEST_NUMBERS: Mapping[str, Fault] = {
    "+15005550001": Fault(400, 21211, "Invalid 'To' Phone Number: +15005550001"),
    "+15005550002": Fault(400, 21612, "The message cannot be routed to the 'To' phone number"),
    "+15005550003": Fault(400, 21408, "Permission to send an SMS has not been enabled for this region"),
    "+15005550004": Fault(400, 21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": Fault(400, 21614, "'To' number is not a valid mobile number"),
}
LONGEST_BODY = 1600

_FIELDS = frozenset({"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod"})
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_CALLBACK = re.compile(r"https?://[^/_\s]+(/\S*)?")


def fault_of(form: Mapping[str, str]) -> Fault | None:
    """The first thing wrong with a message, or None. Stricter than Twilio: a field we do not use is a mistake."""
    number = form.get("To", "")
    if not number:
        return Fault(400, 21604, "A 'To' phone number is required.")
    if not _NUMBER.fullmatch(number):
        return Fault(400, 21211, "Invalid 'To' Phone Number")
    if number in TEST_NUMBERS:
        return TEST_NUMBERS[number]
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return Fault(400, 21603, "A 'From' phone number is required.")
    return _fault_of_content(form)


def _fault_of_content(form: Mapping[str, str]) -> Fault | None:
    body = form.get("Body", "")
    if not body:
        return Fault(400, 21602, "Message body is required.")
    if len(body) > LONGEST_BODY:
        return Fault(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    if "ValidityPeriod" in form and not _is_validity(form["ValidityPeriod"]):
        return Fault(400, 21624, "Invalid validity period value")
    if "StatusCallback" in form and not _CALLBACK.fullmatch(form["StatusCallback"]):
        return Fault(400, 21609, "Invalid 'StatusCallback' URL")
    if not form.keys() <= _FIELDS:
        return Fault(400, 20001, f"Unknown field: {', '.join(sorted(form.keys() - _FIELDS))}")
    return None


def _is_validity(value: str) -> bool:
    return value.isdecimal() and 1 <= int(value) <= 36_000
