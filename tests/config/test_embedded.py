"""The embedded PostgreSQL starts once, survives a kill, and leaves every other folder as it was."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from afterglow.config import embedded
from afterglow.config.cluster import cluster_of


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("data")
    embedded.start(folder)
    yield folder
    embedded.throw_away(folder)  # run by root it lives outside the folder that pytest cleans


def test_a_second_start_finds_the_running_server(data_dir: Path) -> None:
    dsn, first = embedded.start(data_dir), _server(data_dir)
    assert embedded.start(data_dir) == dsn
    assert _server(data_dir) == first


def test_it_is_reached_by_its_socket_and_password_only(data_dir: Path) -> None:
    dsn = embedded.start(data_dir)
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(dsn, password="wrong").close()
    assert stat.S_IMODE(cluster_of(data_dir).socket_dir.stat().st_mode) == 0o700


def test_what_was_committed_survives_a_kill(data_dir: Path) -> None:
    with psycopg.connect(embedded.start(data_dir), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('still here')")
    os.kill(_server(data_dir), signal.SIGKILL)
    with psycopg.connect(embedded.start(data_dir)) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("still here",)


def test_after_a_reboot_the_old_process_number_is_no_hindrance(data_dir: Path) -> None:
    embedded.stop(data_dir)
    cluster = cluster_of(data_dir)
    for lock in (cluster.data / "postmaster.pid", cluster.socket_dir / ".s.PGSQL.5432.lock"):
        lock.write_text(f"{os.getpid()}\n{cluster.data}\n")  # another program has that number now
    assert not embedded.is_running(data_dir)
    with psycopg.connect(embedded.start(data_dir)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_it_is_not_stopped_while_somebody_uses_it(data_dir: Path) -> None:
    with psycopg.connect(embedded.start(data_dir)):
        assert not embedded.stop_if_unused(data_dir)
        assert embedded.is_running(data_dir)
    assert embedded.stop_if_unused(data_dir)
    assert not embedded.is_running(data_dir)


def test_the_rights_of_the_folders_above_stay_as_they_were(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    above = [home, *home.parents]
    before = [folder.stat().st_mode for folder in above]
    data_dir = home / ".afterglow"
    try:
        embedded.start(data_dir)
        assert [folder.stat().st_mode for folder in above] == before
    finally:
        embedded.throw_away(data_dir)


def _server(data_dir: Path) -> int:
    pid = cluster_of(data_dir).pid
    assert pid is not None
    return pid
