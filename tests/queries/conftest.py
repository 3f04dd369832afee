from __future__ import annotations

from collections.abc import Iterator

import pytest

from afterglow.models import Practice
from afterglow.models.scope import practice_scope
from tests.world import World, build_world


@pytest.fixture
def world(db: None) -> World:
    return build_world()


@pytest.fixture
def practice(world: World) -> Iterator[Practice]:
    """The practice of Kit and Hale, with its rows in view."""
    with practice_scope(world.practice_id):
        yield Practice.objects.get(pk=world.practice_id)
