"""How the templates say days and times. Every moment is shown in the practice's own zone."""

from __future__ import annotations

from datetime import date, datetime

from django.template import Library
from django.utils import timezone

register = Library()


@register.filter
def clock(moment: datetime) -> str:
    """ "9:05 am"."""
    local = timezone.localtime(moment)
    return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


@register.filter
def day(moment: date | datetime) -> str:
    """ "Tue 4 Mar"; with the year instead of the weekday when it is another year."""
    on = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    if on.year != timezone.localdate().year:
        return f"{on.day} {on:%b %Y}"
    return f"{on:%a} {on.day} {on:%b}"


@register.filter
def moment(value: datetime) -> str:
    """ "Tue 4 Mar, 9:05 am"."""
    return f"{day(value)}, {clock(value)}"


@register.filter
def full_day(on: date) -> str:
    """ "Tuesday 4 March", with "Today" or "Tomorrow" before it."""
    name = f"{on:%A} {on.day} {on:%B}"
    return {0: f"Today, {name}", 1: f"Tomorrow, {name}"}.get((on - timezone.localdate()).days, name)


@register.filter
def month(on: date) -> str:
    return f"{on:%B %Y}"


@register.filter
def number(phone: str) -> str:
    """An American number as it is read out: "(207) 555-0134". Others stay as they are."""
    if len(phone) == 12 and phone.startswith("+1"):
        return f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    return phone


@register.filter
def picture(kind: str) -> str:
    """The template of the picture that goes with a kind of thing. Colour and picture never say more than the words."""
    return f"icons/{_PICTURES.get(kind, 'remark')}.svg"


_PICTURES = {
    "reply": "bubble",
    "sms": "bubble",
    "email": "mail",
    "voice": "voicemail",
    "staff_task": "task",
    "consent": "consent",
    "call": "call",
    "service": "question",
    "area": "question",
    "event": "question",
    "held": "stop",
    "failed": "urgent",
    "concern": "urgent",
    "review": "visit",
    "visit": "visit",
    "booking": "booking",
    "message": "send",
    "planned": "clock",
    "waits": "clock",
    "stays": "quiet",
    "quiet": "quiet",
    "task": "task",
}
