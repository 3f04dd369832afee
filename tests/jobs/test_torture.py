"""The short form of `make torture`: everything is killed, at named points and at any moment, and nothing goes twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHORT = {"touches": 160, "kills": 10, "workers": 2, "practices": 2, "seconds": 20, "chaos": 0.1, "seed": 20261122}


def test_workers_provider_web_and_database_die_and_everybody_gets_one_message() -> None:
    options = [word for name, value in SHORT.items() for word in (f"--{name}", str(value))]
    run = subprocess.run([sys.executable, "-m", "torture", *options], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr[-3000:]}"
    assert "No touch was accepted twice" in run.stdout
