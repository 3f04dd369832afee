"""What is said on the phone: to a person, to an answering machine, and to nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from afterglow.channels.config_check import PHONE_NUMBER, Key

SPEECH_KEYS = (
    Key(
        name="practice_name",
        meaning="the practice's name as it is spoken to a person who answers",
        example="Glow Clinic",
    ),
    Key(
        name="recording_url",
        meaning="the public https address of a recording (mp3 or wav) that is left as the voicemail; "
        "left out, a voice reads the message's own text",
        pattern=r"https://\S+",
        example="https://care.example.test/voicemail.mp3",
        is_required=False,
    ),
    Key(
        name="voice",
        meaning="the name of the neural voice that reads, as Twilio lists it",
        pattern=r"[A-Za-z][\w.-]*",
        default="Polly.Joanna-Neural",
        example="Polly.Joanna-Neural",
    ),
    Key(
        name="human_greeting",
        meaning="what a person who answers hears, beginning with who is calling; left out, a short friendly sentence",
        example="Hello, this is Glow Clinic with a friendly follow-up call. Goodbye.",
        is_required=False,
    ),
    Key(
        name="front_desk_number",
        meaning="a number like +12025550142 that a person who answers is connected to after the greeting",
        pattern=PHONE_NUMBER,
        example="+12025550142",
        is_required=False,
    ),
)

# Nothing about a visit: whoever picks up hears this, and it need not be the client.
_FAREWELL = "Hello, this is {} with a friendly courtesy call. There is nothing you need to do. Goodbye."
_CONNECTING = "Hello, this is {} with a friendly courtesy call. One moment, please: we are connecting you."

_MACHINE = "machine_end_"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def spoken(*, answered_by: str, config: Mapping[str, str], text: str) -> str:
    """What Twilio shall do with an answered call, as TwiML.

    A machine that has finished its greeting gets the recording, or the text read out. A person gets the greeting and,
    where there is one, the front desk. A fax, silence or an empty text gets nothing: the call ends.
    """
    settings = {key.name: config.get(key.name, "").strip() or key.default for key in SPEECH_KEYS}
    if answered_by.startswith(_MACHINE):
        return _response(_voicemail(settings, text))
    if answered_by == "human":
        return _response(_welcome(settings, caller=config.get("from_number", "")))
    return _response("")


def _voicemail(settings: Mapping[str, str], text: str) -> str:
    if settings["recording_url"]:
        return f"<Play>{_escaped(settings['recording_url'])}</Play>"
    return _said(settings, text) if text.strip() else ""


def _welcome(settings: Mapping[str, str], *, caller: str) -> str:
    desk = settings["front_desk_number"]
    usual = (_CONNECTING if desk else _FAREWELL).format(settings["practice_name"])
    greeting = _said(settings, settings["human_greeting"] or usual)
    return greeting + (f'<Dial callerId="{_escaped(caller)}">{_escaped(desk)}</Dial>' if desk else "")


def _said(settings: Mapping[str, str], text: str) -> str:
    return f'<Say voice="{_escaped(settings["voice"])}">{_escaped(text)}</Say>'


def _response(verbs: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{verbs}<Hangup/></Response>'


def _escaped(text: str) -> str:
    return escape(_NOT_XML.sub("", text))
