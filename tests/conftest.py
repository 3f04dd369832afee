"""The database of the tests: a PostgreSQL of our own, migrated once by its owner, used as the app's role.

`db` gives a test one transaction that is rolled back. `live_database` gives it a database of its own that other
processes and threads can use. There is no `django_db(transaction=True)`: emptying tables is not the app's right.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
SCRATCH = Path(tempfile.gettempdir()) / f"afterglow-tests-{os.getuid()}-{hashlib.sha256(bytes(HERE)).hexdigest()[:8]}"

# Set before Django reads them: nothing of a developer's own installation is touched.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "afterglow.config.settings")
os.environ["AFTERGLOW_DATA"] = str(SCRATCH)
os.environ["AFTERGLOW_SECRET_KEY"] = "only-for-tests-and-long-enough-for-them"

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from afterglow.config.addresses import Address, as_django  # noqa: E402
from tests import databases  # noqa: E402
from tests.databases import LiveDatabase  # noqa: E402

django.setup()  # a folder that is run alone has a conftest that imports models right away


def pytest_configure() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    with databases.server(SCRATCH) as owner:
        yield owner


@pytest.fixture(scope="session")
def django_db_setup(database_server: str, django_db_blocker: Any) -> Iterator[None]:
    """One database for this test process, migrated by the owner, entered by the app."""
    with django_db_blocker.unblock(), databases.database(database_server, f"afterglow_test_{os.getpid()}") as app:
        _point_django_at(app)
        yield
        connections.close_all()


@pytest.fixture
def live_database(
    request: pytest.FixtureRequest, database_server: str, django_db_setup: None, django_db_blocker: Any, tmp_path: Path
) -> Iterator[LiveDatabase]:
    """A database with real commits, for tests with real processes or threads."""
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        pytest.fail("live_database commits and django_db rolls back: use one of them")
    from psycopg.conninfo import make_conninfo

    before = dict(connections.settings["default"])
    name = f"afterglow_live_{os.getpid()}"
    with django_db_blocker.unblock(), databases.database(database_server, name) as app:
        connections.close_all()
        _point_django_at(app)
        live = LiveDatabase(
            owner_dsn=databases.as_owner(database_server, name),
            app=app,
            environment={
                **os.environ,
                "AFTERGLOW_DATA": str(tmp_path),
                "AFTERGLOW_APP_DATABASE_URL": make_conninfo(**app),
                "PYTHONPATH": str(HERE.parent),
            },
        )
        try:
            yield live
        finally:
            connections.close_all()
            connections.settings["default"].update(before)


def _point_django_at(app: Address) -> None:
    """In place: every thread's connection reads the same entry. Without a pool, so that nothing stays open."""
    connections.settings["default"].update(as_django(app))
