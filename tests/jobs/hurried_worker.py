"""A worker with two hands whose turns are short: `python -m tests.jobs.hurried_worker`."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from datetime import timedelta
from importlib import import_module
from unittest.mock import patch

import django

from afterglow.config.lifeline import stop_with_parent
from bench.at_noon import moved_clock

HANDS = 2
TURN = timedelta(seconds=1)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "afterglow.config.settings")
    stop_with_parent()
    django.setup()
    with ExitStack() as changed:
        changed.enter_context(patch("afterglow.jobs.clock", moved_clock))
        changed.enter_context(patch("afterglow.jobs.TURN", TURN))
        changed.enter_context(patch("afterglow.actions.send_touches.ROUND", TURN))
        sys.exit(import_module("afterglow.config.worker").run_worker(concurrency=HANDS))


if __name__ == "__main__":
    main()
