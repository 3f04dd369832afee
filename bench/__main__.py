"""`python -m bench`: every figure, each part in a process of its own on a database made for it and thrown away."""

from __future__ import annotations

import argparse
import subprocess
import sys

from bench.installation import installation
from bench.rows import Block, Row, machine, print_block, print_table, read_rows, say_progress

PARTS = ("workers", "trouble", "lateness", "growing", "importing", "large", "simulating")
ON_REQUEST = ("dispatch",)  # the engine alone, in one process that a profiler can follow


def main() -> int:
    """Print the table; 0 when every target of this run was met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"only these of: {', '.join((*PARTS, *ON_REQUEST))}")
    parser.add_argument("--full", action="store_true", help="the long ones too: a million rows, a million touches")
    options = parser.parse_args()
    size = machine()
    found = [each for part in options.parts or PARTS for each in _measured(part, is_full=options.full)]
    rows = [each for each in found if isinstance(each, Row)]
    sys.stdout.write(f"\n{size}\n\n")
    print_table(rows)
    for block in found:
        if isinstance(block, Block):
            print_block(block)
    sys.stdout.write("Best of the runs each row names. Other work on this machine costs speed; ratios bear it best.\n")
    return 0 if all(row.is_met is not False for row in rows) else 1


def _measured(part: str, *, is_full: bool) -> list[Row | Block]:
    say_progress(f"{part} …")
    command = [sys.executable, "-m", "bench.part", part, *(["--full"] if is_full else [])]
    with installation() as environment:
        run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return read_rows(run.stdout.splitlines())


if __name__ == "__main__":
    sys.exit(main())
