"""The clinic's words for what the database keeps as codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from afterglow.models import Practice, Touch
from afterglow.rules.channel_words import NAMES
from afterglow.rules.facts import Channel, TreatmentFacts
from afterglow.rules.timing import local_day, spoken_day
from afterglow.rules.tokens import area_name, treatment_name
from afterglow.rules.vocabulary import spoken_list

QUESTIONS = ("reply", "consent")  # kinds of tasks with somebody at the other end who waits for an answer
FUNCTIONS = {
    "check_in": "Check-in",
    "results": "Results",
    "rebook": "Rebooking",
    "reactivate": "Invitation back",
}
CHANNELS = {channel.value: name.capitalize() for channel, name in NAMES.items()}
TASKS = {
    "reply": "Reply",
    "consent": "Question",
    "call": "Please call",
    "service": "Which service?",
    "area": "Which area?",
    "held": "Message held",
    "failed": "Not delivered",
    "review": "Please review",
    "event": "Not understood",
}
FLAGS = {
    "do_not_contact": "Do not contact",
    "deceased": "Deceased",
    "minor": "Minor",
    "banned": "No longer a client",
    "pregnant": "Pregnant",
    "moved": "Moved away",
    "wrong_number": "Wrong number",
}
PURPOSES = {
    ("sms", "care"): "Texts about care",
    ("sms", "appointment"): "Appointment texts",
    ("sms", "marketing"): "Marketing texts",
    ("email", "care"): "E-mail about care",
    ("email", "marketing"): "Marketing e-mail",
    ("voice", "voice"): "Voice messages",
    ("sms", "photo"): "Photos shown to others",
    ("sms", "funded"): "Texts that a company pays for",
    ("email", "funded"): "E-mail that a company pays for",
}


NOTICES = {  # when it went out, and when it did not
    "stop_confirmation": ("Confirmed the stop", "Confirmation of the stop"),
    "help": ("Answered a request for help", "Answer to a request for help"),
    "double_opt_in": ("Asked the number to confirm", "Request to confirm"),
    "opt_in_confirmation": ("Confirmed the consent", "Confirmation of the consent"),
}


def notice_label(kind: str, *, is_sent: bool = True) -> str:
    """What a message outside every plan is for."""
    return NOTICES.get(kind, ("Message", "Message"))[0 if is_sent else 1]


def treatment_label(treatment: TreatmentFacts) -> str:
    """What was done, as staff say it: "Botox", "Filler, lips"; the booking system's own words where nobody knows."""
    if treatment.family == "none":
        return treatment.service or "Unnamed service"
    name, area = treatment_name(treatment), area_name(treatment)
    label = f"{name}, {area}" if area else name
    return label[:1].upper() + label[1:]


def treatments_label(treatments: Iterable[TreatmentFacts]) -> str:
    """All treatments of a visit in one line."""
    return " + ".join(dict.fromkeys(treatment_label(t) for t in treatments)) or "No service reported"


def flag_label(flag: str) -> str:
    return FLAGS.get(flag, flag.replace("_", " ").capitalize())


def purpose_label(channel: str, purpose: str) -> str:
    return PURPOSES.get((channel, purpose), f"{CHANNELS.get(channel, channel)}: {purpose}")


def by_channels(channels: Iterable[Channel]) -> str:
    """ "by text", "by text and e-mail"."""
    return f"by {spoken_list(CHANNELS[c].lower() for c in channels)}"


def day_number(visit_on: date, *, today: date) -> str:
    """Where in the follow-up somebody is: "day 14"; for a visit of today, "today"."""
    days = (today - visit_on).days
    return "today" if days == 0 else f"day {days}" if days > 0 else f"in {-days} days"


def waited(since: datetime, *, now: datetime) -> str:
    """How long somebody has been waiting, in one unit: "22 min", "3 h", "2 days"."""
    span = max(now - since, timedelta())
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min" if minutes else "now"
    if minutes < 60 * 24:
        return f"{minutes // 60} h"
    days = minutes // (60 * 24)
    return f"{days} day" if days == 1 else f"{days} days"


def counted(count: int, one: str, many: str = "") -> str:
    """ "1 message", "12 messages"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def joined(*sentences: str) -> str:
    """Those that say something, one after the other, each with its full stop."""
    return " ".join(s if s.endswith((".", "?", "!", "…")) else f"{s}." for s in sentences if s)


def excerpt(text: str, *, length: int = 90) -> str:
    """The first words on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0] + "…"


def why_planned(touch: Touch, practice: Practice) -> str:
    """Which day of the follow-up a message belongs to."""
    days = (local_day(touch.planned_at, practice.timezone) - touch.visit_on).days
    return f"day {days} after the visit on {spoken_day(touch.visit_on)}"
