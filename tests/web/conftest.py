"""Kit at the front desk, signed in, on the world's own day."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser
from django.utils import timezone

from tests.world import NOW, World, build_world


@pytest.fixture(autouse=True)
def the_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def world(db: None) -> World:
    return build_world(now=NOW)


@pytest.fixture
def sign_in(world: World) -> Callable[[str], Browser]:
    def signed_in(username: str) -> Browser:
        browser = Browser()
        browser.force_login(get_user_model().objects.get(username=username))
        return browser

    return signed_in


@pytest.fixture
def kit(sign_in: Callable[[str], Browser]) -> Browser:
    return sign_in("kit")
