"""Where the database is, and as whom we come: the app's role for every day, the owner's only to migrate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from afterglow.config.cluster import cluster_of
from afterglow.config.env import WrongSetting
from afterglow.config.keys import derived_password

EMBEDDED_DATABASE = "afterglow"
ENGINE = "afterglow.config.postgres"

Address = dict[str, str]
"""Parameters of a connection by libpq's names: host, port, dbname, user, password, sslmode …"""


def app_database(*, given: str, owner_url: str, data_dir: Path, secret_key: str) -> Address:
    """The app's address: the given one; or the owner's with the app's own role and its derived password."""
    if given:
        return parsed(given, name="AFTERGLOW_APP_DATABASE_URL")
    address = (
        parsed(owner_url, name="DATABASE_URL")
        if owner_url
        else {"host": str(cluster_of(data_dir).socket_dir), "dbname": EMBEDDED_DATABASE}
    )
    return as_app_role(address, secret_key=secret_key)


def as_app_role(address: Address, *, secret_key: str) -> Address:
    """The same database as the role `<database>_app`."""
    role = f"{address['dbname']}_app"
    return {**address, "user": role, "password": derived_password(secret_key, purpose=f"database role {role}")}


def parsed(url: str, *, name: str) -> Address:
    """The parameters of a connection string. Raises WrongSetting without showing its password."""
    try:
        address = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    except ProgrammingError as error:
        raise WrongSetting(f"{name} must look like postgresql://user:password@host:5432/database.") from error
    if not address.get("dbname") or not address.get("user"):
        raise WrongSetting(f"{name} must name a user and a database: postgresql://user:password@host:5432/database.")
    return address


def as_django(address: Address, *, pool_size: int = 0) -> dict[str, Any]:
    """The address as an entry of Django's DATABASES, with a pool of connections per process if a size is given."""
    rest = {key: value for key, value in address.items() if key not in {"host", "port", "dbname", "user", "password"}}
    pool = {"pool": {"min_size": 1, "max_size": pool_size, "timeout": 10}} if pool_size else {}
    return {
        "ENGINE": ENGINE,
        "HOST": address.get("host", ""),
        "PORT": address.get("port", ""),
        "NAME": address["dbname"],
        "USER": address["user"],
        "PASSWORD": address.get("password", ""),
        "OPTIONS": {**rest, **pool},
    }
