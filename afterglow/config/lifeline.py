"""A child process that does not outlive its parent, however the parent dies."""

from __future__ import annotations

import os
import signal
import threading


def stop_with_parent() -> None:
    """Stop this process as SIGTERM would when its standard input ends. The parent holds the other end of that pipe."""
    threading.Thread(target=_watch, daemon=True, name="lifeline").start()


def _watch() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
