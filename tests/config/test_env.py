"""A wrong value of the environment is refused with a sentence that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from afterglow.config import env
from afterglow.config.addresses import app_database, parsed
from afterglow.config.env import WrongSetting
from afterglow.config.keys import installation_secret

SECRET = "s" * 40


@pytest.mark.parametrize(("value", "meaning"), [("yes", True), ("1", True), ("OFF", False), ("", False)])
def test_a_flag_is_yes_or_no(monkeypatch: pytest.MonkeyPatch, value: str, meaning: bool) -> None:
    monkeypatch.setenv("AFTERGLOW_DEBUG", value)
    assert env.flag("AFTERGLOW_DEBUG") is meaning


def test_any_other_flag_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERGLOW_DEBUG", "maybe")
    with pytest.raises(WrongSetting, match="AFTERGLOW_DEBUG must be yes or no, not 'maybe'"):
        env.flag("AFTERGLOW_DEBUG")


@pytest.mark.parametrize("value", ["0", "-3", "many", "1.5"])
def test_a_number_below_its_least_or_no_number_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AFTERGLOW_POOL_SIZE", value)
    with pytest.raises(WrongSetting, match="AFTERGLOW_POOL_SIZE must be a whole number of at least 1"):
        env.number("AFTERGLOW_POOL_SIZE", 8)


def test_a_secret_is_read_from_the_file_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://a@b/c\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert env.secret("DATABASE_URL") == "postgresql://a@b/c"


def test_a_secret_file_that_is_missing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL_FILE", "/nowhere/url")
    with pytest.raises(WrongSetting, match="DATABASE_URL_FILE names a file that cannot be read: /nowhere/url"):
        env.secret("DATABASE_URL")


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://a@b/c")
    monkeypatch.setenv("DATABASE_URL_FILE", "/nowhere/url")
    with pytest.raises(WrongSetting, match="Both DATABASE_URL and DATABASE_URL_FILE are set"):
        env.secret("DATABASE_URL")


def test_the_secret_of_an_installation_is_made_once_and_private(tmp_path: Path) -> None:
    made = installation_secret("", data_dir=tmp_path / "data")
    assert installation_secret("", data_dir=tmp_path / "data") == made
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert installation_secret("", data_dir=tmp_path / "other") != made


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="too short"):
        installation_secret("changeme", data_dir=tmp_path)


@pytest.mark.parametrize("url", ["postgresql://host/", "mysql://a:hunter2@b/c", "host=b dbname=c"])
def test_an_address_without_user_or_database_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(WrongSetting, match="DATABASE_URL must") as refusal:
        parsed(url, name="DATABASE_URL")
    assert "hunter2" not in str(refusal.value)


def test_the_app_comes_as_a_role_of_its_own_to_the_owners_database(tmp_path: Path) -> None:
    url = "postgresql://boss:pw@db.example.test:5433/glow?sslmode=require"
    app = app_database(given="", owner_url=url, data_dir=tmp_path, secret_key=SECRET)
    assert (app["host"], app["port"], app["dbname"], app["sslmode"]) == ("db.example.test", "5433", "glow", "require")
    assert app["user"] == "glow_app"
    assert app["password"] not in ("pw", SECRET)


def test_a_given_app_address_wins(tmp_path: Path) -> None:
    given = "postgresql://app:pw@db.example.test/glow"
    app = app_database(given=given, owner_url="postgresql://o:p@x/y", data_dir=tmp_path, secret_key=SECRET)
    assert (app["user"], app["password"], app["dbname"]) == ("app", "pw", "glow")
