"""The worker and the stand-in provider as programs of their own, with clocks that say it is noon at the practice.

`python -m tests.jobs.at_noon worker`, `python -m tests.jobs.at_noon gateway LOG LATENCY_MS`. Both clocks run; they are
moved by SHIFT_SECONDS, so that a test of messages passes at night as well.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import django

from afterglow.channels.gateway import Gateway, serve
from afterglow.config.worker import run_worker

SHIFT = float(os.environ["SHIFT_SECONDS"])


def main() -> None:
    if sys.argv[1] == "gateway":
        log, latency_ms = Path(sys.argv[2]), float(sys.argv[3])
        asyncio.run(serve(Gateway(log=log, clock=lambda: time.time() + SHIFT, latency=latency_ms / 1000)))
        return
    django.setup()
    with patch("afterglow.jobs.clock", lambda: datetime.now(UTC) + timedelta(seconds=SHIFT)):
        sys.exit(run_worker())


if __name__ == "__main__":
    main()
