"""Which requests and delivery reports go wrong, and how. The same seed gives the same trouble again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from afterglow.channels.gateway.manners import CALLBACK_KINDS, REQUEST_KINDS, Manners

BEFORE = frozenset({"429", "500", "503", "drop-before"})  # nothing was accepted


class Chaos:
    def __init__(self, manners: Manners) -> None:
        self._probability, self._seed, self._late = manners.chaos, manners.seed, manners.late_ms / 1000
        self._of_requests = [kind for kind in manners.chaos_kinds if kind in REQUEST_KINDS]
        self._of_callbacks = [kind for kind in manners.chaos_kinds if kind in CALLBACK_KINDS]
        self._requests = _chance(str(manners.seed))

    def for_request(self) -> str:
        """What befalls the next request: a kind of trouble, or nothing."""
        return self._drawn(self._requests, self._of_requests)

    def seconds_to_wait(self) -> int:
        """The Retry-After of a refusal."""
        return self._requests.randint(1, 3)

    def for_reports(self, sid: str, moments: Sequence[float]) -> list[Report]:
        """When each delivery report of a message leaves, first to last; some twice, some never.

        It depends on the message alone, not on what else goes on.
        """
        chance = _chance(f"{self._seed} {sid}")
        return sorted(_reports(moments, [self._drawn(chance, self._of_callbacks) for _ in moments], chance, self._late))

    def _drawn(self, chance: Random, kinds: Sequence[str]) -> str:
        if not self._probability or not kinds or chance.random() >= self._probability:
            return ""
        return chance.choice(kinds)


@dataclass(frozen=True, slots=True, order=True)
class Report:
    """The report on step number `step` leaves `after` seconds; `trouble` says what is wrong with it, if anything."""

    after: float
    step: int
    trouble: str = ""

    @property
    def is_lost(self) -> bool:
        return self.trouble == "callback-lost"


def _reports(moments: Sequence[float], troubles: Sequence[str], chance: Random, late: float) -> Iterator[Report]:
    for step, (moment, trouble) in enumerate(zip(moments, troubles, strict=True)):
        if trouble == "callback-late":
            yield Report(moment + late * chance.random(), step, trouble)
        elif trouble == "callback-reversed":
            yield Report(moments[min(step + 1, len(moments) - 1)] + 0.05, step, trouble)
        else:
            yield Report(moment, step, trouble)
        if trouble == "callback-twice":
            yield Report(moment + 0.05, step, trouble)


def _chance(seed: str) -> Random:
    return Random(seed)  # noqa: S311 - trouble that can be had again, not a secret
