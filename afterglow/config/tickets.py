"""Tickets for public pages: short, unguessable, and nothing to store."""

from __future__ import annotations

from django.utils.crypto import constant_time_compare, salted_hmac

_LETTERS = "0123456789abcdefghijkmnpqrstuvwxyz"
_SIGNATURE_LENGTH = 10


def sign_ticket(practice_id: int, touch_id: int) -> str:
    """The ticket of one touch: whoever received its message may open its pages."""
    body = f"{_encoded(practice_id)}-{_encoded(touch_id)}"
    return f"{body}-{_signature(body)}"


def read_ticket(ticket: str) -> tuple[int, int] | None:
    """Practice and touch of a ticket that we signed, else None."""
    body, _, signature = ticket.rpartition("-")
    if not constant_time_compare(signature, _signature(body)):
        return None
    practice, _, touch = body.partition("-")
    return _decoded(practice), _decoded(touch)


def _signature(body: str) -> str:
    digest = salted_hmac("afterglow.config.tickets", body, algorithm="sha256").digest()
    return _encoded(int.from_bytes(digest[:8]))[-_SIGNATURE_LENGTH:]


def _encoded(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number, len(_LETTERS))
        letters = _LETTERS[rest] + letters
    return letters or "0"


def _decoded(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * len(_LETTERS) + _LETTERS.index(letter)
    return number
