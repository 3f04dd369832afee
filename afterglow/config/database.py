"""Make the database ready: started, migrated by its owner, open to the app's role and to nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from afterglow.config import embedded
from afterglow.config.addresses import EMBEDDED_DATABASE, Address, as_django, parsed
from afterglow.config.env import WrongSetting
from afterglow.config.grants import grant_what_the_app_needs, make_app_role, refuse_powerful_role

_TURN = 0x_AF7E_6103  # any number, the same for everybody who prepares a database


def prepare_database(*, verbosity: int = 0) -> None:
    """The configured database is up to date and the app's role can work in it, whatever state it was in before.

    Several processes may call it at once. Raises WrongSetting or EmbeddedFailed with a sentence for the administrator.
    """
    owner = owner_address()
    prepare(owner=owner, app=settings.APP_DATABASE, is_role_ours=not settings.HAS_OWN_APP_ROLE, verbosity=verbosity)


def owner_address() -> Address:
    """How the owner reaches the configured database; starts the embedded server if it is the one."""
    if settings.OWNER_DATABASE_URL:
        return parsed(settings.OWNER_DATABASE_URL, name="DATABASE_URL")
    server = embedded.start(settings.DATA_DIR)
    create_database(server, EMBEDDED_DATABASE)
    return parsed(make_conninfo(server, dbname=EMBEDDED_DATABASE), name="DATABASE_URL")


def create_database(server: str, name: str, *, template: str = "template1") -> None:
    """Make the database unless it exists."""
    with psycopg.connect(server, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        try:
            connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return  # another process was first


def prepare(*, owner: Address, app: Address, is_role_ours: bool, verbosity: int = 0) -> None:
    """Migrate the owner's database and open it to the app's role, which is made if it is ours to make."""
    try:
        connection = psycopg.connect(make_conninfo(**owner), autocommit=True)
    except psycopg.OperationalError as error:
        raise WrongSetting(f"The database does not answer at {_shown(owner)}. {error}".strip()) from error
    with connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_TURN])
        with _owner_connection(owner) as alias:
            call_command("migrate", database=alias, interactive=False, verbosity=verbosity)
        with connection.transaction():
            if is_role_ours:
                make_app_role(connection, role=app["user"], password=app["password"])
            refuse_powerful_role(connection, role=app["user"])
            grant_what_the_app_needs(connection, role=app["user"])


@contextmanager
def _owner_connection(owner: Address) -> Iterator[str]:
    """An alias that exists only while the owner works: nothing else in this process can use it by mistake."""
    alias = "owner"
    connections.settings[alias] = {**connections.settings["default"], **as_django(owner)}
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


def _shown(address: Address) -> str:
    return f"{address.get('host', 'localhost')}, database {address['dbname']}, user {address['user']}"
