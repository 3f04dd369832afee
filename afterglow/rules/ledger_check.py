"""Whether a chain of consent entries is as it was written: every entry, its place, its seal and its working copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from afterglow.rules.ledger import BEFORE_THE_FIRST, Place, Statement, digest_of


class Link(NamedTuple):
    """An entry as it is stored."""

    id: int
    number: int
    statement: Statement
    sealed: bytes
    previous: str
    digest: str

    def computed(self, *, statement: Statement | None = None, previous: str | None = None) -> str:
        """The digest that this entry should have; or would have, had it said something else."""
        return digest_of(
            (statement or self.statement).canonical(),
            id=self.id,
            number=self.number,
            previous=self.previous if previous is None else previous,
            sealed=self.sealed,
        )


class Plain(NamedTuple):
    """What entry and working copy both say in plain."""

    channel: str
    purpose: str
    status: str
    source: str
    text_digest: str
    address_digest: str
    at: datetime


class Private(NamedTuple):
    """What the entry keeps sealed and the working copy says too."""

    address: str
    client: int | None
    evidence: str
    recorded_by: str


class KeyState(StrEnum):
    HELD = "held"
    DESTROYED = "destroyed"
    LOCKED = "locked"  # not with the keys of this installation
    MISSING = "missing"


class Seen(NamedTuple):
    """An entry with all that should agree with it."""

    link: Link
    key: KeyState
    opened: Private | None
    plain: Plain | None  # of the working copy, as `private` is; both empty when there is none
    private: Private | None


class Fault(NamedTuple):
    """Something that is not as it was written, and the number of the entry it concerns."""

    number: int | None
    what: str


def faults_of(
    chain: Iterable[Seen], *, head: Callable[[], Place | None], noted: Place | None = None
) -> Iterator[Fault]:
    """Every fault of a whole chain, in order. `head` is asked once, at the end; `noted` was written down elsewhere."""
    before, held = Place(0, BEFORE_THE_FIRST), None
    for seen in chain:
        if held is not None:
            yield from _faults(held, before, seen.link.previous, noted)
            before = _left_behind(held.link, seen.link.previous)
        held = seen
    end = head()
    if held is not None:
        yield from _faults(held, before, end.digest if end else "", noted)
        before = _left_behind(held.link, end.digest if end else "")
    yield from _faults_of_end(before, end, noted)


def _left_behind(link: Link, follows: str) -> Place:
    """What the next entry has to continue: the digest as it was, even where somebody changed it."""
    return Place(link.number, follows if link.computed() == follows else link.digest)


def _faults(seen: Seen, before: Place, follows: str, noted: Place | None) -> Iterator[Fault]:
    link = seen.link
    is_next = link.number == before.number + 1
    if not is_next:
        yield Fault(before.number + 1, _missing(before.number + 1, link.number - 1))
    if noted is not None and link.number == noted.number and link.digest != noted.digest:
        yield Fault(link.number, "Its digest is not the one you noted: the ledger was rewritten up to here or before.")
    if link.computed() != link.digest:
        yield Fault(link.number, _change(seen, before, follows))
        return
    if is_next and link.previous != before.digest:
        yield Fault(link.number, f"It does not continue entry {before.number}: one of the two was replaced.")
    yield from _disagreements(seen)


def _missing(first: int, last: int) -> str:
    return f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."


def _change(seen: Seen, before: Place, follows: str) -> str:
    """Which column was changed, as far as anything else still knows."""
    link = seen.link
    if link.computed() == follows:
        return "Its digest was changed."
    if link.computed(previous=before.digest) == link.digest:
        return "The digest it names for the entry before was changed."
    for field, said in seen.plain._asdict().items() if seen.plain else ():
        if link.computed(statement=link.statement._replace(**{field: said})) == link.digest:
            return f"Its {_spoken(field)} was changed."
    if seen.opened is not None:
        return "Its id or its number was changed."
    if seen.key is KeyState.MISSING:
        return "Its subject was changed."
    if seen.key is KeyState.HELD:
        return "Its sealed part, or the moment it was recorded, was changed."
    return "It was changed after it was written."


def _disagreements(seen: Seen) -> Iterator[Fault]:
    number, statement = seen.link.number, seen.link.statement
    if seen.key is KeyState.MISSING:
        yield Fault(number, "Its key is gone, and nobody is on record as having erased it.")
    elif seen.key is KeyState.LOCKED:
        yield Fault(number, "Its key does not open with the keys of this installation (AFTERGLOW_SECRETS_KEY).")
    elif seen.key is KeyState.HELD and seen.opened is None:
        yield Fault(number, "Its sealed part does not open: it, or what it is bound to, was changed.")
    if seen.plain is None:
        if seen.key is not KeyState.DESTROYED:
            yield Fault(number, "Its consent, the working copy that messages are decided by, is gone.")
        return
    told = {name: getattr(statement, name) for name in Plain._fields}
    pairs = [(told, seen.plain._asdict())]
    if seen.opened is not None and seen.private is not None:
        pairs.append((seen.opened._asdict(), seen.private._asdict()))
    for written, copied in pairs:
        for field, value in copied.items():
            if written[field] != value:
                yield Fault(number, f"Its consent, the working copy, has another {_spoken(field)} than the entry.")


def _faults_of_end(last: Place, head: Place | None, noted: Place | None) -> Iterator[Fault]:
    if head is None:
        if last.number:
            yield Fault(None, "The head of the ledger is gone.")
    elif head.number > last.number:
        yield Fault(last.number + 1, f"{_missing(last.number + 1, head.number)} The end of the ledger was cut off.")
    elif head.number < last.number:
        yield Fault(head.number + 1, f"The ledger ended with entry {head.number}: what follows was put in.")
    elif head.digest != last.digest:
        yield Fault(head.number, "The head of the ledger names another digest for its last entry.")
    if noted is not None and noted.number > max(last.number, head.number if head else 0):
        yield Fault(last.number + 1, f"You noted entry {noted.number}, and the ledger ends before it: it was cut off.")


def _spoken(field: str) -> str:
    return _WORDS.get(field, field.replace("_", " "))


_WORDS = {
    "at": "moment",
    "text_digest": "wording",
    "address_digest": "address",
    "recorded_by": "name of who recorded it",
}
