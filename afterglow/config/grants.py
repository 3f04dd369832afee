"""The app's role: it reads and writes rows, and can change nothing about who may."""

from __future__ import annotations

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from afterglow.config.env import WrongSetting

# Evidence is written once: a consent may move to the client it turns out to belong to, and no word of it changes.
_EVIDENCE = {"afterglow_consent": "client_id"}
_ADDED_TO_ONLY = ("afterglow_ledgerentry", "afterglow_consenttext")
_READ_ONLY = ("django_migrations",)


def make_app_role(connection: psycopg.Connection, *, role: str, password: str) -> None:
    """The login role exists, has this password and no special right."""
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    command = SQL("{} ROLE {} LOGIN PASSWORD {}").format(
        SQL("ALTER" if found else "CREATE"), Identifier(role), Literal(verifier)
    )
    try:
        connection.execute(command)
    except psycopg.errors.InsufficientPrivilege as error:
        raise WrongSetting(
            f"The user of DATABASE_URL may not make the role {role}. Give it CREATEROLE, or let an administrator make "
            "a login role without special rights and set AFTERGLOW_APP_DATABASE_URL to it."
        ) from error


def refuse_powerful_role(connection: psycopg.Connection, *, role: str) -> None:
    """Raise WrongSetting unless the database's rules hold for this role."""
    row = connection.execute(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole, pg_has_role(%(role)s, current_user, 'MEMBER') "
        "FROM pg_roles WHERE rolname = %(role)s",
        {"role": role},
    ).fetchone()
    if row is None:
        raise WrongSetting(f"The role {role} of AFTERGLOW_APP_DATABASE_URL does not exist in this database server.")
    if any(row):
        raise WrongSetting(
            f"The role {role} could see every practice: it is a superuser, bypasses row-level security, makes roles, "
            "or belongs to the owner. Use a login role of its own without special rights."
        )


def grant_what_the_app_needs(connection: psycopg.Connection, *, role: str) -> None:
    """Rows of every table, numbers of every sequence, our own functions. Runs after every migration, in one step."""
    schema, app = _schema(connection), Identifier(role)
    for command in _grants(connection, schema, app):
        connection.execute(command)


def _grants(connection: psycopg.Connection, schema: Identifier, app: Identifier) -> list[Composed]:
    everything = [
        "GRANT USAGE ON SCHEMA {schema} TO {app}",
        "REVOKE CREATE ON SCHEMA {schema} FROM {app}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {app}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {app}",  # TRUNCATE ignores policies
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {app}",
    ]
    commands: list[Composed] = [SQL(command).format(schema=schema, app=app) for command in everything]
    for table in _READ_ONLY:
        commands.append(SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}").format(Identifier(table), app))
    for table in _ADDED_TO_ONLY:
        commands.append(SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(Identifier(table), app))
    for table, column in _EVIDENCE.items():
        commands.append(SQL("REVOKE UPDATE ON {} FROM {}").format(Identifier(table), app))
        commands.append(SQL("GRANT UPDATE ({}) ON {} TO {}").format(Identifier(column), Identifier(table), app))
    for function in _doors(connection):
        commands.append(SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(SQL(function), app))
    return commands


def _doors(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT oid::regprocedure::text FROM pg_proc "
        "WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'afterglow%'"
    )
    return [signature for (signature,) in rows]


def _schema(connection: psycopg.Connection) -> Identifier:
    row = connection.execute("SELECT current_schema()").fetchone()
    if row is None or row[0] is None:
        raise WrongSetting("The database has no schema that its owner can use. Check the owner's search_path.")
    return Identifier(row[0])
