"""Kit at the front desk and Juno, the owner, signed in on the world's own day."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser
from django.utils import timezone

from afterglow.actions.open_practice import add_member
from afterglow.models import Message
from tests.world import NOW, PASSWORD, World, build_world, text_rosa


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


@pytest.fixture
def owner(world: World, sign_in: Callable[[str], Browser]) -> Browser:
    add_member(practice_id=world.practice_id, username="juno", password=PASSWORD, role="owner")
    return sign_in("juno")


@pytest.fixture
def sent(world: World) -> Message:
    """A text about care that really went out to Rosa."""
    return text_rosa(world)
