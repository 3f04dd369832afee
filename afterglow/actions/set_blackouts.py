"""Bans by decree: noted when a state declares one, ended when it is over. Both count from the next decision on."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import Q

from afterglow.actions.release_touches import release_touches
from afterglow.models import Blackout, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import BanScope
from afterglow.rules.zones import state_names

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class NoSuchState(ValueError):
    """That is no state of the US."""


class NoReason(ValueError):
    """A ban must say why: the sentence stands at every message that it holds back."""


class EndsBeforeItBegins(ValueError):
    """The end of a ban must lie after its beginning."""


class OutOfTime(ValueError):
    """A ban begins and ends between the years 2000 and 2199: no zone can be reckoned with at the calendar's edge."""


def add_blackout(
    *,
    practice_id: int,
    state: str,
    scope: BanScope,
    from_at: datetime,
    until_at: datetime | None,
    reason: str,
    by: str,
    now: datetime,
) -> int:
    """The number of the new ban. `state`: two letters, empty for everywhere; without `until_at` it holds until ended.

    NoSuchState, NoReason, EndsBeforeItBegins, OutOfTime.
    """
    if state and state not in state_names():
        raise NoSuchState(state)
    if not reason.strip(" ."):
        raise NoReason
    if until_at is not None and until_at <= from_at:
        raise EndsBeforeItBegins
    if from_at < EARLIEST or max(from_at, until_at or from_at) >= LATEST:
        raise OutOfTime
    with practice_scope(practice_id):
        ban = Blackout.objects.create(
            practice_id=practice_id,
            state=state,
            scope=scope.value,
            from_at=from_at,
            until_at=until_at,
            reason=" ".join(reason.split()).rstrip("."),
            created_at=now,
            created_by=by,
        )
        return ban.pk


def end_blackout(*, practice_id: int, blackout_id: int, by: str, now: datetime) -> bool:
    """Whether the ban was in force or still to come. What waited for it is decided anew at once.

    One that never began is as if it had not been noted: it ends where it would have begun.
    """
    with practice_scope(practice_id):
        standing = Blackout.objects.filter(Q(until_at=None) | Q(until_at__gt=now), practice=practice_id, pk=blackout_id)
        ban = standing.select_for_update().first()
        if ban is None:
            return False
        ban.until_at, ban.ended_by = max(now, ban.from_at), by
        ban.save(update_fields=["until_at", "ended_by"])
        _release(practice_id, ban, now)
        return True


def _release(practice_id: int, ban: Blackout, now: datetime) -> None:
    """Whatever waits with this ban's sentence: what follows the name of the state is its own reason."""
    waiting = Touch.objects.filter(practice=practice_id, state=Touch.State.PLANNED, reason__contains=f": {ban.reason}")
    client_ids = set(waiting.values_list("client_id", flat=True))
    release_touches(practice_id=practice_id, client_ids=client_ids, now=now)
