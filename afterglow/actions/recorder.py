"""Write down what was answered on a thread and a connection of its own, while the caller decides the next batch."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Self

from django.db import InterfaceError, OperationalError, connection

from afterglow.actions.lane import Handed
from afterglow.actions.record_outcomes import record_outcomes
from afterglow.config.logs import log

PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 4.0)  # seconds before each further try: as long as a database takes to restart
AWAY = (OperationalError, InterfaceError)


class Recorder:
    """Open inside `with`: put outcomes in; they are written one batch after the other.

    An outcome may be written without the practice's turn: it is what happened, and settles only what nobody else has.
    """

    def __init__(self, *, practice_id: int, clock: Callable[[], datetime]) -> None:
        self._practice_id = practice_id
        self._clock = clock
        self._thread: ThreadPoolExecutor | None = None
        self._under_way: tuple[Future[bool], Sequence[Handed]] | None = None
        self._kept: Sequence[Handed] = ()

    def __enter__(self) -> Self:
        if not connection.in_atomic_block:  # inside a transaction, nobody else sees what is to be written
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="record")
        return self

    def __exit__(self, failure: type[BaseException] | None, *exc: object) -> None:
        """What was put in is written: a fault is given a second try, a database that is away some time to come back.

        An exception under way goes on.
        """
        try:
            self._write_the_rest()
        except Exception as error:
            if failure is None:
                raise
            log("outcomes.not_written", level=logging.ERROR, error=error, practice=self._practice_id)
        finally:
            if self._thread is not None:
                self._thread.submit(_let_go).result()
                self._thread.shutdown()

    def put(self, outcomes: Sequence[Handed]) -> bool:
        """Have these written once those before them are; the news of those."""
        try:
            is_news = self.news(wait=True)
        finally:
            self.keep(outcomes)
        self._begin()
        return is_news

    def keep(self, outcomes: Sequence[Handed]) -> None:
        """Have these written with the next ones, or at the end."""
        self._kept = [*self._kept, *outcomes]

    def news(self, *, wait: bool) -> bool:
        """Whether an account went out of order or came back since this was last asked.

        Raises what went wrong in writing. Told to wait, it speaks of everything that was put in.
        """
        if self._under_way is None or not (wait or self._under_way[0].done()):
            return False
        (written, outcomes), self._under_way = self._under_way, None
        try:
            return written.result()
        except BaseException:
            self._kept = [*outcomes, *self._kept]
            raise

    def _write_the_rest(self) -> None:
        pauses = iter(PAUSES)
        while self._under_way or self._kept:
            try:
                if self._under_way is None:
                    self._begin()
                self.news(wait=True)
            except Exception as error:
                pause = next(pauses, None)
                if pause is None or (pause and not isinstance(error, AWAY)):
                    raise
                log("outcomes.tried_again", level=logging.WARNING, error=error, practice=self._practice_id)
                time.sleep(pause)

    def _begin(self) -> None:
        outcomes, self._kept = self._kept, ()
        if self._thread is not None:
            self._under_way = self._thread.submit(self._record, outcomes), outcomes
            return
        written: Future[bool] = Future()
        self._under_way = written, outcomes
        try:
            written.set_result(self._record(outcomes))
        except Exception as error:
            written.set_exception(error)

    def _record(self, outcomes: Sequence[Handed]) -> bool:
        return record_outcomes(practice_id=self._practice_id, outcomes=outcomes, now=self._clock())


def _let_go() -> None:
    """Give this thread's connection back."""
    connection.close()
