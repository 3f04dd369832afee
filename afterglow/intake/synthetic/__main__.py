"""`python -m afterglow.intake.synthetic` writes the synthetic practice as CSV to the standard output."""

from __future__ import annotations

import argparse
import sys
from datetime import date

from afterglow.intake.synthetic import write_practice


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m afterglow.intake.synthetic", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--until", type=date.fromisoformat, default=date(2026, 11, 22), help="the day of the export")
    parser.add_argument("--clients", type=int, default=400)
    parser.add_argument("--visits", type=int, default=1500)
    chosen = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    write_practice(sys.stdout, seed=chosen.seed, until=chosen.until, clients=chosen.clients, visits=chosen.visits)


if __name__ == "__main__":
    main()
