"""Where the embedded PostgreSQL lives, who runs it, and whether it does."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from afterglow.config.env import WrongSetting

OWNER = "afterglow"
SYSTEM_USER = "afterglow"
ROOTS_PLACE = Path("/var/lib/afterglow")
_LONGEST_SOCKET = 100  # bytes; the kernel allows 104 on macOS and 108 on Linux


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    home: Path
    socket_dir: Path
    is_run_by_root: bool

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def password_file(self) -> Path:
        return self.home / "owner.password"

    @property
    def is_initialised(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    @property
    def account(self) -> pwd.struct_passwd | None:
        """The system user that runs the server; none when we run it ourselves."""
        return pwd.getpwnam(SYSTEM_USER) if self.is_run_by_root else None

    def make_home(self) -> None:
        if self.is_run_by_root:
            _make_system_user()
            make_passable(ROOTS_PLACE)
            make_passable(self.home.parent)
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.give(self.home)
        if self.socket_dir != self.home:
            _make_private(self.socket_dir)

    def give(self, path: Path) -> None:
        """Let the server's user own one file or folder of this cluster."""
        if account := self.account:
            os.chown(path, account.pw_uid, account.pw_gid)

    def remove(self, path: Path) -> None:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    @property
    def pid(self) -> int | None:
        """The number of the server's process, as it last wrote it down."""
        return _first_number(self._pid_file)

    def is_alive(self) -> bool:
        pid = self.pid
        return pid is not None and self._is_ours(pid)

    def wait_for_leftovers(self) -> None:
        """After its server was killed, a session needs a moment to notice. A new server must not start before."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and any(self._is_ours(pid) for pid in psutil.pids()):
            time.sleep(0.1)

    def forget_stale_locks(self) -> None:
        """The number in a lock file may be another program's by now, or a dead one's whose parent never asked.

        PostgreSQL would take it for a running server and refuse to start.
        """
        for lock in (self._pid_file, self.socket_dir / ".s.PGSQL.5432.lock"):
            pid = _first_number(lock)
            if pid is not None and not self._is_ours(pid):
                lock.unlink(missing_ok=True)

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def _is_ours(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            return process.name().startswith("postgres") and Path(process.cwd()) == self.data.resolve()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False


def cluster_of(data_dir: Path) -> Cluster:
    """The one cluster of a data directory, wherever it has to live."""
    key = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]
    if os.geteuid() == 0:
        home = ROOTS_PLACE / "clusters" / key
        return Cluster(home=home, socket_dir=home, is_run_by_root=True)
    home = data_dir.resolve() / "postgres"
    is_short = len(str(home / ".s.PGSQL.5432").encode()) <= _LONGEST_SOCKET
    near = Path(tempfile.gettempdir()) / f"afterglow-{os.geteuid()}-{key}"
    return Cluster(home=home, socket_dir=home if is_short else near, is_run_by_root=False)


def _first_number(lock: Path) -> int | None:
    try:
        return int(lock.read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def make_passable(folder: Path) -> None:
    """A folder of root's that others may pass through, whatever root's umask is."""
    if not folder.exists():
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def _make_private(folder: Path) -> None:
    """A folder in a place that everybody may write to: it must be ours, and only ours."""
    folder.mkdir(exist_ok=True, mode=0o700)
    found = folder.lstat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o077 or folder.is_symlink():
        raise WrongSetting(f"{folder} belongs to somebody else. Set AFTERGLOW_DATA to a directory with a shorter name.")


def _make_system_user() -> None:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        homeless = ["--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
        try:
            command = ["useradd", "--system", "--user-group", *homeless, SYSTEM_USER]
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise WrongSetting(
                "PostgreSQL does not run as root, and no system user could be made for it. "
                "Start Afterglow as an ordinary user, or set DATABASE_URL to a server of your own."
            ) from error
