"""Kit at the front desk, signed in."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.utils import timezone
from tests.world import World, build_world


@pytest.fixture
def world(db: None) -> World:
    return build_world(now=timezone.now())


@pytest.fixture
def kit(world: World) -> Browser:
    return signed_in("kit")


def signed_in(username: str) -> Browser:
    from django.contrib.auth import get_user_model

    browser = Browser()
    browser.force_login(get_user_model().objects.get(username=username))
    return browser
