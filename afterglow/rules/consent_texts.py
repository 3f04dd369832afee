"""The words that clients agree to: the library's, filled in for a practice."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from afterglow.rules.facts import Channel, PracticeFacts, Purpose

LANGUAGES = {"en": "English", "es": "Spanish"}
TOKEN = re.compile(r"\{([a-z_]+)\}")
TOKENS = ("practice", "phone", "address", "care_frequency", "marketing_frequency")


class Offer(StrEnum):
    """What a client can allow with one tick of its own."""

    CARE_TEXTS = "care_texts"
    MARKETING_TEXTS = "marketing_texts"
    MARKETING_EMAIL = "marketing_email"
    VOICE = "voice"
    PHOTO = "photo"
    FUNDED = "funded"

    @property
    def covers(self) -> tuple[tuple[Channel, Purpose], ...]:
        """What a tick allows. A channel without an address is left out."""
        return _COVERS[self]

    @property
    def needs_phone(self) -> bool:
        return self is not Offer.MARKETING_EMAIL

    @property
    def needs_email(self) -> bool:
        return self is Offer.MARKETING_EMAIL


_COVERS = {
    Offer.CARE_TEXTS: ((Channel.SMS, Purpose.CARE),),
    Offer.MARKETING_TEXTS: ((Channel.SMS, Purpose.MARKETING),),
    Offer.MARKETING_EMAIL: ((Channel.EMAIL, Purpose.MARKETING),),
    Offer.VOICE: ((Channel.VOICE, Purpose.VOICE),),
    Offer.PHOTO: ((Channel.SMS, Purpose.PHOTO),),
    Offer.FUNDED: ((Channel.SMS, Purpose.FUNDED), (Channel.EMAIL, Purpose.FUNDED)),
}


@dataclass(frozen=True, slots=True)
class Standard:
    """The library's wording of one offer, before it is filled in."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of plain paragraphs: the terms, or the privacy notice."""

    title: str
    paragraphs: tuple[str, ...]


def standard(offer: Offer, language: str) -> Standard:
    """The wording that the library has for this offer."""
    known = _library()["offers"][offer.value][language]
    return Standard(known["title"], known["text"].strip())


def filled(template: str, *, practice: PracticeFacts, language: str) -> str:
    """A wording as a client of this practice reads it, on one line. An unknown token stays as it is."""
    values = _values(practice, language)
    text = TOKEN.sub(lambda token: values.get(token[1], token[0]), template)
    return " ".join(text.split())


def digest_of(text: str) -> str:
    """What the ledger keeps of a wording: the SHA-256 of its exact words."""
    return sha256(text.encode()).hexdigest()


def page_words(*, practice: PracticeFacts, language: str) -> dict[str, str]:
    """The words around the boxes, filled in. `{number}` and `{hours}` are left for the page."""
    words = _library()["page"][language]
    return {key: filled(value, practice=practice, language=language) for key, value in words.items()}


def sheet(name: str, *, practice: PracticeFacts, language: str) -> Sheet:
    """The `terms` or the `privacy` notice that the practice gets with its form."""
    known = _library()[name][language]
    return Sheet(known["title"], tuple(filled(p, practice=practice, language=language) for p in known["paragraphs"]))


def notice_text(kind: str, *, practice: PracticeFacts, language: str, offers: frozenset[Offer]) -> str:
    """The text that asks for YES (`double_opt_in`) or confirms it (`confirmation`), in one part where the name allows.

    Program, frequency, rates, HELP and STOP: what carriers ask of both.
    """
    words = _library()["notices"][language if language in LANGUAGES else "en"]
    if Offer.CARE_TEXTS in offers:
        frequency = _counted(words["day"], practice.messages_per_day)
    else:
        frequency = _counted(words["week"], practice.marketing_per_week)
    text: str = words[kind].replace("{frequency}", frequency)
    return text.replace("{practice}", " ".join(practice.name.split()))


def _values(practice: PracticeFacts, language: str) -> dict[str, str]:
    words = _library()
    often, instead = words["frequency"][language], words["fallback"][language]
    return {
        "practice": practice.name,
        "phone": practice.phone or instead["phone"],
        "address": practice.address or instead["address"],
        "care_frequency": _counted(often["day"], practice.messages_per_day),
        "marketing_frequency": _counted(often["week"], practice.marketing_per_week),
    }


def _counted(words: list[str], count: int) -> str:
    one, many = words
    return one if count == 1 else many.replace("{count}", str(count))


@cache
def _library() -> dict[str, Any]:
    source = files("afterglow.library").joinpath("consent_texts.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)
