"""A PostgreSQL for the tests of this checkout, and databases made from one migrated template."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from afterglow.config import embedded
from afterglow.config.addresses import Address
from afterglow.config.database import create_database, prepare

ROLE, PASSWORD = "afterglow_tests_app", "only-for-tests"  # the same for every process that shares the server
_MIGRATIONS = Path(__file__).resolve().parent.parent / "afterglow" / "migrations"
_HARMLESS_LOSS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True, slots=True)
class LiveDatabase:
    """A database that exists for one test."""

    owner_dsn: str
    app: Address
    environment: dict[str, str]  # for the processes a test starts


@contextmanager
def server(scratch: Path) -> Iterator[str]:
    """The owner's connection string of a running server: DATABASE_URL, or one of our own, stopped by its last user."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    scratch.mkdir(exist_ok=True, mode=0o700)
    with (scratch / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield embedded.start(scratch, options=_HARMLESS_LOSS)
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            with _nobody_else(users) as is_last:
                if is_last:
                    embedded.stop(scratch)


@contextmanager
def database(owner: str, name: str) -> Iterator[Address]:
    """A fresh, migrated and empty database under this name, as the app's role sees it; dropped afterwards."""
    template = _template(owner)
    _drop(owner, name)
    create_database(owner, name, template=template)
    try:
        yield as_app(owner, name)
    finally:
        _drop(owner, name)


def as_app(owner: str, name: str) -> Address:
    address = {key: str(value) for key, value in conninfo_to_dict(owner).items() if value is not None}
    return {**address, "dbname": name, "user": ROLE, "password": PASSWORD}


def as_owner(owner: str, name: str) -> str:
    return make_conninfo(owner, dbname=name)


def _template(owner: str) -> str:
    """Migrated once for this state of the migrations; several test processes wait for the first one."""
    name = f"afterglow_template_{_fingerprint()}"
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [0x_7E57])
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not found:
            draft = f"{name}_draft"
            _drop(owner, draft)
            create_database(owner, draft)
            prepare(owner=_address(as_owner(owner, draft)), app=as_app(owner, draft), is_role_ours=True)
            connection.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(draft), Identifier(name)))
    return name


def _fingerprint() -> str:
    sources = [path.read_bytes() for path in sorted(_MIGRATIONS.glob("*.py"))]
    sources.append((_MIGRATIONS.parent / "config" / "grants.py").read_bytes())
    versions = [importlib.metadata.version(name) for name in ("django", "procrastinate")]
    everything = b"".join(sources) + "".join([*versions, ROLE, PASSWORD, *settings.INSTALLED_APPS]).encode()
    return hashlib.sha256(everything).hexdigest()[:12]


def _drop(owner: str, name: str) -> None:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _address(dsn: str) -> Address:
    return {key: str(value) for key, value in conninfo_to_dict(dsn).items() if value is not None}


@contextmanager
def _nobody_else(users: object) -> Iterator[bool]:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except OSError:
        yield False
    else:
        yield True
