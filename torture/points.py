"""The named points of the send path, and how a worker is made to die at one of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from afterglow.actions import claim_touches, process_events, record_outcomes, resolve_unknown
from afterglow.channels.sms.twilio import TwilioSender

# In the order in which one message passes them. Each pair names what has been written, and what has not.
POINTS = (
    "claim: decided, not committed",
    "claim: intent committed, not handed over",
    "send: handed over, not requested",
    "send: answered, not told",
    "outcome: told, not committed",
    "outcome: committed",
    "events: read, not committed",
    "events: committed",
    "look-up: about to ask",
    "look-up: answered",
    "settle: decided, not committed",
    "settle: committed",
)
_SCOPES = {
    claim_touches: ("claim: decided, not committed", "claim: intent committed, not handed over"),
    record_outcomes: ("outcome: told, not committed", "outcome: committed"),
    process_events: ("events: read, not committed", "events: committed"),
    resolve_unknown: ("settle: decided, not committed", "settle: committed"),
}
_CALLS = {
    "send": ("send: handed over, not requested", "send: answered, not told"),
    "look_up": ("look-up: about to ask", "look-up: answered"),
}


@contextmanager
def dying_at(point: str, *, passes: int) -> Iterator[None]:
    """Inside the block this process kills itself, as `kill -9` does, when it passes the point for the n-th time."""
    if point not in POINTS:
        raise ValueError(f"There is no point called {point}; there are: {', '.join(POINTS)}.")
    fuse = _Fuse(point, passes)
    patches = [patch.object(module, "practice_scope", _scope(module, fuse, names)) for module, names in _SCOPES.items()]
    patches += [patch.object(TwilioSender, name, _call(name, fuse, names)) for name, names in _CALLS.items()]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


class _Fuse:
    def __init__(self, point: str, passes: int) -> None:
        self._point, self._left = point, passes

    def pass_by(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _scope(module: Any, fuse: _Fuse, names: tuple[str, str]) -> Callable[[int], Any]:
    """The module's transaction, with a place to die on either side of its commit."""
    original = module.practice_scope

    @contextmanager
    def scope(practice_id: int) -> Iterator[None]:
        with original(practice_id):
            yield
            fuse.pass_by(names[0])
        fuse.pass_by(names[1])

    return scope


def _call(name: str, fuse: _Fuse, names: tuple[str, str]) -> Callable[..., Awaitable[Any]]:
    """A call to the provider, with a place to die on either side of it."""
    original = getattr(TwilioSender, name)

    async def call(*args: Any, **options: Any) -> Any:
        fuse.pass_by(names[0])
        answer = await original(*args, **options)
        fuse.pass_by(names[1])
        return answer

    return call
