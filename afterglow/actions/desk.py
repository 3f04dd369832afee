"""What a batch of planning work needs to know about its practice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from afterglow.models import Practice
from afterglow.models.practice_facts import Book, corrections, practice_facts, protocol_book
from afterglow.rules.catalog import Correction
from afterglow.rules.facts import PracticeFacts


@dataclass(frozen=True, slots=True)
class Desk:
    """One practice as of now, for everything that is planned together."""

    practice: Practice
    facts: PracticeFacts
    book: Book
    corrections: dict[str, Correction]
    now: datetime


def open_desk(practice_id: int, *, now: datetime) -> Desk:
    """The practice, its protocols and its corrections as of now. Five queries."""
    practice = Practice.objects.get(pk=practice_id)
    return Desk(practice, practice_facts(practice), protocol_book(practice), corrections(practice), now)
