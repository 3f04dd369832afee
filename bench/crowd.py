"""Practices whose messages fall due when we say so, and what became of every one of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from afterglow.channels.gateway import Record
from afterglow.jobs import wake
from afterglow.models import Attempt, Message, Task, Touch
from afterglow.models.bulk import update_rows
from afterglow.models.scope import practice_scope
from bench.at_noon import moved_clock
from bench.practices import add_due_check_ins, open_clinic
from bench.provider import Provider
from torture.judge import judge

LATER = timedelta(days=1)
OPEN = (Touch.State.PLANNED, Touch.State.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Touches of several practices that text through one provider; `before` messages were there already."""

    provider: Provider
    touch_ids: Mapping[int, Sequence[int]]  # by practice
    before: int

    @property
    def size(self) -> int:
        return sum(map(len, self.touch_ids.values()))

    def fall_due(self, due_at: Callable[[int], datetime] | None = None) -> None:
        """All at once and now, or the n-th when `due_at` says."""
        now, number = moved_clock(), 0
        for practice_id, ids in self.touch_ids.items():
            moments = [due_at(number + n) if due_at else now for n in range(len(ids))]
            number += len(ids)
            with practice_scope(practice_id):
                update_rows(Touch, ("id", "due_at"), list(zip(ids, moments, strict=True)))

    def wake(self) -> None:
        for practice_id in self.touch_ids:
            wake(practice_id)

    def accepted(self) -> list[Record]:
        return self.provider.accepted()[self.before :]

    def wait_until(self, accepted: int, *, within: float) -> None:
        """Return once the provider has taken so many; its log is watched, the database is left in peace."""
        deadline = time.monotonic() + within
        seen, count = 0, -self.before
        while count < accepted:
            if time.monotonic() > deadline:
                states = dict(self.states())
                raise RuntimeError(f"{count:,} of {accepted:,} were accepted within {within:g} s; touches: {states}")
            time.sleep(0.005)
            with self.provider.log.open("rb") as log:
                log.seek(seen)
                new = log.read().rpartition(b"\n")[0]
            seen += len(new)
            count += new.count(b'"event": "accepted"')

    def wait_until_settled(self, *, within: float) -> None:
        """Return once no touch is waiting or under way in our rows."""
        deadline = time.monotonic() + within
        while self._open():
            if time.monotonic() > deadline:
                raise RuntimeError(f"touches are still open after {within:g} s: {dict(self.states())}")
            time.sleep(0.02)

    def states(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for practice_id, ids in self.touch_ids.items():
            with practice_scope(practice_id):
                touches = Touch.objects.filter(practice=practice_id, pk__among=ids)
                found.update(touches.values_list("state", flat=True))
        return found

    def check_all_sent(self) -> None:
        """Raises unless the provider took every message once and our rows say that each was sent."""
        accepted, sent = self.accepted(), self.states()[Touch.State.SENT]
        numbers = len({record["to"] for record in accepted})
        if not len(accepted) == numbers == sent == self.size:
            raise RuntimeError(f"{self.size} due: {len(accepted)} accepted for {numbers} numbers, {sent} sent")

    def faults(self) -> Sequence[str]:
        """What is wrong by the provider's own log: doubled, lost, or ended without an explanation."""
        return judge(list(self.touch_ids), accepted=self.accepted()).faults

    def message_rows(self) -> int:
        return self._count(Message)

    def tasks(self) -> int:
        """How much was left to people."""
        return self._count(Task)

    def touch_of_token(self) -> dict[str, int]:
        """The touch behind each id of ours that the provider knows."""
        found: dict[str, int] = {}
        for practice_id in self.touch_ids:
            with practice_scope(practice_id):
                found |= dict(Attempt.objects.filter(practice=practice_id).values_list("token", "touch_id"))
        return found

    def _open(self) -> bool:
        for practice_id, ids in self.touch_ids.items():
            with practice_scope(practice_id):
                touches = Touch.objects.filter(practice=practice_id, pk__among=ids, state__in=OPEN)
                if touches.exists():
                    return True
        return False

    def _count(self, model: type[Message] | type[Task]) -> int:
        total = 0
        for practice_id in self.touch_ids:
            with practice_scope(practice_id):
                total += model.objects.filter(practice=practice_id).count()
        return total


def gather(to: Provider, *, messages: int, practices: int, skip: int = 0) -> Crowd:
    """A crowd of new practices, none of whose messages is due yet; no client belongs to two of them."""
    share = messages // practices
    clinics = [open_clinic(config=to.config, now=moved_clock()) for _ in range(practices)]
    return Crowd(
        provider=to,
        touch_ids={pk: join(pk, clients=share, skip=skip + n * share) for n, pk in enumerate(clinics)},
        before=len(to.accepted()),
    )


def join(practice_id: int, *, clients: int, skip: int = 0) -> list[int]:
    """The touches of so many more clients of a practice: due in a day, or when somebody lets them fall due."""
    later = moved_clock() + LATER
    add_due_check_ins(practice_id, clients=clients, now=later, skip=skip)
    with practice_scope(practice_id):
        due = Touch.objects.filter(practice=practice_id, state=Touch.State.PLANNED, due_at__lte=later)
        ids = list(due.order_by("-pk").values_list("pk", flat=True)[:clients])
    if len(ids) != clients:
        raise RuntimeError(f"{len(ids)} of {clients} check-ins are planned")
    return ids
