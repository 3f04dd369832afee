"""What forbids a message since its batch was decided: heard from the database the moment it is committed.

A message is decided, committed, and then waits for its turn at the provider. Whoever says stop in between must not get
it; nor who is marked, or about whom a concern is opened; nor anybody whom a ban may be about. So whoever decides takes
a mark first, and whoever hands over asks whether anything changed at the address since that mark. What was so before
the mark, the decision has seen. A message that is held back is only decided again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any

import psycopg
from django.db import connections
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from afterglow.models import Client, Consent

CHANNEL = "afterglow_revoked"  # the triggers': a practice, of whom it tells, and an id
LISTENS_WITHIN = 10.0  # seconds
SILENCE = 5.0  # seconds, after which the line to the database is tried
TRIES, PAUSE = 5, 0.2  # seconds between them, to listen again after the line broke
REMEMBERED = 50_000  # addresses
_SHOW = "SELECT set_config('afterglow.practice_id', %s, true)"
_CONSENTS, _CLIENTS = Identifier(Consent._meta.db_table), Identifier(Client._meta.db_table)
_ADDRESSES = {
    "consent": SQL("SELECT address FROM {} WHERE practice_id = %s AND id = ANY(%s)").format(_CONSENTS),
    "client": SQL("SELECT unnest(ARRAY[phone, email]) FROM {} WHERE practice_id = %s AND id = ANY(%s)").format(
        _CLIENTS
    ),
}
EVERYBODY = "*"  # stands for every address of a practice


class NobodyListens(Exception):
    """The database cannot tell us who says stop, so nothing may be handed over."""


class Ears:
    """One thread and one connection that hear the revocations of every practice."""

    def __init__(self, address: Mapping[str, str]) -> None:
        self._address = address
        self._changed = Condition()
        self._is_listening = self._is_over = False
        self._tries_left = TRIES
        self._heard = 0  # revocations, and gaps in the hearing
        self._missed = 0  # the last gap: what was decided before it may have been revoked in it
        self._by_address: dict[tuple[int, str], int] = {}
        Thread(target=self._listen, name="revocations", daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Whether the line broke for good, and somebody else must listen."""
        return self._is_over

    def mark(self) -> int:
        """The moment from which on everything is heard. Taken before a decision. Raises NobodyListens."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_listening or self._is_over, LISTENS_WITHIN)
            if not self._is_listening:
                raise NobodyListens(NobodyListens.__doc__)
            return self._heard

    def is_stopped_since(self, mark: int, *, practice_id: int, address: str) -> bool:
        """Whether something changed at this address after the mark, or may have."""
        if not self._is_listening or self._missed > mark:
            return True
        by_address = self._by_address
        return by_address.get((practice_id, address), 0) > mark or by_address.get((practice_id, EVERYBODY), 0) > mark

    def _listen(self) -> None:
        while self._tries_left:
            self._tries_left -= 1
            with suppress(psycopg.Error):
                self._hear_forever()
            self._miss()
        with self._changed:
            self._is_over = True  # the next one who needs ears opens a new line
            self._changed.notify_all()

    def _hear_forever(self) -> None:
        with psycopg.connect(autocommit=True, **self._address) as line:  # type: ignore[arg-type]
            line.execute(SQL("LISTEN {}").format(Identifier(CHANNEL)))
            with self._changed:
                self._is_listening, self._tries_left = True, TRIES
                self._changed.notify_all()
            while True:
                told = [notice.payload for notice in line.notifies(timeout=SILENCE, stop_after=1)]
                if told:
                    self._remember(_addresses(line, told))
                else:
                    line.execute("SELECT 1")

    def _remember(self, addresses: Iterable[tuple[int, str]]) -> None:
        with self._changed:
            self._heard += 1
            if len(self._by_address) > REMEMBERED:
                self._by_address.clear()
                self._missed = self._heard
            for address in addresses:
                self._by_address[address] = self._heard

    def _miss(self) -> None:
        with self._changed:
            self._is_listening = False
            self._heard += 1
            self._missed = self._heard
            self._changed.wait(PAUSE)


@dataclass(frozen=True, slots=True)
class Since:
    """What a practice's clients have revoked since a decision was begun."""

    ears: Ears
    practice_id: int
    mark: int

    def has_stopped(self, address: str) -> bool:
        """Whether a message to this address must be decided again before it may leave."""
        return self.ears.is_stopped_since(self.mark, practice_id=self.practice_id, address=address)


def since_now(practice_id: int) -> Since:
    """To be taken before a decision is begun, and asked when a message is handed over. Raises NobodyListens."""
    heard_by = ears()
    return Since(heard_by, practice_id, heard_by.mark())


def ears() -> Ears:
    """The ears of this process; they begin to listen when they are first asked for."""
    address = _address(connections.settings["default"])
    key = tuple(sorted(address.items()))
    found = _ears.get(key)
    if found is None or found.is_over:
        found = _ears[key] = Ears(address)
    return found


_ears: dict[tuple[tuple[str, str], ...], Ears] = {}


def _addresses(line: Connection[tuple[Any, ...]], told: Iterable[str]) -> list[tuple[int, str]]:
    """Where something changed, by practice and address: a notice holds ids only."""
    by_practice: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for payload in told:
        practice_id, kind, pk = payload.split(":")
        by_practice[int(practice_id)][kind].append(int(pk))
    found: list[tuple[int, str]] = []
    for practice, ids_by_kind in by_practice.items():
        with line.transaction():
            line.execute(_SHOW, [str(practice)])
            for kind, ids in ids_by_kind.items():
                query = _ADDRESSES.get(kind)
                rows = line.execute(query, [practice, ids]).fetchall() if query else [(EVERYBODY,)]
                found += [(practice, address) for (address,) in rows if address]
    return found


def _address(settings: Mapping[str, Any]) -> dict[str, str]:
    named = {
        "host": settings["HOST"],
        "port": settings["PORT"],
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        **{name: value for name, value in settings.get("OPTIONS", {}).items() if name != "pool"},
    }
    return {name: str(value) for name, value in named.items() if value}
