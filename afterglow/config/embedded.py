"""The PostgreSQL that comes with Afterglow: nothing to install, started on first use, shared by every process.

It listens on a Unix socket only. An ordinary user runs it from the data directory. PostgreSQL refuses to run as root,
so root runs it as a system user from a copy under /var/lib/afterglow: no right of any other folder is changed.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from afterglow.config.cluster import OWNER, Cluster, cluster_of
from afterglow.config.programs import run, use_programs

_OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "15s",  # a burst of new rows is known to the planner before it ends
    "jit": "off",  # our queries are short, and compiling them costs more than running them
    "synchronous_commit": "on",
    "max_connections": "80",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_error_verbosity": "terse",  # the detail of an error quotes the row
    "log_min_error_statement": "panic",  # and a statement quotes its values
}


class EmbeddedFailed(Exception):
    """The embedded PostgreSQL did not start. The message ends with what it said."""


def start(data_dir: Path, *, options: Mapping[str, str] | None = None) -> str:
    """The owner's connection string of a running server: started if it was not, made if there was none."""
    cluster = cluster_of(data_dir)
    cluster.make_home()
    with _alone(cluster):
        if not _answers(cluster):
            if not cluster.is_initialised:
                _initialise(cluster)
            _launch(cluster, options={**_OPTIONS, **(options or {})})
    return owner_dsn(cluster)


def stop(data_dir: Path) -> None:
    """Stop the server after its last committed transaction, whoever uses it. Nothing happens if it does not run."""
    cluster = cluster_of(data_dir)
    if not cluster.home.exists():
        return
    with _alone(cluster):
        if cluster.is_alive():
            run(cluster, "pg_ctl", "stop", "-w", "-t", "60", "-m", "fast", "-D", str(cluster.data))


def stop_if_unused(data_dir: Path) -> bool:
    """Stop the server unless another process is connected to it. True if it does not run any more."""
    cluster = cluster_of(data_dir)
    if cluster.is_alive():
        with psycopg.connect(owner_dsn(cluster)) as connection:
            others = connection.execute(
                "SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).rowcount
        if others:
            return False
        stop(data_dir)
    return True


def throw_away(data_dir: Path) -> None:
    """Stop the server and delete everything it keeps."""
    stop(data_dir)
    cluster = cluster_of(data_dir)
    cluster.remove(cluster.home)


def is_running(data_dir: Path) -> bool:
    return cluster_of(data_dir).is_alive()


def owner_dsn(cluster: Cluster) -> str:
    return make_conninfo(
        host=str(cluster.socket_dir),
        user=OWNER,
        password=cluster.password_file.read_text(encoding="ascii"),
        dbname="postgres",
    )


@contextmanager
def _alone(cluster: Cluster) -> Iterator[None]:
    """Several processes may start at once: one works, the others wait and find it done."""
    with (cluster.home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _answers(cluster: Cluster) -> bool:
    if not (cluster.is_initialised and cluster.is_alive()):
        return False
    deadline = time.monotonic() + 60  # after a crash it first replays what was committed
    while time.monotonic() < deadline:
        try:
            psycopg.connect(owner_dsn(cluster), connect_timeout=5).close()
        except psycopg.OperationalError:
            if not cluster.is_alive():
                return False
            time.sleep(0.1)
        else:
            return True
    raise EmbeddedFailed(f"The embedded PostgreSQL runs but does not answer. Its log is in {cluster.data / 'log'}.")


def _initialise(cluster: Cluster) -> None:
    """Make the cluster beside its final place: a half-made one is never taken for a whole one."""
    use_programs(cluster)
    draft = cluster.home / "data.new"
    cluster.remove(draft)
    password = secrets.token_hex(32)
    handed_over = cluster.home / "password.new"
    handed_over.touch(mode=0o600)
    handed_over.write_text(password, encoding="ascii")
    cluster.give(handed_over)
    made = run(
        cluster,
        "initdb",
        f"--pgdata={draft}",
        f"--username={OWNER}",
        f"--pwfile={handed_over}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    )
    if made.code != 0:
        raise EmbeddedFailed(f"The embedded PostgreSQL could not make its files. {made.said}")
    os.replace(handed_over, cluster.password_file)
    os.replace(draft, cluster.data)


def _launch(cluster: Cluster, *, options: Mapping[str, str]) -> None:
    use_programs(cluster)
    cluster.wait_for_leftovers()
    cluster.forget_stale_locks()
    start_log = cluster.home / "start.log"
    cluster.remove(start_log)
    settings = {**options, "unix_socket_directories": str(cluster.socket_dir)}
    arguments = " ".join(shlex.quote(f"--{name}={value}") for name, value in settings.items())
    started = run(
        cluster, "pg_ctl", "start", "-w", "-t", "60", "-D", str(cluster.data), "-l", str(start_log), "-o", arguments
    )
    if started.code != 0 or not _answers(cluster):
        said = start_log.read_text(encoding="utf-8", errors="replace") if start_log.exists() else started.said
        raise EmbeddedFailed(f"The embedded PostgreSQL did not start. {said[-1500:]}")
