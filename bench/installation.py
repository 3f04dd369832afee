"""A place of its own for an experiment: an installation that is thrown away afterwards, and a port that is free."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from afterglow.config import embedded

_OF_ANOTHER = ("DATABASE_URL", "AFTERGLOW_APP_DATABASE_URL", "AFTERGLOW_DEBUG")


@contextmanager
def installation() -> Iterator[dict[str, str]]:
    """The environment of an installation with its own embedded PostgreSQL, as a practice would run it."""
    inherited = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER}
    with tempfile.TemporaryDirectory(prefix="afterglow-") as folder:
        data_dir = Path(folder).resolve()
        try:
            yield {**inherited, "AFTERGLOW_DATA": str(data_dir), "AFTERGLOW_LOG_LEVEL": "ERROR"}
        finally:
            embedded.throw_away(data_dir)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])
