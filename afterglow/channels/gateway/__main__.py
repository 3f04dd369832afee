"""`python -m afterglow.channels.gateway --log FILE`: the stand-in without the rest of Afterglow."""

from __future__ import annotations

import sys
import time

from afterglow.channels.gateway.program import main

if __name__ == "__main__":
    main(sys.argv[1:], clock=time.time)  # noqa: TID251 - a program of its own: this is its edge
