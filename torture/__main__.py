"""`python -m torture`: kill workers, provider, web and database, and judge by the provider's own log.

Exit code 0: no touch was accepted twice, and every touch ended in one explained state. 1: the table says what is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

import django

from afterglow.config.database import prepare_database
from bench.at_noon import shift_to_noon
from bench.installation import installation
from torture.plan import Plan

GRACE_SECONDS = 6  # an intent is asked about after this time, so that a long run fits into minutes


def main() -> int:
    """Run the experiment in an installation of its own, thrown away afterwards, and print its table."""
    plan = _plan()
    with installation() as environment:
        os.environ.clear()
        os.environ |= {
            **environment,
            "DJANGO_SETTINGS_MODULE": "afterglow.config.settings",
            "AFTERGLOW_RESOLVE_GRACE": str(GRACE_SECONDS),
            "SHIFT_SECONDS": shift_to_noon(),
        }
        django.setup()
        prepare_database()
        experiment = import_module("torture.experiment")  # it imports models, so Django comes first
        return 0 if experiment.is_passed(plan, Path(environment["AFTERGLOW_DATA"])) else 1


def _plan() -> Plan:
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument("--touches", type=int, default=10_000, help="messages that fall due")
    parser.add_argument("--kills", type=int, default=200, help="processes that are killed, at least")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--practices", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=420, help="over which the messages fall due")
    parser.add_argument("--chaos", type=float, default=0.1, help="share of calls that the provider disturbs")
    parser.add_argument("--latency-ms", type=int, default=200, help="how long the provider takes to answer")
    parser.add_argument("--seed", type=int, default=1)
    return Plan(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
