"""`afterglow up`: everything one practice needs, in one process group."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.conf import settings
from psycopg.conninfo import make_conninfo

from afterglow.config import embedded
from afterglow.config.children import Child
from afterglow.config.database import prepare_database
from afterglow.config.env import WrongSetting

WRONG_USE = 2
_LOOK_SECONDS = 0.25
_PAUSE_SECONDS = 5.0
_WORKER_SECONDS = 30.0
_WEB_SECONDS = 15.0


def up(*, host: str = "127.0.0.1", port: int = 8000, workers: int = 1, web: int = 1, concurrency: int = 4) -> int:
    """Run database, web and workers until Ctrl-C or SIGTERM. 0 after a clean stop, 2 when it cannot start."""
    try:
        listening = _listen(host, port)
    except OSError as error:
        _say(_unusable(host, port, error))
        return WRONG_USE
    with listening, _told_to_stop() as told:
        try:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "afterglow.config.settings")
            django.setup()
            prepare_database()
        except (WrongSetting, embedded.EmbeddedFailed) as error:
            _say(str(error))
            return WRONG_USE
        children = _children(listening, workers=workers, web=web, concurrency=concurrency)
        for child in children:
            child.start()
        _say(f"Afterglow is at http://{_shown(host)}:{listening.getsockname()[1]} (Ctrl-C stops it)")
        while not told:
            _look_after(children)
            time.sleep(_LOOK_SECONDS)
        _stop(children)
    return 0


def port_fault(*, port: int, host: str = "127.0.0.1") -> str:
    """Why `up` could not listen there; empty when it could."""
    try:
        _listen(host, port).close()
    except OSError as error:
        return _unusable(host, port, error)
    return ""


def _unusable(host: str, port: int, error: OSError) -> str:
    return f"Port {port} on {host} cannot be used: {error.strerror}. Stop what uses it, or choose another --port."


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except OSError:
        listening.close()
        raise
    return listening


@contextmanager
def _told_to_stop() -> Iterator[list[int]]:
    """The signals received so far; the first one means stop."""
    received: list[int] = []
    before = {
        number: signal.signal(number, lambda got, _frame: received.append(got))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _children(listening: socket.socket, *, workers: int, web: int, concurrency: int) -> list[Child]:
    """The watcher and the web first, the workers last: they are stopped in the opposite order."""
    environment = _environment(listening.getsockname()[1])
    descriptor = listening.fileno()
    webs = [
        Child(
            name=_numbered("web", n, of=web),
            command=[sys.executable, "-m", "afterglow.config.web", str(descriptor)],
            environment=environment,
            pass_fds=(descriptor,),
        )
        for n in range(web)
    ]
    hands = [
        Child(
            name=_numbered("worker", n, of=workers),
            command=[sys.executable, "-m", "afterglow.config.worker", str(concurrency)],
            environment=environment,
        )
        for n in range(workers)
    ]
    watch = [sys.executable, "-m", "afterglow.cli.watch_child"]
    return [Child(name="watcher", command=watch, environment=environment), *webs, *hands]


def _environment(port: int) -> dict[str, str]:
    """What the children are told: where links lead, and the app's own way into the database, never the owner's."""
    owners = ("DATABASE_URL", "DATABASE_URL_FILE", "AFTERGLOW_APP_DATABASE_URL_FILE")
    inherited = {name: value for name, value in os.environ.items() if name not in owners}
    return {
        "AFTERGLOW_SITE_URL": f"http://127.0.0.1:{port}",
        **inherited,
        "AFTERGLOW_DATA": str(settings.DATA_DIR),
        "AFTERGLOW_APP_DATABASE_URL": make_conninfo(**settings.APP_DATABASE),
    }


def _look_after(children: list[Child]) -> None:
    if not settings.OWNER_DATABASE_URL and not embedded.is_running(settings.DATA_DIR):
        _say("the database ended; starting it again")
        try:
            embedded.start(settings.DATA_DIR)
        except embedded.EmbeddedFailed as error:
            _say(str(error))
            time.sleep(_PAUSE_SECONDS)
    for child in children:
        if sentence := child.look_after():
            _say(sentence)


def _stop(children: list[Child]) -> None:
    """Workers finish their jobs, the web its requests, and the database goes last, if it is ours."""
    _say("stopping: messages being sent are finished first")
    for child in reversed(children):
        child.stop(within=_WORKER_SECONDS if child.name.startswith("worker") else _WEB_SECONDS)
    if not settings.OWNER_DATABASE_URL and not embedded.stop_if_unused(settings.DATA_DIR):
        _say("the database goes on: another process is using it")
    _say("stopped")


def _numbered(name: str, n: int, *, of: int) -> str:
    return name if of == 1 else f"{name} {n + 1}"


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
