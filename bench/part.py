"""`python -m bench.part NAME`: one part of the bench, in a process that has Django and a database ready."""

from __future__ import annotations

import argparse
import os
from importlib import import_module

import django

from afterglow.config.database import prepare_database
from afterglow.config.memory import settle_memory, take_short_turns
from bench.at_noon import shift_to_noon


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.part", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "afterglow.config.settings")
    django.setup()
    prepare_database()
    os.environ["SHIFT_SECONDS"] = shift_to_noon()
    part = import_module(f"bench.{options.name}")
    settle_memory()  # as every worker and command does
    take_short_turns()
    part.measure(is_full=options.full)


if __name__ == "__main__":
    main()
