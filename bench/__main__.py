"""`python -m bench`: every figure, each part in a process of its own on a database made for it and thrown away."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from afterglow.config import embedded
from afterglow.config.cluster import cluster_of
from bench.rows import Row, machine, print_table, read_rows, say_progress

PARTS = ("dispatch", "importing", "large", "simulating")


def main() -> int:
    """Print the table; 0 when every target of this run was met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"only these of: {', '.join(PARTS)}")
    parser.add_argument("--full", action="store_true", help="the long ones too: a file of 1,000,000 rows")
    options = parser.parse_args()
    size = machine()
    with _installation() as environment:
        rows = [row for part in options.parts or PARTS for row in _measured(part, environment, is_full=options.full)]
    sys.stdout.write(f"\n{size}\n\n")
    print_table(rows)
    sys.stdout.write("Best of the runs each row names. Other work on this machine costs speed; ratios bear it best.\n")
    return 0 if all(row.is_met is not False for row in rows) else 1


@contextmanager
def _installation() -> Iterator[dict[str, str]]:
    """The environment of an installation with its own embedded PostgreSQL, as a practice would run it."""
    own = ("DATABASE_URL", "AFTERGLOW_APP_DATABASE_URL", "AFTERGLOW_DEBUG")
    inherited = {name: value for name, value in os.environ.items() if name not in own}
    with tempfile.TemporaryDirectory(prefix="afterglow-bench-") as folder:
        data_dir = Path(folder).resolve()
        try:
            yield {**inherited, "AFTERGLOW_DATA": str(data_dir), "AFTERGLOW_LOG_LEVEL": "ERROR"}
        finally:
            embedded.stop(data_dir)
            cluster = cluster_of(data_dir)
            cluster.remove(cluster.home)


def _measured(part: str, environment: dict[str, str], *, is_full: bool) -> list[Row]:
    say_progress(f"{part} …")
    command = [sys.executable, "-m", "bench.part", part, *(["--full"] if is_full else [])]
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return read_rows(run.stdout.splitlines())


if __name__ == "__main__":
    sys.exit(main())
