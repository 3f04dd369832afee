"""Whose rows are visible now. Outside a scope, nobody's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

_wrapper: Any = connection  # this thread's own; `practice_id` is an attribute of our DatabaseWrapper


class NoScope(Exception):
    """Something was left for the end of a scope, and there is none."""


class OtherPractice(Exception):
    """A scope was opened inside the scope of another practice. Leave the first one before."""


@contextmanager
def practice_scope(practice_id: int) -> Iterator[None]:
    """One transaction in which the database shows and accepts the rows of this practice only.

    The practice belongs to the transaction, not to the connection, so a connection returned to the pool carries nothing
    over. A scope inside a scope of the same practice is a savepoint; of another practice, it raises OtherPractice.
    """
    outer = _wrapper.practice_id
    if outer is not None and outer != practice_id:
        raise OtherPractice(f"practice {practice_id} inside practice {outer}")
    with transaction.atomic():
        if outer is None:
            with _shown(practice_id):
                yield
        else:
            yield


def at_the_end(work: Callable[[list[Any]], None], items: Iterable[Any]) -> None:
    """Do this work once, for all the items left for it, as the last thing before the outermost scope commits.

    What everybody must lock is locked here: nobody who holds it waits for another lock then. A savepoint that was taken
    back leaves its items: the work looks whether they still matter.
    """
    if _wrapper.last_works is None:
        raise NoScope(NoScope.__doc__)
    _wrapper.last_works.setdefault(work, []).extend(items)


def new_practice_id() -> int:
    """The id of a practice that is about to be created: open its scope, then save it under this id."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('afterglow_practice', 'id'))")
        return int(cursor.fetchone()[0])


@contextmanager
def _shown(practice_id: int) -> Iterator[None]:
    is_nested = bool(_wrapper.savepoint_ids)
    _set(practice_id)
    _wrapper.practice_id, _wrapper.last_works = practice_id, {}
    try:
        yield
        if not _wrapper.needs_rollback:
            for work, items in _wrapper.last_works.items():
                work(items)
        if is_nested and not _wrapper.needs_rollback:
            _set(None)  # the transaction around us goes on; after an error its savepoint takes the setting back
    finally:
        _wrapper.practice_id, _wrapper.last_works = None, None


def _set(practice_id: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('afterglow.practice_id', %s, true)", [str(practice_id or "")])
