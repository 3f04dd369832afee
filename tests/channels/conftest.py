from __future__ import annotations

import pytest

from bench.installation import free_port


@pytest.fixture
def unused_tcp_port() -> int:
    """A port of this machine that nobody listens on."""
    return free_port()
