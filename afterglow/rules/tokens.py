"""The words a message text may leave open, and what they become for one client on one day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from afterglow.rules.facts import PracticeFacts, Series, TreatmentFacts
from afterglow.rules.vocabulary import AREAS, BRANDS, FAMILIES, spoken_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token: what it is called when it is missing, and the value every length is measured with."""

    label: str
    sample: str
    may_be_empty: bool = False


TOKENS = {
    "client.first_name": Token(label="the client's first name", sample="Marisol", may_be_empty=True),
    "practice.name": Token(label="the practice's name", sample="Juniper Skin Studio"),
    "practice.phone": Token(label="the practice's phone number", sample="(555) 010-0134"),
    "practice.urgent_phone": Token(label="the number for urgent calls", sample="(555) 010-0199"),
    "practice.address": Token(label="the practice's postal address", sample="12 Alder St, Portland, ME 04101"),
    "treatment.name": Token(label="the name of the treatment", sample="HydraFacial"),
    "treatment.alias": Token(label="the discreet name of the treatment", sample="your visit"),
    "treatment.area": Token(label="the treated area", sample="cheeks", may_be_empty=True),
    "provider.first_name": Token(label="the provider's first name", sample="Dana", may_be_empty=True),
    "visit.day_text": Token(label="the day of the visit", sample="yesterday"),
    "last_visit.date": Token(label="the date of the last visit", sample="March 3"),
    "duration.text": Token(label="how long results last", sample="about 3 months"),
    "booking.link": Token(label="the booking link", sample="https://jss.example/b/7kq2"),
    "aftercare.link": Token(label="the aftercare link", sample="https://jss.example/c/7kq2"),
    "photo.link": Token(label="the photo link", sample="https://jss.example/p/7kq2"),
    "unsubscribe.link": Token(label="the link to unsubscribe", sample="https://jss.example/u/7kq2"),
    "offer.text": Token(label="the offer", sample="$40 off your next visit", may_be_empty=True),
    "offer.expires": Token(label="the last day of the offer", sample="May 31", may_be_empty=True),
    "series.done": Token(label="the number of sessions done", sample="2", may_be_empty=True),
    "series.total": Token(label="the number of sessions planned", sample="3", may_be_empty=True),
    "availability.open_slots": Token(label="the number of free appointments", sample="4", may_be_empty=True),
    "product.name": Token(label="the product to use at home", sample="barrier cream", may_be_empty=True),
}
SAMPLES = {name: token.sample for name, token in TOKENS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Personal addresses for one message. `booking` falls back to the practice's own."""

    booking: str = ""
    aftercare: str = ""
    photo: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    text: str = ""
    expires_on: date | None = None


def tokens_for(
    *,
    practice: PracticeFacts,
    treatment: TreatmentFacts,
    first_name: str,
    provider: str,
    visit_on: date,
    today: date,
    last_visit_on: date | None = None,
    duration_text: str = "",
    links: Links = Links(),
    offer: Offer = Offer(),
    open_slots: int | None = None,
    product: str = "",
) -> dict[str, str]:
    """Every token's value for a message that goes out `today`. Empty where nothing is known."""
    series = _open_series(treatment.series)
    return {
        "client.first_name": given_name(first_name),
        "practice.name": practice.name,
        "practice.phone": practice.phone,
        "practice.urgent_phone": practice.urgent_phone or practice.phone,
        "practice.address": practice.address,
        "treatment.name": treatment_name(treatment),
        "treatment.alias": f"your {treatment_name(treatment)}" if practice.has_named_treatments else "your visit",
        "treatment.area": area_name(treatment),
        "provider.first_name": given_name(provider),
        "visit.day_text": day_text(visit_on, today=today),
        "last_visit.date": date_text(last_visit_on or visit_on, today=today),
        "duration.text": duration_text,
        "booking.link": links.booking or practice.booking_link,
        "aftercare.link": links.aftercare,
        "photo.link": links.photo,
        "unsubscribe.link": links.unsubscribe,
        "offer.text": offer.text,
        "offer.expires": date_text(offer.expires_on, today=today) if offer.expires_on else "",
        "series.done": str(series.session) if series else "",
        "series.total": str(series.total) if series else "",
        "availability.open_slots": str(open_slots) if open_slots else "",
        "product.name": product,
    }


@lru_cache(maxsize=4096)
def given_name(text: str) -> str:
    """The name to greet someone with, empty when the booking system's entry is no name.

    Booking forms are open to the public: whatever could read as an address or a number is not repeated in a message.
    """
    name = " ".join(text.replace("\u2019", "'").split())
    if name.lower() in _NO_NAMES or _LOOKS_LIKE_ADDRESS.search(name):
        return ""
    found = _NAME.match(name)
    if not found or len(found[0]) > _LONGEST_NAME:
        return ""
    is_shouted = found[0].isupper() and len(found[0]) > 2
    return found[0].title() if is_shouted or found[0].islower() else found[0]


def day_text(visit_on: date, *, today: date) -> str:
    """The visit's day as one says it today: "today", "yesterday", "on Tuesday", and after a week "on March 3"."""
    days = (today - visit_on).days
    if days in _NEAR_DAYS:
        return _NEAR_DAYS[days]
    if 2 <= days <= 6:
        return f"on {visit_on:%A}"
    return f"on {date_text(visit_on, today=today)}"


def date_text(day: date, *, today: date) -> str:
    """ "March 3", with the year when it could be mistaken for this year's."""
    text = _month_and_day(day)
    return f"{text}, {day.year}" if abs((today - day).days) > _UNMISTAKABLE_DAYS else text


@lru_cache(maxsize=4096)
def _month_and_day(day: date) -> str:
    return f"{day:%B} {day.day}"


def treatment_name(treatment: TreatmentFacts) -> str:
    """What was done, in a client's words: "Botox", "HydraFacial", "laser hair removal"."""
    return _name_of(treatment.family, treatment.brand)


@lru_cache(maxsize=1024)
def _name_of(family: str, brand: str) -> str:
    brands = {b for b in brand.split("+") if b}
    if family in _KNOWN_BY_BRAND and len(brands) == 1:
        return BRANDS.get(brand, brand)
    return spoken_list([FAMILIES[f] for f in family.split("+") if f in FAMILIES]) or "treatment"


def area_name(treatment: TreatmentFacts) -> str:
    """Where, in a client's words: "lips", "lips and chin"; empty when nobody said."""
    return _places(treatment.area)


@lru_cache(maxsize=1024)
def _places(area: str) -> str:
    return spoken_list(dict.fromkeys(AREAS[a] for a in area.split("+") if AREAS.get(a)))


def _open_series(series: Series | None) -> Series | None:
    """A series that has sessions left: a finished one must not read as if the next were waiting."""
    return None if series is None or series.total is None or series.is_finished else series


_NEAR_DAYS = {0: "today", 1: "yesterday"}
_UNMISTAKABLE_DAYS = 330
_LONGEST_NAME = 30
_NO_NAMES = frozenset({"n/a", "none", "null", "unknown", "test", "client", "guest", "patient", "walk-in", "walk in"})
_NAME = re.compile(r"[^\W\d_]+(?:(?:\. |[ '-])[^\W\d_]+)*")
_LOOKS_LIKE_ADDRESS = re.compile(r"://|www\.|@|\w\.\w", re.IGNORECASE)
_KNOWN_BY_BRAND = frozenset({"neuromodulator", "hydrafacial", "chemical_peel", "body_contouring", "weight_management"})
