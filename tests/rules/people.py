"""The small world of the rules' tests: a practice in North Carolina, Rosa who is treated there, her visits."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from afterglow.rules.facts import (
    Channel,
    ClientFacts,
    PracticeFacts,
    Purpose,
    Recipient,
    Series,
    TreatmentFacts,
    VisitFacts,
)
from afterglow.rules.protocol_book import load_library

ZONE = ZoneInfo("America/New_York")
BOOK = load_library(include_drafts=False)
DRAFTS = load_library(include_drafts=True)
PRACTICE = PracticeFacts(
    name="Juniper Skin Studio",
    timezone="America/New_York",
    state="NC",
    phone="(555) 010-0134",
    urgent_phone="(555) 010-0199",
    address="12 Alder St, Raleigh, NC 27601",
    booking_link="https://book.example.test/b/7kq2",
    is_voice_enabled=True,
)
HOME = Recipient(area_code="336", state="NC")
CARE_TEXT = (Channel.SMS, Purpose.CARE)
MARKETING_TEXT = (Channel.SMS, Purpose.MARKETING)
MARKETING_EMAIL = (Channel.EMAIL, Purpose.MARKETING)
VOICE = (Channel.VOICE, Purpose.VOICE)
EVERY_CONSENT = frozenset({CARE_TEXT, MARKETING_TEXT, MARKETING_EMAIL, VOICE})


def local(text: str) -> datetime:
    """Wall-clock time at the practice."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def rosa(**known: Any) -> ClientFacts:
    """Rosa, who agreed to everything, unless a test says otherwise."""
    usual = {"id": "rosa", "first_name": "Rosa", "has_email": True, "recipient": HOME, "granted": EVERY_CONSENT}
    return ClientFacts(**{**usual, **known})


def treatment(family: str, brand: str = "", area: str = "", **more: Any) -> TreatmentFacts:
    return TreatmentFacts(family=family, brand=brand, area=area, service=family, amount=Decimal(300), **more)


TOXIN = treatment("neuromodulator", "botox")
DAXXIFY = treatment("neuromodulator", "daxxify")
LIPS = treatment("ha_filler", "juvederm", "lips")
CHEEKS = treatment("ha_filler", "juvederm", "cheeks")
HYDRAFACIAL = treatment("hydrafacial", "hydrafacial")
PEEL = treatment("chemical_peel")
DISSOLVER = treatment("filler_dissolve", "hylenex")


def laser_hair(session: int, total: int | None, area: str = "legs") -> TreatmentFacts:
    return treatment("laser_hair_removal", area=area, series=Series(session=session, total=total))


def visit(at: str, *treatments: TreatmentFacts, reported: timedelta = timedelta(0)) -> VisitFacts:
    """A visit that ended then; the system learns of it at once, or `reported` later."""
    ended_at = local(at)
    return VisitFacts(
        id=f"visit of {at}",
        ended_at=ended_at,
        visit_on=ended_at.date(),
        reported_at=ended_at + reported,
        treatments=treatments,
    )
