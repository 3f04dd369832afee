"""The command line. Data goes to standard output, words to standard error; 0 done, 1 found problems, 2 wrong use."""

from __future__ import annotations

from afterglow.cli.commands import main

__all__ = ["main"]
