"""What Twilio would refuse about a text or a call, as the stand-in answers it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    status: int
    code: int
    message: str
    retry_after: int | None = None  # seconds


# Numbers that Twilio documents for testing: each is refused in its own way, everywhere.
TEXT_TEST_NUMBERS: Mapping[str, Fault] = {
    "+15005550001": Fault(400, 21211, "Invalid 'To' Phone Number: +15005550001"),
    "+15005550002": Fault(400, 21612, "The message cannot be routed to the 'To' phone number"),
    "+15005550003": Fault(400, 21408, "Permission to send an SMS has not been enabled for this region"),
    "+15005550004": Fault(400, 21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": Fault(400, 21614, "'To' number is not a valid mobile number"),
}
TEXT_TEST_SENDERS: Mapping[str, Fault] = {
    "+15005550001": Fault(400, 21212, "Invalid 'From' Phone Number: +15005550001"),
    "+15005550007": Fault(400, 21606, "The 'From' phone number is not one of this account's, or cannot text"),
    "+15005550008": Fault(400, 21611, "The queue of this 'From' number is full"),
}
CALL_TEST_NUMBERS: Mapping[str, Fault] = {
    "+15005550001": Fault(400, 21217, "Phone number does not appear to be valid"),
    "+15005550002": Fault(400, 21214, "'To' phone number cannot be reached"),
    "+15005550003": Fault(400, 21215, "Account not authorized to call this region"),
    "+15005550004": Fault(400, 21216, "Account not allowed to call this number"),
}
OPTED_OUT = TEXT_TEST_NUMBERS["+15005550004"]
LONGEST_BODY = 1600
LONGEST_TWIML = 4000
MOST_MEDIA = 10

# Every field of the official API; of these, `_TEXT` and `_CALL` are the ones that the stand-in plays.
TEXT_FIELDS = frozenset(
    re.findall(
        r"\w+",
        "AddressRetention ApplicationSid Attempt Body ContentRetention ContentSid ContentVariables FallbackFrom "
        "ForceDelivery From MaxPrice MediaUrl MessageIntent MessagingServiceSid PersistentAction ProvideFeedback "
        "RiskCheck ScheduleType SendAsMms SendAt ShortenUrls SmartEncoded StatusCallback To TrafficType ValidityPeriod",
    )
)
CALL_FIELDS = frozenset(
    re.findall(
        r"\w+",
        "ApplicationSid AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod Byoc CallReason CallToken "
        "CallerId ClientNotificationUrl FallbackMethod FallbackUrl From MachineDetection "
        "MachineDetectionSilenceTimeout "
        "MachineDetectionSpeechEndThreshold MachineDetectionSpeechThreshold MachineDetectionTimeout Method Passports "
        "Record RecordingChannels RecordingConfigurationId RecordingStatusCallback RecordingStatusCallbackEvent "
        "RecordingStatusCallbackMethod RecordingTrack SendDigits SipAuthPassword SipAuthUsername StatusCallback "
        "StatusCallbackEvent StatusCallbackMethod TimeLimit Timeout To Trim Twiml Url",
    )
)
_TEXT = frozenset(
    {"To", "From", "MessagingServiceSid", "Body", "MediaUrl", "SmartEncoded", "StatusCallback", "ValidityPeriod"}
)
_CALL_RANGES = {
    "MachineDetectionTimeout": range(3, 121),
    "MachineDetectionSpeechThreshold": range(1000, 6001),
    "MachineDetectionSpeechEndThreshold": range(500, 5001),
    "MachineDetectionSilenceTimeout": range(2000, 10_001),
    "Timeout": range(1, 601),
    "TimeLimit": range(1, 86_401),
}
_CALL_WORDS = {
    "MachineDetection": frozenset({"Enable", "DetectMessageEnd"}),
    "AsyncAmd": frozenset({"true", "false"}),
    "Method": frozenset({"POST"}),
    "StatusCallbackMethod": frozenset({"POST"}),
    "AsyncAmdStatusCallbackMethod": frozenset({"POST"}),
    "StatusCallbackEvent": frozenset({"initiated", "ringing", "answered", "completed"}),
}
_CALL = frozenset({"To", "From", "Url", "Twiml", "StatusCallback", "AsyncAmdStatusCallback", "CallReason"}).union(
    _CALL_RANGES, _CALL_WORDS
)
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_ADDRESS = re.compile(r"https?://[^/_\s]+(/\S*)?")


def fault_of_text(form: Mapping[str, str]) -> Fault | None:
    """The first thing wrong with a text, or None. Stricter than Twilio: a field we do not use is a mistake."""
    number = form.get("To", "")
    if not number:
        return Fault(400, 21604, "A 'To' phone number is required.")
    if not _NUMBER.fullmatch(number):
        return Fault(400, 21211, "Invalid 'To' Phone Number")
    if number in TEXT_TEST_NUMBERS:
        return TEXT_TEST_NUMBERS[number]
    sender = form.get("From", "")
    if not sender and not form.get("MessagingServiceSid"):
        return Fault(400, 21603, "A 'From' phone number is required.")
    return TEXT_TEST_SENDERS.get(sender) or _fault_of_content(form) or _fault_of_fields(form, _TEXT, TEXT_FIELDS)


def fault_of_media(urls: Sequence[str]) -> Fault | None:
    """What is wrong with the pictures of a text."""
    if len(urls) > MOST_MEDIA:
        return Fault(400, 21623, "Number of media files exceeds allowed limit")
    if not all(_ADDRESS.fullmatch(url) for url in urls):
        return Fault(400, 21620, "Invalid media URL(s)")
    return None


def fault_of_call(form: Mapping[str, str], pairs: Sequence[tuple[str, str]]) -> Fault | None:
    """The first thing wrong with a call, or None. Where the vendor names no code it is 20001."""
    number, sender = form.get("To", ""), form.get("From", "")
    if not number:
        return Fault(400, 21201, "No 'To' number is specified")
    if not _NUMBER.fullmatch(number):
        return Fault(400, 21217, "Phone number does not appear to be valid")
    if number in CALL_TEST_NUMBERS:
        return CALL_TEST_NUMBERS[number]
    if not sender:
        return Fault(400, 21213, "Caller phone number is required")
    if not _NUMBER.fullmatch(sender) or sender == "+15005550001":
        return Fault(400, 21212, "Invalid 'From' Phone Number")
    return _fault_of_instructions(form) or _fault_of_fields(form, _CALL, CALL_FIELDS) or _fault_of_values(pairs)


def _fault_of_content(form: Mapping[str, str]) -> Fault | None:
    body = form.get("Body", "")
    if not body and not form.get("MediaUrl"):
        return Fault(400, 21602, "Message body is required.")
    if len(body) > LONGEST_BODY:
        return Fault(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    if "ValidityPeriod" in form and not _is_within(form["ValidityPeriod"], range(1, 36_001)):
        return Fault(400, 21624, "Invalid validity period value")
    if "StatusCallback" in form and not _ADDRESS.fullmatch(form["StatusCallback"]):
        return Fault(400, 21609, "Invalid 'StatusCallback' URL")
    return None


def _fault_of_instructions(form: Mapping[str, str]) -> Fault | None:
    if not form.get("Url") and not form.get("Twiml"):
        return Fault(400, 21205, "Url parameter is required.")
    if form.get("Url") and not _ADDRESS.fullmatch(form["Url"]):
        return Fault(400, 21205, "Url is not a valid URL")
    if len(form.get("Twiml", "")) > LONGEST_TWIML:
        return Fault(400, 20001, "Twiml is longer than 4000 characters")
    for name in ("StatusCallback", "AsyncAmdStatusCallback"):
        if name in form and not _ADDRESS.fullmatch(form[name]):
            return Fault(400, 21609, f"Invalid '{name}' URL")
    return None


def _fault_of_values(pairs: Sequence[tuple[str, str]]) -> Fault | None:
    for name, value in pairs:
        if name in _CALL_RANGES and not _is_within(value, _CALL_RANGES[name]):
            return Fault(400, 20001, f"{name} is out of its range")
        if name in _CALL_WORDS and value not in _CALL_WORDS[name]:
            return Fault(400, 20001, f"{name} must be one of: {', '.join(sorted(_CALL_WORDS[name]))}")
    return None


def _fault_of_fields(form: Mapping[str, str], played: frozenset[str], official: frozenset[str]) -> Fault | None:
    if form.keys() <= played:
        return None
    strange = ", ".join(sorted(form.keys() - official))
    if strange:
        return Fault(400, 20001, f"Unknown field: {strange}")
    return Fault(400, 20001, f"This stand-in does not play the field: {', '.join(sorted(form.keys() - played))}")


def _is_within(value: str, span: range) -> bool:
    return value.isdecimal() and int(value) in span
