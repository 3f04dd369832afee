"""The few questions that look across practices. Each is a function of the database that answers with ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Membership:
    practice_id: int
    role: str


@dataclass(frozen=True, slots=True)
class KnownSource:
    practice_id: int
    source_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class KnownSender:
    practice_id: int
    account_id: int
    channel: str
    provider: str


@dataclass(frozen=True, slots=True)
class KnownForm:
    practice_id: int
    form_id: int


@dataclass(frozen=True, slots=True)
class KnownProgram:
    practice_id: int
    token_id: int


def practices_of(user_id: int) -> list[Membership]:
    """Where this person works, and as what."""
    return [Membership(*row) for row in _ask("SELECT * FROM afterglow_practices_of(%s)", user_id)]


def practices_with_due(*, now: datetime) -> list[int]:
    """The practices with something to do: what is due, an attempt without an outcome, an event nobody has read."""
    return [practice_id for (practice_id,) in _ask("SELECT * FROM afterglow_practices_with_due(%s)", now)]


def source_by_token(token: str) -> KnownSource | None:
    """The booking system behind the address a webhook came to; none if nobody was ever given that address."""
    rows = _ask("SELECT * FROM afterglow_source_by_token(%s)", token)
    return KnownSource(*rows[0]) if rows else None


def sender_by_token(token: str) -> KnownSender | None:
    """The sender account whose provider calls at this address; none if nobody was ever given that address."""
    rows = _ask("SELECT * FROM afterglow_sender_by_token(%s)", token)
    return KnownSender(*rows[0]) if rows else None


def form_by_token(token: str) -> KnownForm | None:
    """The consent form at this address; none if there never was one."""
    rows = _ask("SELECT * FROM afterglow_consent_form_by_token(%s)", token)
    return KnownForm(*rows[0]) if rows else None


def program_by_digest(digest: str) -> KnownProgram | None:
    """The program whose token has this digest; none if nobody has it, or not any more."""
    rows = _ask("SELECT * FROM afterglow_api_token_by_digest(%s)", digest)
    return KnownProgram(*rows[0]) if rows else None


def all_practices() -> list[int]:
    return [practice_id for (practice_id,) in _ask("SELECT * FROM afterglow_all_practices()")]


def _ask(query: str, *values: int | str | datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
