"""Reports from outside that name an erased client lose their content."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from django.db import connection

from afterglow.models import Client

_SHORTEST_BARE_ID = 8  # a shorter id counts only between quotation marks: "12" stands in nearly every report
_BETWEEN_DIGITS = "(%[0-9A-Fa-f]{2}|[^0-9%]){0,4}"
# `encode` shows the bytes as text, whatever they are; a body may be broken.
_SOURCE = re.compile(r"^[^:]*:(\d+:)?")  # what stands before the client's id in the source itself
_FOUND = "practice_id = %s AND (encode(body, 'escape') ~* ANY(%s::text[]) OR query ~* ANY(%s::text[]))"


def erase_events(client: Client, addresses: Iterable[str]) -> int | None:
    """How many reports were emptied: all that hold a number, a mailbox, the id or the full name of this client.

    None, and nothing is changed, while one of them has not been read yet. Inside a practice scope.
    """
    patterns = _patterns(client, addresses)
    if not patterns:
        return 0
    values: list[int | list[str]] = [client.practice_id, patterns, patterns]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, processed_at FROM afterglow_rawevent WHERE {_FOUND}", values)  # noqa: S608
        rows = cursor.fetchall()
        if any(processed_at is None for _, processed_at in rows):
            return None
        cursor.execute(
            "UPDATE afterglow_rawevent SET body = '', query = '', fault = '' WHERE practice_id = %s AND id = ANY(%s)",
            [client.practice_id, [pk for pk, _ in rows]],
        )
    return len(rows)


def _patterns(client: Client, addresses: Iterable[str]) -> list[str]:
    """Regular expressions of PostgreSQL, without regard to case."""
    found = []
    for address in {address.lower() for address in addresses}:
        found += [_literal(written) for written in _spellings(address)] if "@" in address else [_number(address)]
    if own_id := _SOURCE.sub("", client.external_id):
        found.append(f'"{_literal(own_id)}"' if len(own_id) < _SHORTEST_BARE_ID else _literal(own_id))
    if client.first_name and client.last_name:
        first, last = _literal(client.first_name), _literal(client.last_name)
        found += [f"{first}.*{last}", f"{last}.*{first}"]
    return found


def _spellings(address: str) -> set[str]:
    """As it is, in a form, in a web address, and as JSON may write it."""
    return {address, quote(address, safe=""), quote_plus(address), address.replace("@", "\\\\u0040")}


def _number(phone: str) -> str:
    """A number however it is written: +12075550101, (207) 555-0101, %28207%29%20555.0101."""
    digits = re.sub(r"[^0-9]", "", phone)[-10:]
    return _BETWEEN_DIGITS.join(digits)


def _literal(text: str) -> str:
    """Text beyond ASCII stands in the bytes in several ways, so only what is plain is compared."""
    return "".join(f"\\{c}" if not c.isalnum() and c.isascii() else c if c.isascii() else ".{1,12}" for c in text)
