"""How a gateway behaves: the dials of `afterglow gateway`, each with the sentence that explains it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

REQUEST_KINDS = {
    "429": "refused as too many requests, with Retry-After; nothing was accepted",
    "500": "a server error; nothing was accepted",
    "503": "unavailable; nothing was accepted",
    "drop-before": "the connection breaks; nothing was accepted",
    "500-after": "a server error although the message was accepted",
    "drop-after": "the connection breaks although the message was accepted",
    "late": "accepted, but the answer comes after --late-ms: later than a client waits",
    "slow": "accepted, but the answer trickles in piece by piece for seconds",
}
CALLBACK_KINDS = {
    "callback-late": "a delivery report comes up to --late-ms too late",
    "callback-twice": "a delivery report comes twice",
    "callback-reversed": "a delivery report comes after the one that should follow it",
    "callback-lost": "a delivery report never comes",
}
CHAOS_KINDS = {**REQUEST_KINDS, **CALLBACK_KINDS}


class UnknownKind(ValueError):
    """A kind of trouble that does not exist. The message lists those that do."""


def _dial(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"help": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """As it is, the gateway accepts everything at once and reports to whoever asks for reports."""

    chaos: float = _dial(0.0, "How many requests and delivery reports go wrong, from 0 (none) to 1 (all).")
    chaos_kinds: tuple[str, ...] = _dial(tuple(CHAOS_KINDS), "Only these kinds of trouble, separated by commas.")
    seed: int = _dial(1, "The same seed gives the same trouble again.")
    rate: float = _dial(0.0, "Accept at most so many messages a second: answers wait for their turn. 0: no limit.")
    rate_refuse: bool = _dial(False, "Answer 429 to what is over the rate instead of letting it wait.")
    queue_ms: int = _dial(0, "How long an accepted text waits before it leaves. What outlives its validity dies there.")
    delivery_ms: int = _dial(200, "How long a text is on its way to the phone, and a phone rings.")
    late_ms: int = _dial(20_000, "How long an answer or a report takes that comes too late.")
    slow_ms: int = _dial(3_000, "How long an answer takes that trickles in.")
    magic_numbers: bool = _dial(False, "Numbers 555-0103 to 555-0126 each fail in their own way.")
    inbound_url: str = _dial("", "The practice's address for incoming texts, to reply to it as a client.")


HELP = {dial.name: str(dial.metadata["help"]) for dial in fields(Manners)}


def kinds_of(text: str) -> tuple[str, ...]:
    """The kinds of trouble in a list like `drop-after,429`, all of them when it is empty; raises UnknownKind."""
    kinds = tuple(word.strip() for word in text.split(",") if word.strip())
    strange = [kind for kind in kinds if kind not in CHAOS_KINDS]
    if strange:
        raise UnknownKind(f"There is no trouble called {', '.join(strange)}; there are: {', '.join(CHAOS_KINDS)}.")
    return kinds or tuple(CHAOS_KINDS)
