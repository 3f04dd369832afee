"""A database of somebody else's server is prepared by an ordinary owner, and told apart from the app."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier, Literal
from psycopg.types.json import Jsonb

from afterglow.config.addresses import Address, parsed
from afterglow.config.database import create_database, prepare
from afterglow.config.env import WrongSetting

_PRACTICE = {
    **dict.fromkeys(
        ("name", "timezone", "state", "phone", "urgent_phone", "address", "booking_link", "alert_email", "alert_phone"),
        "",
    ),
    **dict.fromkeys(
        (
            "id",
            "high_value_threshold",
            "messages_per_day",
            "marketing_per_week",
            "history_per_day",
            "alert_after_minutes",
        ),
        1,
    ),
    **dict.fromkeys(("is_voice_enabled", "is_merging_same_day", "has_named_treatments", "is_demo"), False),
    "stop_scope": "everything",
    "opens_at": "09:00",
    "closes_at": "20:00",
    "weekdays": [0],
    "created_at": "2026-03-13T15:00:00Z",
}


@pytest.fixture
def owner(database_server: str, django_db_blocker: object) -> Iterator[Address]:
    """An owner who may make roles and is no superuser, with an empty database."""
    name, password = f"afterglow_owned_{os.getpid()}", "owner-password"
    with psycopg.connect(database_server, autocommit=True) as server:
        server.execute(SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(Identifier(name), Literal(password)))
        create_database(database_server, name)
        server.execute(SQL("ALTER DATABASE {} OWNER TO {}").format(Identifier(name), Identifier(name)))
        with django_db_blocker.unblock():  # type: ignore[attr-defined]
            yield parsed(make_conninfo(database_server, dbname=name, user=name, password=password), name="DATABASE_URL")
        server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
        server.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(f"{name}_app")))
        server.execute(SQL("DROP ROLE {}").format(Identifier(name)))


def _app(owner: Address) -> Address:
    return {**owner, "user": f"{owner['dbname']}_app", "password": "app-password"}


def test_an_ordinary_owner_prepares_a_database_again_and_again(owner: Address) -> None:
    for _ in range(2):
        prepare(owner=owner, app=_app(owner), is_role_ours=True)
    with psycopg.connect(make_conninfo(**owner)) as connection:
        connection.execute(
            "INSERT INTO afterglow_practice SELECT (jsonb_populate_record(NULL::afterglow_practice, %s)).*",
            [Jsonb(_PRACTICE)],
        )
    with psycopg.connect(make_conninfo(**_app(owner))) as connection:
        assert connection.execute("SELECT count(*) FROM afterglow_practice").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM afterglow_all_practices()").fetchone() == (1,)


def test_a_role_that_sees_everything_is_refused_as_the_apps(owner: Address, database_server: str) -> None:
    superuser = parsed(make_conninfo(database_server), name="DATABASE_URL")["user"]
    with pytest.raises(WrongSetting, match="could see every practice"):
        prepare(owner=owner, app={**owner, "user": superuser}, is_role_ours=False)
    with pytest.raises(WrongSetting, match="could see every practice"):
        prepare(owner=owner, app=owner, is_role_ours=False)


def test_an_owner_who_may_not_make_roles_is_told_what_to_do(owner: Address, database_server: str) -> None:
    with psycopg.connect(database_server, autocommit=True) as server:
        server.execute(SQL("ALTER ROLE {} NOCREATEROLE").format(Identifier(owner["user"])))
    with pytest.raises(WrongSetting, match="AFTERGLOW_APP_DATABASE_URL"):
        prepare(owner=owner, app=_app(owner), is_role_ours=True)


def test_a_server_that_does_not_answer_is_named(owner: Address) -> None:
    with pytest.raises(WrongSetting, match="does not answer at /nowhere") as refusal:
        prepare(owner={**owner, "host": "/nowhere"}, app=_app(owner), is_role_ours=True)
    assert "owner-password" not in str(refusal.value)
