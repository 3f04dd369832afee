"""Whether this process was told to stop: work that can end early looks here between two pieces."""

from __future__ import annotations

from threading import Event

_told = Event()


def stop_soon() -> None:
    """Tell everything in this process that it is to finish the piece in hand and begin no other."""
    _told.set()


def is_stopping() -> bool:
    return _told.is_set()
