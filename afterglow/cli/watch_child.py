"""The watcher as a child of `afterglow up`."""

from __future__ import annotations

import os
from importlib import import_module

import django

from afterglow.config.lifeline import stop_with_parent

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "afterglow.config.settings")
    django.setup()
    stop_with_parent()
    import_module("afterglow.cli.watch_loop").watch_until_told()
