"""The database of the tests: a PostgreSQL of our own, migrated once by its owner, used as the app's role.

`db` gives a test one transaction that is rolled back. `live_database` gives it a database of its own that other
processes can use. There is no `django_db(transaction=True)`: emptying tables is not the app's right.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRATCH = Path(tempfile.gettempdir()) / f"afterglow-tests-{os.getuid()}-{hashlib.sha256(bytes(HERE)).hexdigest()[:8]}"

# Before the settings are read: nothing of the developer's own installation is touched.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "afterglow.config.settings")
os.environ.setdefault("AFTERGLOW_DATA", str(SCRATCH))
os.environ.setdefault("AFTERGLOW_SECRET_KEY", "only-for-tests-" + "x" * 40)

pytest_plugins = ["tests.databases"]


import pytest  # noqa: E402
