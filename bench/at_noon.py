"""Worker, web and stand-in provider as programs of their own, with clocks that say it is noon at the practices.

`python -m bench.at_noon worker [POINT PASSES]` (it dies at a named point), `… web PORT`, `… gateway OPTIONS`. The
clocks run, moved by SHIFT_SECONDS: so messages may leave at night as well.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from importlib import import_module
from unittest.mock import patch

import django

from afterglow.config.lifeline import stop_with_parent
from afterglow.config.memory import settle_memory

NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)  # at the practices: a Wednesday, and a holiday nowhere


def moved_clock() -> datetime:
    """Now, as everybody in the experiment sees it."""
    return datetime.now(UTC) + _shift()


def shift_to_noon() -> str:
    """The SHIFT_SECONDS that makes it noon now."""
    return str((NOON - datetime.now(UTC)).total_seconds())


def main() -> None:
    """Run the program that the arguments name until it is stopped, or dies where it was told to."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "afterglow.config.settings")
    stop_with_parent()
    program, *arguments = sys.argv[1:]
    _PROGRAMS[program](*arguments)


def _worker(point: str = "", passes: str = "1") -> None:
    django.setup()
    run_worker = import_module("afterglow.config.worker").run_worker
    with ExitStack() as changed:
        changed.enter_context(patch("afterglow.jobs.clock", moved_clock))
        if point:
            changed.enter_context(import_module("torture.points").dying_at(point, passes=int(passes)))
        settle_memory()
        sys.exit(run_worker())


def _web(port: str) -> None:
    django.setup()
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", int(port)))
    listening.listen(512)
    with patch("django.utils.timezone.now", moved_clock):
        import_module("afterglow.config.web").serve(listening)


def _gateway(*options: str) -> None:
    import_module("afterglow.channels.gateway.__main__").main(
        options, clock=lambda: time.time() + _shift().total_seconds()
    )


def _shift() -> timedelta:
    return timedelta(seconds=float(os.environ.get("SHIFT_SECONDS", "0")))


_PROGRAMS: dict[str, Callable[..., None]] = {"worker": _worker, "web": _web, "gateway": _gateway}

if __name__ == "__main__":
    main()
